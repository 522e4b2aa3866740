// Ed25519 (RFC 8032) of agents.

/** @returns undefined when the bytes are no public key */
export function importAgentKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey | undefined> {
  return crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]).catch(() => undefined);
}

/** Whether the key has signed the text, as UTF-8. */
export async function signedBy(key: CryptoKey, signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
  return await crypto.subtle.verify("Ed25519", key, signature, new TextEncoder().encode(text));
}
