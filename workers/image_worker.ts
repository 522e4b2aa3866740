// Pictures off the event loop, one at a time. Messages: see images.ts. Sizes are read from the headers and refused before
// anything is decoded.
import { Buffer } from "node:buffer";
import type { ImageJob, ImageResult } from "../kernel/images.ts";
import { cropSquare, decode, encode, encodeThumb, type Pixels, shrink, turn } from "./image_codecs.ts";
import { type Picture, Refused } from "./image_bytes.ts";
import { inspect } from "./image_formats.ts";
import type { WorkerAnswer } from "../kernel/worker_queue.ts";
import type { ImageRefusal } from "./images.ts";

const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 32_767;
const MAX_BYTES = 64 * 1024 * 1024;
const THUMB_SIDE = 480;

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async ({ data: job }: MessageEvent<ImageJob & { id: number }>) => {
  let answer: WorkerAnswer<ImageResult, ImageRefusal>;
  try {
    answer = { id: job.id, ok: true, result: await run(job) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    answer = { id: job.id, ok: false, refused: error instanceof Refused, error: text };
  }
  scope.postMessage(answer);
};

async function run(job: ImageJob): Promise<ImageResult> {
  if ((await Deno.stat(job.path)).size > MAX_BYTES) {
    throw new Refused(`Pictures over ${MAX_BYTES / 1024 / 1024} MiB are not accepted.`);
  }
  const bytes = await Deno.readFile(job.path);
  const picture = inspect(bytes, job.type);
  const { width, height } = picture;
  if (width < 1 || height < 1) throw new Refused("The picture is damaged and cannot be read.");
  if (width * height > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE) {
    throw new Refused(`The picture has ${width} × ${height} pixels; at most ${MAX_PIXELS / 1e6} million are accepted.`);
  }
  if (job.square) return await square(job, job.square, picture);
  let { cleaned } = picture;
  const pixels = decodable(picture, job.type) ? await readPixels(cleaned, job.type, picture) : undefined;
  if (pixels && picture.orientation > 1) cleaned = await encode(pixels, job.type, picture);
  const shown = pixels ?? picture;
  const result: ImageResult = { width: shown.width, height: shown.height };
  if (!same(cleaned, bytes)) result.cleaned = await write(job.output, cleaned);
  if (pixels && Math.max(pixels.width, pixels.height) > THUMB_SIDE) {
    const thumb = await encodeThumb(await shrink(pixels, THUMB_SIDE));
    result.thumb = { ...await write(job.thumb, thumb), type: "image/webp" };
  }
  return result;
}

/** The pixels are encoded anew, so nothing but the picture is left. */
async function square(job: ImageJob, side: number, picture: Picture): Promise<ImageResult> {
  if (!decodable(picture, job.type)) {
    throw new Refused("Send a JPEG, PNG or WebP picture that does not move.");
  }
  const pixels = cropSquare(await readPixels(picture.cleaned, job.type, picture));
  const small = pixels.width > side ? await shrink(pixels, side) : pixels;
  const written = await write(job.output, await encodeThumb(small));
  return { width: small.width, height: small.height, cleaned: written };
}

/** Moving pictures stay as they are, and so do those without a decoder here. */
function decodable(picture: Picture, type: string): boolean {
  return !picture.animated && !picture.unusual && ["image/jpeg", "image/png", "image/webp"].includes(type);
}

async function readPixels(bytes: Uint8Array<ArrayBuffer>, type: string, picture: Picture): Promise<Pixels> {
  const pixels = await decode(bytes, type);
  if (pixels.width !== picture.width || pixels.height !== picture.height) {
    throw new Refused("The picture is not of the size that it says.");
  }
  return turn(pixels, picture.orientation);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && Buffer.compare(a, b) === 0);
}

async function write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<{ size: number; sha256: string }> {
  await Deno.writeFile(path, bytes, { mode: 0o600 });
  return { size: bytes.length, sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex() };
}
