// A clock that tests move by hand, and links whose other end they hold.
import type { Link, Platform } from "../src/engine/platform.ts";

/** `pass` lets time go by, timer after timer; `sleep` is a machine asleep: time jumps, what was due comes once afterwards. */
export function handTimers() {
  let at = 1_000_000;
  let lastId = 0;
  const waiting = new Map<number, { due: number; run: () => void }>();
  const next = () => [...waiting].sort(([a, x], [b, y]) => x.due - y.due || a - b)[0];
  return {
    timers: {
      set(run: () => void, ms: number) {
        waiting.set(++lastId, { due: at + ms, run });
        return lastId;
      },
      clear: (id: unknown) => void waiting.delete(id as number),
      now: () => at,
    },
    async pass(ms: number) {
      const end = at + ms;
      for (let first = next(); first && first[1].due <= end; first = next()) {
        at = Math.max(at, first[1].due);
        waiting.delete(first[0]);
        first[1].run();
        await settled();
      }
      at = end;
      await settled();
    },
    async sleep(ms: number) {
      at += ms;
      await settled();
    },
  };
}

/** Everything that promises have to do is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** The server's end of a link. */
export class HandLink implements Link {
  readyState = 0;
  bufferedAmount = 0;
  onopen: Link["onopen"] = null;
  onmessage: Link["onmessage"] = null;
  onclose: Link["onclose"] = null;
  // deno-lint-ignore no-explicit-any -- whatever the client said
  readonly frames: any[] = [];

  constructor(readonly address: string) {}

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.frames.push(JSON.parse(data));
  }
  close(): void {
    this.readyState = 3;
  }

  /** The upgrade has succeeded. */
  async accept(): Promise<void> {
    this.readyState = 1;
    this.onopen?.();
    await settled();
  }
  /** The server says something. */
  async say(...frames: object[]): Promise<void> {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
    await settled();
  }
  /** The server, or the network, ends it. */
  async end(code: number): Promise<void> {
    this.readyState = 3;
    this.onclose?.({ code });
    await settled();
  }
}

/** A platform of these; `wake` is what the network's return does. */
export function handPlatform() {
  const clock = handTimers();
  const links: HandLink[] = [];
  let woken = () => {};
  const platform: Platform = {
    timers: clock.timers,
    random: () => 1,
    connect(address) {
      const link = new HandLink(address);
      links.push(link);
      return link;
    },
    onWake(wake) {
      woken = wake;
      return () => void (woken = () => {});
    },
  };
  return { ...clock, platform, links, wake: () => woken() };
}
