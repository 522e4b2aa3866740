// Decoders and encoders (WebAssembly, from the Squoosh project), loaded when they are needed, in the worker only.
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import encodeJpeg, { init as initJpegEncoder } from "@jsquash/jpeg/encode.js";
import decodePng, { init as initPngDecoder } from "@jsquash/png/decode.js";
import encodePng, { init as initPngEncoder } from "@jsquash/png/encode.js";
import resize, { initResize } from "@jsquash/resize/index.js";
import decodeWebp, { init as initWebpDecoder } from "@jsquash/webp/decode.js";
import encodeWebp, { init as initWebpEncoder } from "@jsquash/webp/encode.js";
import type { Picture } from "./image_bytes.ts";
import { withIcc } from "./image_formats.ts";

export interface Pixels {
  /** RGBA. */
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

const loaded = new Map<string, Promise<unknown>>();

/** Compiles a module of a package once and hands it to its init function. */
function load(url: string, init: (module: WebAssembly.Module) => unknown): Promise<unknown> {
  let done = loaded.get(url);
  if (!done) {
    const work = async () => await init(await WebAssembly.compile(await Deno.readFile(new URL(url))));
    loaded.set(url, done = work());
  }
  return done;
}

const JPEG_DECODER = import.meta.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
const JPEG_ENCODER = import.meta.resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
const PNG = import.meta.resolve("@jsquash/png/codec/pkg/squoosh_png_bg.wasm");
const WEBP_DECODER = import.meta.resolve("@jsquash/webp/codec/dec/webp_dec.wasm");
const WEBP_ENCODER = import.meta.resolve("@jsquash/webp/codec/enc/webp_enc_simd.wasm");
const RESIZE = import.meta.resolve("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm");

/** The caller has seen to it that the picture is not too large. @throws when it is damaged */
export async function decode(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Pixels> {
  const buffer = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
  switch (type) {
    case "image/jpeg":
      await load(JPEG_DECODER, initJpegDecoder);
      return await decodeJpeg(buffer, { preserveOrientation: false }) as Pixels;
    case "image/png":
      await load(PNG, initPngDecoder);
      return await decodePng(buffer) as Pixels;
    case "image/webp":
      await load(WEBP_DECODER, initWebpDecoder);
      return await decodeWebp(buffer) as Pixels;
  }
  throw new Error(`no decoder for ${type}`);
}

/** A picture that was turned, in the format that it had, with its colour profile. */
export async function encode(pixels: Pixels, type: string, picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const image = new ImageData(pixels.data, pixels.width, pixels.height);
  switch (type) {
    case "image/jpeg":
      await load(JPEG_ENCODER, initJpegEncoder);
      return withIcc(new Uint8Array(await encodeJpeg(image, { quality: 88, progressive: true })), picture);
    case "image/png":
      await load(PNG, initPngEncoder);
      return new Uint8Array(await encodePng(image));
    case "image/webp":
      await load(WEBP_ENCODER, initWebpEncoder);
      return new Uint8Array(await encodeWebp(image, { quality: 88 }));
  }
  throw new Error(`no encoder for ${type}`);
}

export async function encodeThumb(pixels: Pixels): Promise<Uint8Array<ArrayBuffer>> {
  await load(WEBP_ENCODER, initWebpEncoder);
  const image = new ImageData(pixels.data, pixels.width, pixels.height);
  return new Uint8Array(await encodeWebp(image, { quality: 78, method: 4 }));
}

/** So that the longest side has `side` pixels: averages of whole blocks first, then the fine work on few pixels. */
export async function shrink(pixels: Pixels, side: number): Promise<Pixels> {
  const longest = Math.max(pixels.width, pixels.height);
  const width = Math.max(1, Math.round(pixels.width * side / longest));
  const height = Math.max(1, Math.round(pixels.height * side / longest));
  const small = average(pixels, Math.floor(longest / (side * 2)));
  await load(RESIZE, initResize);
  const image = new ImageData(small.data, small.width, small.height);
  return await resize(image, { width, height, method: "lanczos3", linearRGB: false }) as Pixels;
}

/** The largest square in the middle. */
export function cropSquare(pixels: Pixels): Pixels {
  const { width, height } = pixels;
  if (width === height) return pixels;
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2), top = Math.floor((height - side) / 2);
  const data = new Uint8ClampedArray(side * side * 4);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * 4;
    data.set(pixels.data.subarray(from, from + side * 4), y * side * 4);
  }
  return { data, width: side, height: side };
}

function average(pixels: Pixels, factor: number): Pixels {
  const horizontal = Math.min(factor, pixels.width), vertical = Math.min(factor, pixels.height);
  if (horizontal < 2 && vertical < 2) return pixels;
  const h = Math.max(1, horizontal), v = Math.max(1, vertical);
  const width = Math.floor(pixels.width / h), height = Math.floor(pixels.height / v);
  const out = new Uint8ClampedArray(width * height * 4);
  const { data } = pixels;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 4) {
      let r = 0, g = 0, b = 0, a = 0;
      for (let dy = 0; dy < v; dy++) {
        let from = ((y * v + dy) * pixels.width + x * h) * 4;
        for (let dx = 0; dx < h; dx++, from += 4) {
          // Colours of transparent pixels do not count.
          const alpha = data[from + 3]!;
          r += data[from]! * alpha;
          g += data[from + 1]! * alpha;
          b += data[from + 2]! * alpha;
          a += alpha;
        }
      }
      if (a > 0) {
        out[to] = r / a;
        out[to + 1] = g / a;
        out[to + 2] = b / a;
        out[to + 3] = a / (h * v);
      }
    }
  }
  return { data: out, width, height };
}

/** Turns a picture the way its EXIF orientation (1 to 8) asks for. */
export function turn(pixels: Pixels, orientation: number): Pixels {
  if (orientation <= 1) return pixels;
  const { width: w, height: h } = pixels;
  const swapped = orientation >= 5;
  const width = swapped ? h : w, height = swapped ? w : h;
  const from = new Uint32Array(pixels.data.buffer, pixels.data.byteOffset, w * h);
  const to = new Uint32Array(w * h);
  const right = w - 1, bottom = h - 1;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      let sx = x, sy = y;
      if (orientation === 2) sx = right - x;
      else if (orientation === 3) (sx = right - x, sy = bottom - y);
      else if (orientation === 4) sy = bottom - y;
      else if (orientation === 5) (sx = y, sy = x);
      else if (orientation === 6) (sx = y, sy = bottom - x);
      else if (orientation === 7) (sx = right - y, sy = bottom - x);
      else (sx = right - y, sy = x);
      to[at] = from[sy * w + sx]!;
    }
  }
  return { data: new Uint8ClampedArray(to.buffer), width, height };
}
