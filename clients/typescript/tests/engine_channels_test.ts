// Which channels the engine follows: asked for, left, denied, withdrawn, and what that makes of the connection's state.
import assert from "node:assert/strict";
import { settled } from "./hand_timers.ts";
import { live, push, start, state } from "./noted_engine.ts";

for (const code of ["validation_failed", "bad_request"]) {
  Deno.test(`a name that spoils its frame (${code}) is denied alone; the connection and all others stay`, async () => {
    const t = await live();
    const bad = "x".repeat(129);
    const names = ["notify:1", "notify:2", bad, "notify:3"];
    const answered = t.engine.follow(names);
    await settled();
    /** As the server does: one bad name refuses the whole frame. */
    const answerAll = async (from: number) => {
      for (let i = from; i < t.last().frames.length; i++) {
        const { id, channels } = t.last().frames[i];
        if (channels.includes(bad)) await t.last().say({ type: "error", id, code, message: "no" });
        else {
          const states = Object.fromEntries(channels.map((name: string) => [name, state(0)]));
          await t.last().say({ type: "ack", id, data: { channels: states, denied: {} } });
        }
      }
    };
    await answerAll(1);
    assert.equal(await answered, true);
    assert.deepEqual([t.denied, t.errors, t.names()], [[`${bad} ${code}`], [], ["connecting", "live"]]);
    assert.deepEqual(t.engine.channels, ["broadcast", "notify:1", "notify:2", "notify:3"]);
    await t.last().end(1006);
    await t.pass(500);
    await t.last().accept();
    assert.deepEqual(t.last().frames.map(({ channels }) => channels), [t.engine.channels]);
  });
}

Deno.test("a bad name among those of the first frame: the others go live; alone it is refused like any other", async () => {
  const t = start({}, ["", "broadcast"]);
  await settled();
  await t.last().accept();
  const refuse = (frame: { id: string }) =>
    t.last().say({ type: "error", id: frame.id, code: "validation_failed", message: "no" });
  await refuse(t.last().frames[0]);
  await refuse(t.last().frames[1]);
  assert.equal(t.engine.status.state, "connecting");
  await t.ack({ broadcast: state(10) });
  assert.deepEqual([t.engine.status.state, t.denied, t.links.length], ["live", [" validation_failed"], 1]);

  const alone = start({}, [""]);
  await settled();
  await alone.last().accept();
  const { id } = alone.last().frames[0];
  await alone.last().say({ type: "error", id, code: "validation_failed", message: "no" });
  assert.deepEqual([alone.engine.status.state, alone.engine.channels], ["refused", []]);
});

Deno.test("channels: one frame for those of one moment, parts of 200, left before they were asked for, answers", async () => {
  const t = await live();
  const many = Array.from({ length: 450 }, (_, i) => `notify:${i}`);
  const answered = t.engine.follow(many);
  const [left] = [t.engine.follow(["notify:left"])];
  t.engine.unfollow(["notify:left"]);
  assert.equal(await left, false);
  await settled();
  const frames = t.last().frames.slice(1);
  assert.deepEqual(frames.map((f) => [f.type, f.channels.length]), [["subscribe", 200], ["subscribe", 200], [
    "subscribe",
    50,
  ]]);
  for (const { id, channels } of frames) {
    const states = Object.fromEntries(channels.map((name: string) => [name, state(0)]));
    await t.last().say({ type: "ack", id, data: { channels: states, denied: {} } });
  }
  assert.equal(await answered, true);
  assert.equal(await t.engine.follow(["notify:1"]), false, "nothing new to ask for");
  t.engine.unfollow(["notify:1", "never"]);
  assert.deepEqual(t.last().frames.at(-1), { type: "unsubscribe", channels: ["notify:1"] });
  await t.last().say(push(5, "notify:1"));
  assert.deepEqual([t.got, t.engine.positions.all()["notify:1"]], [[], undefined]);
});

Deno.test("where every channel is refused the connection says so, also after a reconnect, until one may be followed", async () => {
  const t = start();
  await settled();
  await t.last().accept();
  await t.ack({}, { broadcast: "forbidden" });
  assert.deepEqual([t.engine.status.state, t.denied], ["refused", ["broadcast forbidden"]]);
  await t.last().end(1012);
  await t.pass(500);
  await t.last().accept();
  await t.last().say({ type: "pong", id: t.last().frames[0].id });
  assert.equal(t.engine.status.state, "refused");
  void t.engine.follow(["broadcast"]);
  await settled();
  await t.ack({ broadcast: state(1) });
  assert.equal(t.engine.status.state, "live");
});

Deno.test("a right that is withdrawn ends the channel; it is asked for again only when somebody follows it again", async () => {
  const t = start({}, ["user:me:notifications", "broadcast"]);
  await settled();
  await t.last().accept();
  const own = "user:42:notifications";
  await t.ack({ "user:me:notifications": { ...state(3), channel: own }, broadcast: state(10) });
  await t.last().say(push(4, own));
  await t.last().say({ type: "error", code: "forbidden", subject: own, message: "no" });
  assert.deepEqual([t.got, t.withdrawn], [[[4, false]], ["user:me:notifications forbidden"]]);
  assert.deepEqual([t.engine.channels, Object.keys(t.engine.positions.all())], [["broadcast"], ["broadcast"]]);
  void t.engine.follow(["user:me:notifications"]);
  await settled();
  assert.deepEqual(t.last().frames.at(-1).channels, ["user:me:notifications"]);
});

/** How a channel goes whose missed pushes are still awaited; whether it was live before. */
const goings: { how: string; isFirst: boolean }[] = [
  { how: "left", isFirst: true },
  { how: "left", isFirst: false },
  { how: "withdrawn", isFirst: true },
  { how: "withdrawn", isFirst: false },
];
for (const { how, isFirst } of goings) {
  const when = isFirst ? "connecting" : "resuming";
  Deno.test(`while ${when}, the last awaited channel is ${how}: all the rest is there, so it is live`, async () => {
    const t = start({}, ["broadcast", "notify:x"]);
    const both = { broadcast: state(10), "notify:x": state(10) };
    if (isFirst) { for (const [name, at] of Object.entries(both)) t.engine.positions.set(name, at); }
    await settled();
    await t.last().accept();
    if (!isFirst) {
      await t.ack(both);
      await t.last().end(1006);
      await t.pass(500);
      await t.last().accept();
    }
    await t.ack({ broadcast: state(10, true), "notify:x": state(12, true) });
    assert.equal(t.engine.status.state, when);
    if (how === "left") t.engine.unfollow(["notify:x"]);
    else await t.last().say({ type: "error", code: "forbidden", subject: "notify:x", message: "no" });
    assert.equal(t.engine.status.state, "live");
    assert.deepEqual(t.resumed.length, isFirst ? 0 : 1);
  });
}
