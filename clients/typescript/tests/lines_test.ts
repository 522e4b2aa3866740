// Which lines a reader is told that it misses, by what the connection knows of its channel.
import assert from "node:assert/strict";
import type { ConnectionEvents } from "../src/connection_types.ts";
import { readLines } from "../src/lines.ts";
import type { PushHandler } from "../src/readers.ts";
import type { Position } from "../src/types.ts";

const CHANNEL = "console:1";
const at = (offset: number, epoch = "boot-1"): Position => ({ epoch, offset });

/** A reader on a connection that is there already, whose server the test plays. */
function reading({ known, since }: { known?: Position; since?: Position } = {}) {
  const positions: Record<string, Position> = {}, told: string[] = [];
  const on: Partial<ConnectionEvents> = {};
  let push: PushHandler = () => {};
  const connection = {
    positions,
    on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]) {
      on[event] = listener;
      return () => {};
    },
    subscribe(channels: string | string[], handler?: PushHandler) {
      const start = since ?? known;
      if (start) positions[CHANNEL] = start;
      push = handler!;
      return { channels: [channels].flat(), unsubscribe() {} };
    },
  };
  readLines<string>(connection, CHANNEL, {
    onLines: (lines, first) => told.push(`${first} ${lines}`),
    onGap: (from, to) => told.push(`${from}-${to}`),
    onRestart: () => told.push("restart"),
  }, { since });
  return {
    told,
    acked: (position: Position) => void (positions[CHANNEL] = position),
    line(position: Position) {
      positions[CHANNEL] = position;
      push({ type: "line", channel: CHANNEL, data: "x", timestamp: "2026-01-15T10:00:00.000Z", ...position });
    },
    lost(position: Position) {
      positions[CHANNEL] = position;
      on.gap!(CHANNEL);
    },
    state: (state: "waiting" | "connected") => on.state!(state),
  };
}

Deno.test("read on a connection that is there already: a cut before the first line misses what came since", () => {
  const t = reading();
  t.acked(at(10));
  t.state("waiting");
  t.lost(at(15));
  t.state("connected");
  t.line(at(16));
  assert.deepEqual(t.told, ["11-15", "16 x"]);
});

Deno.test("a gap before anything is known of the channel misses no line, and reading goes on behind it", () => {
  const t = reading();
  t.acked(at(10));
  t.lost(at(15));
  t.lost(at(18));
  assert.deepEqual(t.told, ["16-18"]);
});

Deno.test("a gap begins behind what the connection, or the reader, knew of the channel", () => {
  for (const start of [{ known: at(7) }, { since: at(7) }]) {
    const t = reading(start);
    t.lost(at(9));
    assert.deepEqual(t.told, ["8-9"]);
  }
});

Deno.test("another life of the source: its lines are missed from the first", () => {
  const t = reading();
  t.acked(at(10));
  t.state("waiting");
  t.lost(at(2, "boot-2"));
  assert.deepEqual(t.told, ["restart", "1-2"]);
});
