// What the engine takes from the place where it runs: how a socket is opened, the time, chance, and what wakes it. Nothing
// else of a browser, of Deno or of Node is known to it.
import { GiveUp } from "../errors.ts";

/** The face of a WebSocket, as far as it is used; an event stream has it too. */
export interface Link {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  readonly bufferedAmount?: number;
  binaryType?: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason?: string }) => void) | null;
  onerror?: (() => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

/** `readyState` of an open link. */
export const OPEN = 1;

export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
  /** Milliseconds since 1970; it jumps when the machine slept. */
  now(): number;
}

export interface Platform {
  /** Opens a socket. @throws GiveUp where there are none */
  connect(address: string): Link;
  timers: Timers;
  /** 0 to 1, as Math.random. */
  random(): number;
  /** Calls when trying at once is worth it: the network is back, somebody looks. @returns ends it */
  onWake?(wake: () => void): () => void;
}

const timers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
  now: () => Date.now(),
};

/**
 * The platform of browsers, Deno and Node 22.
 * @param given what differs; `Socket` is the WebSocket class where there is no global one (that of the package `ws`)
 */
export function standardPlatform(given: Partial<Platform> & { Socket?: typeof WebSocket } = {}): Platform {
  const { Socket, ...parts } = given;
  return {
    connect(address) {
      const Class = Socket ?? globalThis.WebSocket;
      if (!Class) throw new GiveUp("bad_request", "There is no WebSocket here: pass one in the options.");
      return new Class(address) as unknown as Link;
    },
    timers,
    random: Math.random,
    onWake: onlineAgain,
    ...parts,
  };
}

/** Browsers say when the network is back; elsewhere nothing is heard. */
function onlineAgain(wake: () => void): () => void {
  if (typeof globalThis.addEventListener !== "function") return () => {};
  globalThis.addEventListener("online", wake);
  return () => globalThis.removeEventListener("online", wake);
}
