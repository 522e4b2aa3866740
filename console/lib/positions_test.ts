import assert from "node:assert/strict";
import type { Push } from "../../protocol/wire/frames.ts";
import { Positions } from "./positions.ts";

const push = (offset?: number, channel = "broadcast", epoch = "e"): Push => ({
  type: "t",
  channel,
  data: null,
  timestamp: "2026-01-15T10:00:00.000Z",
  ...(offset === undefined ? {} : { offset, epoch }),
});
const ack = (offset: number, recovered: boolean, epoch = "e", channel?: string) => ({
  channels: { [channel ? "user:me:notifications" : "broadcast"]: { epoch, offset, recovered, channel } },
  denied: {},
});

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
  assert.deepEqual(p.pushed(push(11)), { fresh: true, replayed: false });
  assert.deepEqual(p.acked(ack(14, true)), { missed: 3, lost: [] });
  assert.ok(!p.complete);
  assert.deepEqual(p.pushed(push(12)), { fresh: true, replayed: true });
  assert.deepEqual(p.pushed(push(12)), { fresh: false, replayed: true });
  p.pushed(push(13));
  assert.deepEqual(p.pushed(push(14)), { fresh: true, replayed: true });
  assert.ok(p.complete);
  assert.deepEqual(p.pushed(push(15)), { fresh: true, replayed: false });
});

Deno.test("a gap that is too old is told, and the position jumps to the head", () => {
  const p = new Positions();
  p.acked(ack(10, false));
  assert.deepEqual(p.acked(ack(4, false, "new")), { missed: 0, lost: ["broadcast"] });
  assert.deepEqual(p.since(["broadcast"]), { broadcast: { epoch: "new", offset: 4 } });
  assert.deepEqual(p.pushed(push(5, "broadcast", "new")), { fresh: true, replayed: false });
});

Deno.test("pushes under the canonical name move the position of the name that was asked for", () => {
  const p = new Positions();
  p.acked(ack(1, false, "e", "user:42:notifications"));
  p.pushed(push(2, "user:42:notifications"));
  assert.deepEqual(p.since(["user:me:notifications"]), { "user:me:notifications": { epoch: "e", offset: 2 } });
});

Deno.test("ephemeral pushes pass and move nothing", () => {
  const p = new Positions();
  p.acked(ack(1, false));
  assert.deepEqual(p.pushed(push()), { fresh: true, replayed: false });
  assert.deepEqual(p.since(["broadcast"]), { broadcast: { epoch: "e", offset: 1 } });
});
