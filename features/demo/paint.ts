// Pictures drawn here, so that a demo needs nothing from elsewhere: a face for every person, a view for messages. Pixels are
// asked one by one; the work is cut into pieces of a few milliseconds, because it may run where sockets are served.
import { crc32 } from "node:zlib";
import type { Random } from "./random.ts";

type Rgb = readonly [number, number, number];
type Pixel = (x: number, y: number) => Rgb;

const PIECE_MS = 8;

const rgb = (hex: string): Rgb => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
const mix = (a: Rgb, b: Rgb, t: number): Rgb => [0, 1, 2].map((i) => a[i]! + (b[i]! - a[i]!) * t) as unknown as Rgb;
const inEllipse = (x: number, y: number, cx: number, cy: number, rx: number, ry: number) =>
  ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;

/** A PNG. @param samples per side of a pixel, for smooth edges. @param pixel gets 0 to 1 in both directions */
async function paint(width: number, height: number, samples: number, pixel: Pixel): Promise<Uint8Array<ArrayBuffer>> {
  const raw = new Uint8Array((width * 3 + 1) * height);
  let since = performance.now(), o = 0;
  for (let y = 0; y < height; y++) {
    o++; // filter: none
    for (let x = 0; x < width; x++) {
      let r = 0, g = 0, b = 0;
      for (let s = 0; s < samples * samples; s++) {
        const dx = (s % samples + 0.5) / samples, dy = (Math.floor(s / samples) + 0.5) / samples;
        const color = pixel((x + dx) / width, (y + dy) / height);
        r += color[0], g += color[1], b += color[2];
      }
      const n = samples * samples;
      raw[o++] = r / n, raw[o++] = g / n, raw[o++] = b / n;
    }
    if (performance.now() - since > PIECE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
  }
  const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits
  header.setUint8(9, 2); // red, green, blue
  return await new Blob([
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk("IEND", new Uint8Array()),
  ]).bytes();
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(12 + data.length), view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

const BACKS = ["8ecae6", "ffd6a5", "bde0c0", "d8c7f0", "f7c5cc", "c9d6df", "f4e3a1", "a7d8de"].map(rgb);
const SKINS = ["f6d3b8", "e8b48c", "c98d62", "9c6440", "6f4429", "f0c4a0"].map(rgb);
const HAIRS = ["2b1d16", "4a2f20", "7a4a26", "c08a45", "8c8c8c", "1a1a22", "a33c22"].map(rgb);
const CLOTHES = ["2a6f97", "bc4749", "386641", "6d597a", "e09f3e", "33415c", "9d4edd", "1b998b"].map(rgb);
const DARK: Rgb = [34, 30, 34], WHITE: Rgb = [255, 255, 255];

/** A face, as flat pictures have it. @param short with short hair, perhaps a beard */
export function portrait(random: Random, short: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const back = random.pick(BACKS), skin = random.pick(SKINS), hair = random.pick(HAIRS), clothes = random.pick(CLOTHES);
  const style = random.pick(short ? [0, 1, 0, 1, 4] : [2, 3, 2, 3, 4]),
    glasses = random.chance(0.25),
    beard = style < 2 && random.chance(0.4);
  const shade = mix(skin, DARK, 0.12), lips = mix(skin, [170, 40, 50], 0.55);
  return paint(160, 160, 2, (x, y) => {
    const side = Math.abs(x - 0.5);
    const face = inEllipse(x, y, 0.5, 0.44, 0.175, 0.215);
    if (face) {
      // The hair line, by style: short, cropped, long, tied, curly.
      const line = [0.33, 0.29, 0.35 + side * 0.35, 0.33 + side * 0.2, 0.35][style]!;
      if (y < line) return hair;
      if (beard && y > 0.5 && !inEllipse(x, y, 0.5, 0.47, 0.14, 0.13)) return hair;
      const eye = Math.abs(side - 0.072);
      if (glasses) {
        const ring = Math.hypot(eye, y - 0.43);
        if (ring > 0.043 && ring < 0.053 || side < 0.027 && Math.abs(y - 0.425) < 0.006) return DARK;
      }
      if (Math.hypot(eye, y - 0.43) < 0.017) return DARK;
      if (eye < 0.032 && Math.abs(y - 0.388 - eye * 0.3) < 0.007) return hair;
      if (side < 0.014 && y > 0.45 && y < 0.5) return shade;
      if (inEllipse(x, y, 0.5, 0.54, 0.062, 0.034) && y > 0.54) return y < 0.555 ? WHITE : lips;
      return skin;
    }
    if (style === 3 && inEllipse(x, y, 0.5, 0.17, 0.075, 0.07)) return hair;
    if (style === 4 && Math.hypot(x - 0.5, y - 0.37) < 0.225 + 0.014 * Math.sin(Math.atan2(y - 0.37, x - 0.5) * 17)) {
      return hair;
    }
    if (style === 2 && inEllipse(x, y, 0.5, 0.46, 0.225, 0.27) && y < 0.72) return hair;
    if (inEllipse(x, y, 0.5, 0.4, 0.19, 0.215) && y < 0.4) return hair;
    if (Math.abs(side - 0.175) < 0.022 && Math.abs(y - 0.45) < 0.035) return shade; // ears
    if (side < 0.07 && y > 0.58 && y < 0.72) return shade; // neck
    if (inEllipse(x, y, 0.5, 1, 0.36, 0.32)) return inEllipse(x, y, 0.5, 0.68, 0.085, 0.055) ? shade : clothes;
    return back;
  });
}

/** A view of hills and water at some time of the day. */
export function view(random: Random): Promise<Uint8Array<ArrayBuffer>> {
  const [top, low] = random.pick([["2d6cae", "cfe8f7"], ["26346b", "f6b26b"], ["5b8fb9", "fdf0d5"], [
    "3c2a63",
    "e98a7b",
  ]])
    .map(rgb) as [Rgb, Rgb];
  const sun = { x: 0.2 + random.next() * 0.6, y: 0.25 + random.next() * 0.15 };
  const hills = [0, 1, 2].map((i) => ({
    color: mix(rgb("2f5d50"), low, 0.55 - i * 0.25),
    height: 0.42 + i * 0.09,
    waves: [1, 2, 3].map(() => [random.int(2, 5) * (1 + i), random.next() * 6, 0.015 + random.next() * 0.035] as const),
  })).reverse();
  return paint(800, 450, 1, (x, y) => {
    if (y > 0.72) {
      return mix(mix(top, low, 0.35), low, Math.sin(y * 90 + Math.sin(x * 14) * 2) * 0.12 + 0.25 + (y - 0.72));
    }
    for (const { color, height, waves } of hills) {
      if (y > height + waves.reduce((sum, [f, p, a]) => sum + Math.sin(x * f + p) * a, 0)) return color;
    }
    const far = Math.hypot((x - sun.x) * 16 / 9, y - sun.y);
    return far < 0.055 ? [255, 246, 214] : mix(mix(top, low, y / 0.6), [255, 240, 200], Math.max(0, 0.35 - far));
  });
}
