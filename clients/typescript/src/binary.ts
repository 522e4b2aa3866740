// Binary frames, both ways. One layout:
//
//   u8 version = 1 | u8 kind | u8 n | n bytes: channel name, UTF-8 | u32 sequence, big-endian | payload
//
// Decoding copies nothing, encoding copies the payload once.

const VERSION = 1;
const HEAD_BYTES = 3;
const SEQ_BYTES = 4;
const MAX_NAME_BYTES = 255;
const MAX_NAME = 128;

export type Bytes = Uint8Array<ArrayBuffer>;

export interface BinaryFrame {
  /** 0 to 255: whose payload it is. */
  readonly kind: number;
  readonly channel: string;
  /** 0 to 2^32 - 1; after the last one it begins again at 0. */
  readonly seq: number;
  /** A view into the message. */
  readonly payload: Bytes;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** @returns undefined when the bytes are no frame of this version: too short, no channel name, or one that is none */
export function decodeBinary(bytes: Bytes): BinaryFrame | undefined {
  const length = bytes[2];
  const end = HEAD_BYTES + (length ?? 0);
  if (bytes[0] !== VERSION || !length || bytes.length < end + SEQ_BYTES) return undefined;
  let channel: string;
  try {
    channel = decoder.decode(bytes.subarray(HEAD_BYTES, end));
  } catch {
    return undefined;
  }
  if (channel.length > MAX_NAME) return undefined;
  const seq = new DataView(bytes.buffer, bytes.byteOffset + end, SEQ_BYTES)
    .getUint32(0);
  return { kind: bytes[1]!, channel, seq, payload: bytes.subarray(end + SEQ_BYTES) };
}

/** @param frame `seq` is taken modulo 2^32 @throws RangeError the kind is no byte, or the name is empty or too long */
export function encodeBinary(
  { kind, channel, seq, payload }: Omit<BinaryFrame, "payload"> & {
    payload: Uint8Array;
  },
): Bytes {
  const name = encoder.encode(channel);
  if (!Number.isInteger(kind) || kind < 0 || kind > 255) throw new RangeError(`${kind} is no kind of binary frame`);
  if (!name.length || name.length > MAX_NAME_BYTES || channel.length > MAX_NAME) {
    throw new RangeError(`A channel name of ${name.length} bytes does not fit into a binary frame`);
  }
  const end = HEAD_BYTES + name.length;
  const bytes = new Uint8Array(end + SEQ_BYTES + payload.length);
  bytes.set([VERSION, kind, name.length]);
  bytes.set(name, HEAD_BYTES);
  new DataView(bytes.buffer).setUint32(end, seq >>> 0);
  bytes.set(payload, end + SEQ_BYTES);
  return bytes;
}
