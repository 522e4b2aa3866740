// Who this agent is: an Ed25519 key that never leaves the machine, the server it belongs to, and the id that this one gave it.
// The key is on the disk before it is shown to the server, so that an enrolment whose answer was lost can be asked for again.
import { syncFile, syncFolder } from "../kernel/durable_files.ts";

const FILE = "identity.json";

export interface Identity {
  /** Base address, without a slash at the end. */
  server: string;
  /** base64 of the 32 bytes. */
  public_key: string;
  /** base64 of PKCS #8. */
  private_key: string;
  /** Absent: not enrolled yet. */
  agent_id?: string;
}

/** @returns undefined when the folder has none */
export async function readIdentity(dir: string): Promise<Identity | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${dir}/${FILE}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export async function newIdentity(server: string): Promise<Identity> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const bytes = async (format: "raw" | "pkcs8", key: CryptoKey) =>
    new Uint8Array(await crypto.subtle.exportKey(format, key)).toBase64();
  return {
    server,
    public_key: await bytes("raw", pair.publicKey),
    private_key: await bytes("pkcs8", pair.privateKey),
  };
}

export async function saveIdentity(dir: string, identity: Identity): Promise<void> {
  await writePrivate(dir, FILE, JSON.stringify(identity, null, 2) + "\n");
}

/** Signs texts as UTF-8. @returns base64 */
export async function signerOf({ private_key }: Identity): Promise<(text: string) => Promise<string>> {
  const bytes = Uint8Array.fromBase64(private_key);
  const key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", false, ["sign"]);
  return async (text) => {
    const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(text));
    return new Uint8Array(signature).toBase64();
  };
}

/** Writes a file (0600) as a whole or not at all, and makes it survive a power cut. */
export async function writePrivate(dir: string, name: string, text: string): Promise<void> {
  const path = `${dir}/${name}`;
  await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600 });
  await syncFile(`${path}.new`);
  await Deno.rename(`${path}.new`, path);
  await syncFolder(dir);
}
