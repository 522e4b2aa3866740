// Frames as they stand on the wire (RFC 6455, section 5), from the server: not masked, never in fragments. What goes to many
// readers is framed once: the last text, the last bytes and the last compressed text are kept, since a push is handed to all of
// its readers one after the other.
import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import type { Bytes } from "../protocol/wire/binary.ts";

const TEXT = 0x81, BINARY = 0x82;
/** RSV1: the payload is compressed (RFC 7692). */
const COMPRESSED = 0x40;
const MAX_HEADER = 10;
/** What a flushed deflate stream ends with and a message leaves out (RFC 7692, 7.2.1). */
const TAIL_BYTES = 4;
/** Compressing happens on the event loop: longer texts would hold it up and go as they are. */
const MAX_COMPRESSED_CHARS = 256 * 1024;
/** The fastest level: the others take twice the time for some percent. */
const LEVEL = 1;

/** A header in front of `length` bytes, at the start of a buffer that has room for all. @returns where the payload begins */
function writeHeader(frame: Buffer, first: number, length: number): number {
  frame[0] = first;
  if (length < 126) {
    frame[1] = length;
    return 2;
  }
  if (length < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
    return 4;
  }
  frame[1] = 127;
  frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
  frame.writeUInt32BE(length >>> 0, 6);
  return MAX_HEADER;
}

function frameOf(first: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(MAX_HEADER + payload.length);
  const at = writeHeader(frame, first, payload.length);
  frame.set(payload, at);
  return frame.subarray(0, at + payload.length);
}

let lastText: string | undefined, lastTextFrame: Buffer;
let lastDeflated: string | undefined, lastDeflatedFrame: Buffer;
let lastBytes: Bytes | undefined, lastBytesFrame: Buffer;

/** The frame of a text; whoever asks for the same text next gets the same buffer. */
export function textFrame(text: string): Buffer {
  if (text === lastText) return lastTextFrame;
  lastTextFrame = frameOf(TEXT, Buffer.from(text));
  lastText = text;
  return lastTextFrame;
}

/** The same with its payload compressed on its own (RFC 7692 without context takeover), unless that makes it no smaller. */
export function deflatedFrame(text: string): Buffer {
  if (text === lastDeflated) return lastDeflatedFrame;
  lastDeflatedFrame = deflate(text) ?? textFrame(text);
  lastDeflated = text;
  return lastDeflatedFrame;
}

function deflate(text: string): Buffer | undefined {
  if (text.length > MAX_COMPRESSED_CHARS) return undefined;
  const plain = Buffer.from(text);
  const packed = deflateRawSync(plain, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
  const length = packed.length - TAIL_BYTES;
  return length < plain.length ? frameOf(TEXT | COMPRESSED, packed.subarray(0, length)) : undefined;
}

/** The frame of a binary message; several readers of the same bytes share it. */
export function binaryFrame(bytes: Bytes): Buffer {
  if (bytes === lastBytes) return lastBytesFrame;
  lastBytesFrame = frameOf(BINARY, bytes);
  lastBytes = bytes;
  return lastBytesFrame;
}
