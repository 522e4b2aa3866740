// The same as image_formats.ts for WebP, GIF and AVIF, which are made of nested blocks.
import { damaged, join, orientationOf, type Picture, textAt, viewOf } from "./image_bytes.ts";

// ---- WebP

const WEBP_KEPT = new Set(["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"]);
const FLAG_ANIMATED = 0x02, FLAG_XMP = 0x04, FLAG_EXIF = 0x08;

export function inspectWebp(bytes: Uint8Array<ArrayBuffer>): Picture {
  const view = viewOf(bytes);
  const stop = Math.min(bytes.length, 8 + view.getUint32(4, true));
  const kept: Uint8Array[] = [];
  let width = 0, height = 0, orientation = 1, animated = false, pixels = false;
  const atLeast = (w: number, h: number) => {
    width = Math.max(width, w);
    height = Math.max(height, h);
  };
  const u24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  for (let at = 12; at + 8 <= stop;) {
    const type = textAt(bytes, at, 4), length = view.getUint32(at + 4, true);
    const data = at + 8, end = data + length + (length & 1);
    if (data + length > bytes.length) throw damaged();
    let chunk: Uint8Array = bytes.slice(at, Math.min(end, bytes.length));
    if (end > bytes.length) chunk = join([chunk, Uint8Array.of(0)]); // the last byte of padding is often missing
    if (type === "VP8X") {
      atLeast(1 + u24(data + 4), 1 + u24(data + 7));
      animated = (bytes[data]! & FLAG_ANIMATED) !== 0;
      chunk[8]! &= ~(FLAG_XMP | FLAG_EXIF);
    } else if (type === "VP8 ") {
      atLeast(view.getUint16(data + 6, true) & 0x3fff, view.getUint16(data + 8, true) & 0x3fff);
      pixels = true;
    } else if (type === "VP8L") {
      const bits = view.getUint32(data + 1, true);
      atLeast((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
      pixels = true;
    } else if (type === "ANMF") {
      atLeast(1 + u24(data + 6), 1 + u24(data + 9));
      pixels = true;
    } else if (type === "EXIF") {
      const exif = bytes.subarray(data, data + length);
      orientation = orientationOf(textAt(exif, 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif);
    }
    if (WEBP_KEPT.has(type)) kept.push(chunk);
    at = end;
  }
  if (!pixels) throw damaged();
  const head = bytes.slice(0, 12);
  viewOf(head).setUint32(4, 4 + kept.reduce((sum, chunk) => sum + chunk.length, 0), true);
  return { width, height, orientation, animated, cleaned: join([head, ...kept]) };
}

// ---- GIF

/** Moving or not, it stays as it is but for comments and what programs have put in. */
export function inspectGif(bytes: Uint8Array<ArrayBuffer>): Picture {
  const view = viewOf(bytes);
  let width = view.getUint16(6, true), height = view.getUint16(8, true);
  const tableSize = (flags: number) => (flags & 0x80) ? 3 * 2 ** ((flags & 7) + 1) : 0;
  let at = 13 + tableSize(view.getUint8(10));
  const kept: Uint8Array[] = [bytes.subarray(0, at)];
  const skipBlocks = (from: number) => {
    while (view.getUint8(from) !== 0) from += view.getUint8(from) + 1;
    return from + 1;
  };
  let frames = 0;
  // Many files end without the trailer; what was complete until there counts.
  while (at < bytes.length && bytes[at] !== 0x3b) {
    const start = at;
    let keep = true;
    if (bytes[at] === 0x2c) {
      width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true));
      height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true));
      at = skipBlocks(at + 10 + tableSize(view.getUint8(at + 9)) + 1);
      frames++;
    } else if (bytes[at] === 0x21) {
      const label = view.getUint8(at + 1);
      keep = label === 0xf9 || (label === 0xff && /^(NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(textAt(bytes, at + 3, 11)));
      at = skipBlocks(at + 2);
    } else throw damaged();
    if (keep) kept.push(bytes.subarray(start, at));
  }
  if (frames === 0) throw damaged();
  kept.push(Uint8Array.of(0x3b));
  return { width, height, orientation: 1, animated: frames > 1, unusual: true, cleaned: join(kept) };
}

// ---- AVIF

