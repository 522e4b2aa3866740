// The console's one connection: the client engine with what a browser gives it. No token stands in its address: every
// connection takes a single-use ticket, and so does re-authentication when the server says `token_expiring`.
import { Engine } from "../../../clients/typescript/src/engine/engine.ts";
import type { EngineEvents } from "../../../clients/typescript/src/engine/engine_options.ts";
import { Fallback } from "../../../clients/typescript/src/engine/fallback.ts";
import { standardPlatform } from "../../../clients/typescript/src/engine/platform.ts";
import { byTicket } from "../../../clients/typescript/src/engine/sign_in.ts";
import { GiveUp } from "../../../clients/typescript/src/errors.ts";
import type { ClientFrame } from "../../../clients/typescript/src/types.ts";
import type { Position } from "../../../protocol/wire/frames.ts";
import { ApiError, csrfToken, post, RENEWED_MS, renewSession } from "../api.ts";
import { outer } from "../base.ts";
import { readStored, writeStored } from "../storage.ts";
import { link } from "./link.ts";

let engine: Engine | null = null;

/** @param positions where to resume channels, by name */
export function openConnection(
  channels: readonly string[],
  positions: Record<string, Position>,
  events: EngineEvents,
): void {
  engine = new Engine({
    ...events,
    address: () => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${outer("/ws")}?batch=1`,
    platform: standardPlatform({ onWake }),
    signIn: byTicket(ticket),
    fallback: new Fallback({
      url: outer("/sse"),
      headers: () => ({ "X-CSRF-Token": csrfToken() ?? "" }),
      transport: readStored("transport", "session") === "stream" ? "stream" : "socket",
      callInstead,
    }),
    backoff: { base: 500, cap: 15_000 },
    heartbeat: { quietMs: 45_000, answerMs: 10_000 },
    onStatus(status) {
      link.value = status;
      if (status.state === "live") writeStored("transport", status.transport, "session");
      events.onStatus?.(status);
    },
  });
  for (const [name, position] of Object.entries(positions)) engine.positions.set(name, position);
  void engine.follow(channels);
  engine.start();
}

export function closeConnection(): void {
  engine?.stop();
  engine = null;
}

export function isOpen(): boolean {
  return engine !== null;
}

/** Follows channels. @returns true once the server has answered, false: all were followed before */
export function followAll(names: readonly string[]): Promise<boolean> {
  return engine?.follow(names) ?? Promise.resolve(false);
}

export function unfollow(name: string): void {
  engine?.unfollow([name]);
}

/** Sends a feature's frame. @returns whether the connection was there to take it */
export function sendFrame(frame: ClientFrame): boolean {
  return engine?.post(frame) ?? false;
}

/** See `Engine.rewind`. */
export function rewindChannel(name: string, pushes: number): Position | null {
  return engine?.rewind(name, pushes) ?? null;
}

/** Where each channel stands. */
export function allPositions(): Record<string, Position> {
  return engine?.positions.all() ?? {};
}

export function retryLive(): void {
  engine?.wake();
}

/** The network is back, or the tab is looked at again. */
function onWake(wake: () => void): () => void {
  const look = () => {
    if (document.visibilityState === "visible") wake();
  };
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  return () => {
    removeEventListener("online", look);
    document.removeEventListener("visibilitychange", look);
  };
}

async function ticket(renewed: boolean): Promise<string> {
  const over = () => new GiveUp("unauthenticated", "The session is over.");
  try {
    // A ticket ends with the access token that asked for it, so the session must be younger than that.
    if (renewed && !(await renewSession(Date.now() - RENEWED_MS))) throw over();
    return (await post<{ ticket: string }>("/auth/ticket", {})).ticket;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw over();
    throw error;
  }
}

function callInstead(frame: ClientFrame): boolean {
  if (frame.type !== "typing") return false;
  const { channel_id, root_id } = frame as { channel_id?: string; root_id?: string };
  post(`/channels/${channel_id}/typing`, { root_id }).catch(() => {});
  return true;
}
