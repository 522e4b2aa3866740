// Binary frames of the WebSocket, both ways, and of the bus between instances. One layout:
//
//   u8 version = 1 | u8 kind | u8 n | n bytes: channel name, UTF-8 | u32 sequence, big-endian | payload
//
// `kind` says whose payload it is: a feature takes the kinds that it has declared and defines its own header inside the payload.
// A frame is passed on as the bytes that came: decoding copies nothing, encoding copies the payload once.
import { MAX_CHANNEL_NAME } from "./channels.ts";

export const BINARY_VERSION = 1;
const HEAD_BYTES = 3;
const SEQ_BYTES = 4;
/** The longest header: everything in front of the payload. */
export const MAX_BINARY_HEADER = HEAD_BYTES + 255 + SEQ_BYTES;

export type Bytes = Uint8Array<ArrayBuffer>;

export interface BinaryFrame {
  /** 0 to 255. */
  readonly kind: number;
  readonly channel: string;
  /** 0 to 2^32 - 1; after the last one it begins again at 0. */
  readonly seq: number;
  /** A view into `bytes`. */
  readonly payload: Bytes;
  /** The whole frame as it travels. */
  readonly bytes: Bytes;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The kind of a frame that was not looked at otherwise; undefined: no frame of this version. */
export function binaryKind(bytes: Uint8Array): number | undefined {
  return bytes[0] === BINARY_VERSION ? bytes[1] : undefined;
}

/**
 * Reads a frame; the payload stays where it is.
 * @returns undefined when the bytes are no frame of this version: too short, no channel name, or one that is none
 */
export function decodeBinary(bytes: Bytes): BinaryFrame | undefined {
  const kind = binaryKind(bytes), length = bytes[2];
  if (kind === undefined || !length || bytes.length < HEAD_BYTES + length + SEQ_BYTES) return undefined;
  const end = HEAD_BYTES + length;
  let channel: string;
  try {
    channel = decoder.decode(bytes.subarray(HEAD_BYTES, end));
  } catch {
    return undefined;
  }
  if (channel.length > MAX_CHANNEL_NAME) return undefined;
  const seq = new DataView(bytes.buffer, bytes.byteOffset + end, SEQ_BYTES).getUint32(0);
  return { kind, channel, seq, payload: bytes.subarray(end + SEQ_BYTES), bytes };
}

/**
 * Builds a frame.
 * @param seq taken modulo 2^32
 * @throws RangeError when the kind is no byte or the name is empty or too long
 */
export function encodeBinary(kind: number, channel: string, seq: number, payload: Uint8Array): BinaryFrame {
  const name = encoder.encode(channel);
  if (!Number.isInteger(kind) || kind < 0 || kind > 255) throw new RangeError(`${kind} is no kind of binary frame`);
  if (!name.length || name.length > 255 || channel.length > MAX_CHANNEL_NAME) {
    throw new RangeError(`A channel name of ${name.length} bytes does not fit into a binary frame`);
  }
  const end = HEAD_BYTES + name.length;
  const bytes = new Uint8Array(end + SEQ_BYTES + payload.length);
  bytes[0] = BINARY_VERSION;
  bytes[1] = kind;
  bytes[2] = name.length;
  bytes.set(name, HEAD_BYTES);
  new DataView(bytes.buffer).setUint32(end, seq >>> 0);
  bytes.set(payload, end + SEQ_BYTES);
  return { kind, channel, seq: seq >>> 0, payload: bytes.subarray(end + SEQ_BYTES), bytes };
}

/** True when `a` comes before `b` or is it, also across the end of the numbers (RFC 1982). */
export function seqUpTo(a: number, b: number): boolean {
  return (b - a | 0) >= 0;
}