interface Box {
  type: string;
  /** Where its content starts and ends. */
  start: number;
  end: number;
}

function boxes(view: DataView, start: number, end: number): Box[] {
  const out: Box[] = [];
  for (let at = start; at + 8 <= end;) {
    let size = view.getUint32(at), header = 8;
    if (size === 1) {
      size = Number(view.getBigUint64(at + 8));
      header = 16;
    } else if (size === 0) size = end - at;
    if (size < header || at + size > end || out.length > 2000) throw damaged();
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    out.push({ type, start: at + header, end: at + size });
    at += size;
  }
  return out;
}

/** Its pixels are not decoded here; EXIF and XMP lie in items of their own, whose bytes become zeros. */
export function inspectAvif(bytes: Uint8Array<ArrayBuffer>): Picture {
  const view = viewOf(bytes);
  const top = boxes(view, 0, bytes.length);
  const meta = top.find((box) => box.type === "meta");
  if (!meta) throw damaged();
  const parts = boxes(view, meta.start + 4, meta.end);
  const find = (type: string) => parts.find((box) => box.type === type);
  const properties = parts.filter((box) => box.type === "iprp").flatMap((box) => boxes(view, box.start, box.end))
    .filter((box) => box.type === "ipco").flatMap((box) => boxes(view, box.start, box.end));
  let width = 0, height = 0, turned = false;
  for (const { type, start } of properties) {
    if (type === "ispe") {
      const w = view.getUint32(start + 4), h = view.getUint32(start + 8);
      if (w * h > width * height) [width, height] = [w, h];
    } else if (type === "irot") turned = (view.getUint8(start) & 1) === 1;
  }
  const items = find("iinf"), places = find("iloc");
  const secret = items ? metadataItems(view, items) : new Set<number>();
  const cleaned = bytes.slice();
  if (secret.size > 0 && places) {
    const data = find("idat");
    for (const { item, method, at, length } of extents(view, places)) {
      if (!secret.has(item) || method > 1) continue;
      const from = method === 1 ? (data?.start ?? bytes.length) + at : at;
      cleaned.fill(0, from, Math.min(bytes.length, from + length));
    }
  }
  return {
    ...(turned ? { width: height, height: width } : { width, height }),
    orientation: 1,
    animated: top.some((box) => box.type === "moov"),
    unusual: true,
    cleaned,
  };
}

function metadataItems(view: DataView, iinf: Box): Set<number> {
  const out = new Set<number>();
  const start = iinf.start + 4 + (view.getUint8(iinf.start) === 0 ? 2 : 4);
  for (const box of boxes(view, start, iinf.end)) {
    const version = view.getUint8(box.start);
    if (box.type !== "infe" || version < 2) continue;
    const id = version === 2 ? view.getUint16(box.start + 4) : view.getUint32(box.start + 4);
    const at = box.start + (version === 2 ? 8 : 10);
    const type = String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
    if (type === "Exif" || type === "mime") out.add(id);
  }
  return out;
}

function* extents(view: DataView, iloc: Box): Generator<{ item: number; method: number; at: number; length: number }> {
  const version = view.getUint8(iloc.start);
  let at = iloc.start + 4;
  const sizes = view.getUint16(at);
  const offsetSize = sizes >> 12, lengthSize = (sizes >> 8) & 15, baseSize = (sizes >> 4) & 15;
  const indexSize = version > 0 ? sizes & 15 : 0;
  at += 2;
  const take = (size: number): number => {
    if (at + size > iloc.end) throw damaged();
    const value = size === 0
      ? 0
      : size === 2
      ? view.getUint16(at)
      : size === 4
      ? view.getUint32(at)
      : size === 8
      ? Number(view.getBigUint64(at))
      : NaN;
    if (Number.isNaN(value)) throw damaged();
    at += size;
    return value;
  };
  const count = take(version < 2 ? 2 : 4);
  for (let i = 0; i < count; i++) {
    const item = take(version < 2 ? 2 : 4);
    const method = version > 0 ? take(2) & 15 : 0;
    take(2);
    const base = take(baseSize);
    const pieces = take(2);
    for (let j = 0; j < pieces; j++) {
      take(indexSize);
      const offset = take(offsetSize), length = take(lengthSize);
      yield { item, method, at: base + offset, length };
    }
  }
}
