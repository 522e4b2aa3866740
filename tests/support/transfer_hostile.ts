// Bytes for tests of archives: a small picture, and zip files that were changed behind the back of their writer.

/** A small picture. */
export const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);

/** The same bytes with the uncompressed size in the central directory changed: an entry that lies. */
export function withLyingSize(zip: Uint8Array<ArrayBuffer>, name: string, size: number): Uint8Array<ArrayBuffer> {
  const out = zip.slice(), view = new DataView(out.buffer), wanted = new TextEncoder().encode(name);
  for (let at = 0; at + 46 < out.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50 || view.getUint16(at + 28, true) !== wanted.length) continue;
    if (wanted.every((byte, i) => out[at + 46 + i] === byte)) view.setUint32(at + 24, size, true);
  }
  return out;
}

/** The name of an entry replaced by one of the same length: what `addBuffer` itself refuses to write. */
export function withName(zip: Uint8Array<ArrayBuffer>, name: string, other: string): Uint8Array<ArrayBuffer> {
  const out = zip.slice(), from = new TextEncoder().encode(name), to = new TextEncoder().encode(other);
  for (let at = 0; at + from.length <= out.length; at++) {
    if (from.every((byte, i) => out[at + i] === byte)) out.set(to, at);
  }
  return out;
}
