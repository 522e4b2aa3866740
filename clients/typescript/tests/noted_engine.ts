// An engine on a clock and links in the test's hands, which notes what it is told.
import assert from "node:assert/strict";
import type { PulpoError } from "../src/errors.ts";
import { Engine } from "../src/engine/engine.ts";
import type { EngineOptions } from "../src/engine/engine_options.ts";
import type { LinkStatus } from "../src/engine/status.ts";
import { handPlatform, settled } from "./hand_timers.ts";

export const push = (offset: number | undefined, channel = "broadcast", epoch = "e") => ({
  type: "t",
  channel,
  data: null,
  timestamp: "2026-01-15T10:00:00.000Z",
  ...(offset === undefined ? {} : { offset, epoch }),
});
export const state = (offset: number, recovered = false, epoch = "e") => ({ epoch, offset, recovered });

export function start(options: Partial<EngineOptions> = {}, channels = ["broadcast"]) {
  const hand = handPlatform();
  const got: [number | undefined, boolean][] = [], states: LinkStatus[] = [], resumed: [number, boolean][] = [];
  const lost: string[][] = [], denied: string[] = [], withdrawn: string[] = [], errors: PulpoError[] = [];
  const engine = new Engine({
    address: () => "ws://host/ws?batch=1",
    platform: hand.platform,
    onPush: (p, replayed) => got.push([p.offset, replayed]),
    onStatus: (status) => states.push(status),
    onResumed: (...args) => resumed.push(args),
    onLost: (names) => lost.push(names),
    onDenied: (name, code) => denied.push(`${name} ${code}`),
    onWithdrawn: (name, code) => withdrawn.push(`${name} ${code}`),
    onError: (error) => errors.push(error),
    ...options,
  });
  void engine.follow(channels);
  engine.start();
  const last = () => hand.links.at(-1)!;
  /** Answers the newest subscribe frame. */
  const ack = (channels: Record<string, object>, refused: Record<string, string> = {}) => {
    const { id } = last().frames.findLast((frame) => frame.type === "subscribe" || frame.type === "ping")!;
    return last().say({ type: "ack", id, data: { channels, denied: refused } });
  };
  const names = () => states.map((s) => s.state).filter((name, i, all) => name !== all[i - 1]);
  return { ...hand, engine, got, states, names, resumed, lost, denied, withdrawn, errors, last, ack };
}

/** The same, live at offset 10. */
export async function live(options: Partial<EngineOptions> = {}) {
  const t = start(options);
  await settled();
  await t.last().accept();
  await t.ack({ broadcast: state(10) });
  assert.equal(t.engine.status.state, "live");
  return t;
}
