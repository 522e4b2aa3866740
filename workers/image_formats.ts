// What a picture file says about itself, and the same file without what is not the picture: EXIF (place, camera, people),
// XMP, IPTC, comments, small previews, and whatever is attached behind its end. The pixels are not touched: nothing is
// decoded here. Every read is checked against the length, every loop moves forward; a file that is not well-formed is refused.
import { damaged, join, orientationOf, type Picture, Refused, textAt, viewOf } from "./image_bytes.ts";
import { inspectAvif, inspectGif, inspectWebp } from "./image_containers.ts";

/** @throws Refused */
export function inspect(bytes: Uint8Array<ArrayBuffer>, type: string): Picture {
  try {
    switch (type) {
      case "image/jpeg":
        return inspectJpeg(bytes);
      case "image/png":
        return inspectPng(bytes);
      case "image/webp":
        return inspectWebp(bytes);
      case "image/gif":
        return inspectGif(bytes);
      case "image/avif":
        return inspectAvif(bytes);
    }
  } catch (error) {
    throw error instanceof RangeError ? damaged() : error;
  }
  throw new Refused("Pictures of this kind are not accepted.");
}

// ---- JPEG

const SOF = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const END = Uint8Array.of(0xff, 0xd9);

function inspectJpeg(bytes: Uint8Array<ArrayBuffer>): Picture {
  const view = viewOf(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  const icc: Uint8Array[] = [];
  let width = 0, height = 0, components = 0, orientation = 1, frames = 0, scans = 0;
  let at = 2, ended = false;
  while (at + 4 <= bytes.length && !ended) {
    if (bytes[at] !== 0xff) throw damaged();
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // padding
      continue;
    }
    if (marker === 0xd9) break;
    if (marker === 0xd8 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) throw damaged();
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length || end < at + 4) throw damaged();
    const segment = bytes.subarray(at, end);
    if (SOF.has(marker)) {
      if (++frames > 1) throw damaged();
      height = view.getUint16(at + 5);
      width = view.getUint16(at + 7);
      components = bytes[at + 9]!;
    }
    if (marker === 0xe1 && textAt(segment, 4, 6) === "Exif\0\0") orientation = orientationOf(segment.subarray(10));
    const profile = marker === 0xe2 && textAt(segment, 4, 12) === "ICC_PROFILE\0";
    if (profile) icc.push(segment);
    if (profile || keepsJpegSegment(marker, segment)) kept.push(segment);
    at = end;
    if (marker === 0xda) {
      if (++scans > 500) throw damaged();
      const stop = endOfScan(bytes, at);
      kept.push(bytes.subarray(at, stop));
      ended = stop >= bytes.length;
      at = stop;
    }
  }
  if (frames === 0 || scans === 0) throw damaged();
  kept.push(END);
  return { width, height, orientation, animated: false, unusual: components === 4, cleaned: join(kept), icc };
}

/** Tables, frames and scans; of the application segments only JFIF without a preview, and Adobe's colour transform. */
function keepsJpegSegment(marker: number, segment: Uint8Array): boolean {
  if (marker === 0xe0) return textAt(segment, 4, 5) === "JFIF\0" && segment.length === 18;
  if (marker === 0xee) return textAt(segment, 4, 5) === "Adobe";
  return marker >= 0xc0 && marker <= 0xdf;
}

/** Coded data goes on until a marker that is neither a restart nor a stuffed byte. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1]!;
    if (next === 0 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else if (next === 0xff) at++;
    else return at;
  }
  return bytes.length;
}

/** Puts the colour profile of `picture` into a JPEG that was encoded anew. */
export function withIcc(jpeg: Uint8Array<ArrayBuffer>, picture: Picture): Uint8Array<ArrayBuffer> {
  if (!picture.icc?.length) return jpeg;
  const afterJfif = jpeg[3] === 0xe0 ? 4 + viewOf(jpeg).getUint16(4) : 2;
  return join([jpeg.subarray(0, afterJfif), ...picture.icc, jpeg.subarray(afterJfif)]);
}

// ---- PNG

const PNG_KEPT = new Set(
  "IHDR PLTE tRNS IDAT IEND gAMA cHRM sRGB sBIT bKGD pHYs cICP acTL fcTL fdAT".split(" "),
);
/** A profile is compressed; a larger one could be a bomb for whoever reads it. */
const MAX_PNG_PROFILE = 64 * 1024;

function inspectPng(bytes: Uint8Array<ArrayBuffer>): Picture {
  const view = viewOf(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  let width = 0, height = 0, orientation = 1, animated = false, pixels = false;
  for (let at = 8, first = true;; first = false) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw damaged();
    const type = textAt(bytes, at + 4, 4);
    if (first !== (type === "IHDR")) throw damaged();
    if (first) {
      width = view.getUint32(at + 8);
      height = view.getUint32(at + 12);
    } else if (type === "eXIf") orientation = orientationOf(bytes.subarray(at + 8, at + 8 + length));
    else if (type === "acTL") animated = true;
    else if (type === "IDAT") pixels = true;
    else if (type === "fcTL" && (view.getUint32(at + 12) > width || view.getUint32(at + 16) > height)) throw damaged();
    if (PNG_KEPT.has(type) || (type === "iCCP" && length <= MAX_PNG_PROFILE)) kept.push(bytes.subarray(at, end));
    at = end;
    if (type === "IEND") break;
  }
  if (!pixels) throw damaged();
  return { width, height, orientation, animated, cleaned: join(kept) };
}
