// One at a time over all tabs. `navigator.locks` does it where the page is a secure context (https, localhost); a
// self-hoster on plain http in the local network gets the same through localStorage with an expiring claim.
import { readStored, stored, writeStored } from "./storage.ts";

const CLAIM_MS = 20_000;

export async function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks) return await locks.request(stored(name), run) as T;
  const key = `lock.${name}`;
  const me = Math.random().toString(36).slice(2);
  const held = () => {
    const [owner, until] = (readStored(key) ?? "").split(" ");
    return Number(until) > Date.now() ? owner : undefined;
  };
  const deadline = Date.now() + CLAIM_MS;
  while (Date.now() < deadline) {
    if (!held()) {
      writeStored(key, `${me} ${Date.now() + CLAIM_MS}`);
      // Two tabs may write at once; the last writer is the owner, so look again after the others had their turn.
      await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 30));
      if (held() === me) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    return await run();
  } finally {
    if (held() === me) writeStored(key, null);
  }
}
