// Pictures for tests, made here: with EXIF that tells a place, turned, moving, or lying about their size.
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { encode, encodeThumb, type Pixels } from "../../workers/image_codecs.ts";

export const GPS_TEXT = "GPS 04.7110N 74.0721W secret place";

/** Left half red, right half blue, with a green top left corner: turning it shows. */
function testPixels(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const corner = x < width / 4 && y < height / 4;
      data.set(corner ? [0, 255, 0, 255] : x < width / 2 ? [255, 0, 0, 255] : [0, 0, 255, 255], at);
    }
  }
  return { data, width, height };
}

const plain = { width: 0, height: 0, orientation: 1, animated: false, cleaned: new Uint8Array() };

export const jpeg = (width: number, height: number) => encode(testPixels(width, height), "image/jpeg", plain);
export const png = (width: number, height: number) => encode(testPixels(width, height), "image/png", plain);
export const webp = (width: number, height: number) => encodeThumb(testPixels(width, height));

/** A TIFF block with an orientation and a text. */
function tiff(orientation: number): Buffer {
  const text = Buffer.from(GPS_TEXT + "\0");
  const head = Buffer.from([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 2, 0]);
  const entry = (tag: number, type: number, count: number, value: number) => {
    const out = Buffer.alloc(12);
    out.writeUInt16LE(tag, 0);
    out.writeUInt16LE(type, 2);
    out.writeUInt32LE(count, 4);
    out.writeUInt32LE(value, 8);
    return out;
  };
  return Buffer.concat([
    head,
    entry(0x0112, 3, 1, orientation),
    entry(0x010e, 2, text.length, 38),
    Buffer.alloc(4),
    text,
  ]);
}

/** Adds EXIF, a comment, XMP and something behind the end. */
export function withExif(jpegBytes: Uint8Array, orientation = 1): Uint8Array<ArrayBuffer> {
  const segment = (marker: number, body: Buffer) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
  };
  return new Uint8Array(Buffer.concat([
    jpegBytes.subarray(0, 2),
    segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), tiff(orientation)])),
    segment(0xfe, Buffer.from("comment " + GPS_TEXT)),
    segment(0xe1, Buffer.from("http://ns.adobe.com/xap/1.0/\0<x>" + GPS_TEXT + "</x>")),
    jpegBytes.subarray(2),
    Buffer.from("<script>alert(1)</script>" + GPS_TEXT),
  ]));
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255]! ^ (crc >>> 8);
  const out = Buffer.alloc(8 + data.length + 4);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, out.length - 4);
  return out;
}

/** A PNG whose header says `width` × `height`, with whatever compressed bytes. */
export function rawPng(
  width: number,
  height: number,
  compressed: Uint8Array,
  extra: Buffer[] = [],
): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", header),
    ...extra,
    pngChunk("IDAT", compressed),
    pngChunk("IEND", new Uint8Array()),
  ]));
}

/** `megabytes` of zeros, compressed to a thousandth. */
export function bomb(megabytes: number): Buffer {
  return deflateSync(Buffer.alloc(megabytes * 1024 * 1024), { level: 9 });
}

/** The middle of an area as [r, g, b] of a decoded picture. */
export function colourAt({ data, width }: Pixels, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
}

/** Two frames, a comment, and a name of a program. */
export function movingGif(): Uint8Array<ArrayBuffer> {
  const frame = [0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  return new Uint8Array(Buffer.concat([
    Buffer.from("GIF89a"),
    Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255]),
    Buffer.from([0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0"), 3, 1, 0, 0, 0]),
    Buffer.from([0x21, 0xfe, GPS_TEXT.length, ...Buffer.from(GPS_TEXT), 0]),
    Buffer.from([...frame, ...frame, 0x3b]),
  ]));
}
