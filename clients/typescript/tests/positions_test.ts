import assert from "node:assert/strict";
import { backoffDelay } from "../src/engine/backoff.ts";
import { Positions } from "../src/engine/positions.ts";
import type { Push } from "../src/types.ts";

const push = (offset?: number, channel = "broadcast", epoch = "e"): Push => ({
  type: "t",
  channel,
  data: null,
  timestamp: "2026-01-15T10:00:00.000Z",
  ...(offset === undefined ? {} : { offset, epoch }),
});
const ack = (offset: number, recovered: boolean, epoch = "e", channel?: string) => ({
  [channel ? "user:me:notifications" : "broadcast"]: { epoch, offset, recovered, channel },
});
const fresh = (replayed: boolean, name = "broadcast") => ({ fresh: [name], replayed });

Deno.test("the first subscription starts at the head", () => {
  const p = new Positions();
  assert.equal(p.since(["broadcast"]), undefined);
  assert.deepEqual(p.acked(ack(10, false)), { missed: 0, lost: [] });
  assert.ok(p.complete);
  assert.deepEqual(p.since(["broadcast"]), { broadcast: { epoch: "e", offset: 10 } });
});

Deno.test("a resume counts what was missed, marks it, and is complete with the last of it", () => {
  const p = new Positions();
  p.acked(ack(10, false));
  assert.deepEqual(p.pushed(push(11)), fresh(false));
  assert.deepEqual(p.acked(ack(14, true)), { missed: 3, lost: [] });
  assert.ok(!p.complete);
  assert.deepEqual(p.pushed(push(12)), fresh(true));
  assert.deepEqual(p.pushed(push(12)), { fresh: [], replayed: false });
  p.pushed(push(13));
  assert.deepEqual(p.pushed(push(14)), fresh(true));
  assert.ok(p.complete);
  assert.deepEqual(p.pushed(push(15)), fresh(false));
});

Deno.test("a gap that is too old is told, and the position jumps to the head", () => {
  const p = new Positions();
  p.acked(ack(10, false));
  assert.deepEqual(p.acked(ack(4, false, "new")), { missed: 0, lost: ["broadcast"] });
  assert.deepEqual(p.since(["broadcast"]), { broadcast: { epoch: "new", offset: 4 } });
  assert.deepEqual(p.pushed(push(5, "broadcast", "new")), fresh(false));
});

Deno.test("where nothing has come since, nothing is lost", () => {
  const p = new Positions();
  p.acked(ack(0, false));
  assert.deepEqual(p.acked(ack(0, false)), { missed: 0, lost: [] });
});

Deno.test("a source that begins anew in the middle of a resume: what was awaited of its life before is not waited for", () => {
  const p = new Positions();
  p.acked(ack(10, false));
  p.acked(ack(500, true));
  assert.deepEqual(p.pushed(push(1, "broadcast", "new")), fresh(false));
  assert.ok(p.complete);
});

Deno.test("pushes under the canonical name move the positions of all names that were asked for", () => {
  const p = new Positions();
  const carried = "user:42:notifications", mine = "user:me:notifications";
  p.acked(ack(1, false, "e", carried));
  p.pushed(push(2, carried));
  assert.deepEqual(p.since([mine]), { [mine]: { epoch: "e", offset: 2 } });
  p.acked({ [carried]: { epoch: "e", offset: 2, recovered: false } });
  assert.deepEqual(p.pushed(push(3, carried)), { fresh: [mine, carried], replayed: false });
  p.forget(mine);
  assert.deepEqual(p.pushed(push(4, carried)), fresh(false, carried));
  assert.deepEqual(p.all(), { [carried]: { epoch: "e", offset: 4 } });
});

Deno.test("ephemeral pushes pass and move nothing", () => {
  const p = new Positions();
  p.acked(ack(1, false));
  assert.deepEqual(p.pushed(push()), fresh(false));
  assert.deepEqual(p.since(["broadcast"]), { broadcast: { epoch: "e", offset: 1 } });
});

Deno.test("back-off: the ceiling doubles up to its cap, and any part of it may be waited", () => {
  const wait = (attempt: number, random: number) => backoffDelay(attempt, { cap: 15_000 }, () => random);
  assert.deepEqual([wait(0, 1), wait(1, 1), wait(4, 1), wait(50, 1), wait(50, 0)], [500, 500, 4_000, 15_000, 0]);
  assert.equal(backoffDelay(50, {}, () => 0.5), 15_000);
});
