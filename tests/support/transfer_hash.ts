// SHA-256 of bytes, for comparing archives.
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}
export const encodeHex = (bytes: Uint8Array): string => bytes.toHex();
