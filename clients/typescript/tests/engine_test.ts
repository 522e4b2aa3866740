// The engine on a clock and links that the tests hold in their hands: every way in which a connection ends and comes back.
// Its channels are in engine_channels_test.ts, what needs a network in transports_test.ts.
import assert from "node:assert/strict";
import { GiveUp } from "../src/errors.ts";
import type { EngineOptions } from "../src/engine/engine_options.ts";
import { byTicket } from "../src/engine/sign_in.ts";
import { settled } from "./hand_timers.ts";
import { live, push, start, state } from "./noted_engine.ts";

Deno.test("a server restarts: the resume goes on behind the last push, drops repetitions and counts", async () => {
  const t = await live();
  await t.last().say(push(11));
  await t.last().end(1012);
  assert.deepEqual([t.engine.status.state, t.engine.status.closeCode], ["offline", 1012]);
  await t.pass(500);
  await t.last().accept();
  assert.equal(t.engine.status.state, "resuming");
  assert.deepEqual(t.last().frames[0].since, { broadcast: { epoch: "e", offset: 11 } });
  await t.ack({ broadcast: state(13, true) });
  await t.last().say(push(11), push(12));
  assert.equal(t.engine.status.state, "resuming");
  await t.last().say(push(13), push(14));
  assert.deepEqual(t.got, [[11, false], [12, true], [13, true], [14, false]]);
  assert.deepEqual(t.resumed, [[2, true]]);
  assert.deepEqual(t.names(), ["connecting", "live", "offline", "resuming", "live"]);
});

Deno.test("a gap that is too old is told once, and the resume as incomplete", async () => {
  for (const answer of [state(99), state(10, false, "new")]) {
    const t = await live();
    await t.last().end(1006);
    await t.pass(500);
    await t.last().accept();
    await t.ack({ broadcast: answer });
    assert.deepEqual([t.lost, t.resumed], [[["broadcast"]], [[0, false]]]);
    assert.deepEqual(t.engine.positions.all(), { broadcast: { epoch: answer.epoch, offset: answer.offset } });
  }
});

/** How the server ends a connection → what becomes of it. */
const closes: { code: number; options?: Partial<EngineOptions>; then: string; error?: string }[] = [
  { code: 1000, then: "again" },
  { code: 1006, then: "again" },
  { code: 1012, then: "again" },
  { code: 4401, then: "again" },
  { code: 4401, options: { maxRefusals: 0 }, then: "over", error: "unauthenticated" },
  { code: 4401, options: { maxRefusals: 1 }, then: "again" },
  { code: 4403, then: "over", error: "forbidden" },
  { code: 4408, then: "again" },
  { code: 4409, then: "over", error: "replaced" },
  { code: 4429, then: "again" },
];
for (const { code, options = {}, then, error } of closes) {
  Deno.test(`closed with ${code} ${JSON.stringify(options)}: ${then}, with a ticket of its own`, async () => {
    let tickets = 0;
    const t = await live({ ...options, signIn: byTicket(() => `t${++tickets}`) });
    await t.last().end(code);
    await t.pass(60_000);
    assert.equal(t.engine.status.closeCode, then === "over" ? code : 0);
    assert.deepEqual(t.errors.map(({ code }) => code), error ? [error] : []);
    if (then === "over") {
      assert.deepEqual([t.engine.status.state, t.links.length], ["closed", 1]);
      await assert.rejects(t.engine.send({ type: "ping" }), { code: "closed" });
    } else {
      assert.match(t.links[0]!.address, /\?batch=1&token=t1$/);
      assert.match(t.links[1]!.address, /\?batch=1&token=t2$/);
    }
  });
}

Deno.test("4401 twice in a row is for good, once between two that were live is not", async () => {
  const t = await live({ maxRefusals: 1 });
  for (let round = 0; round < 3; round++) {
    await t.last().end(4401);
    await t.pass(500);
    await t.last().accept();
    await t.ack({ broadcast: state(10, true) });
    assert.equal(t.engine.status.state, "live");
  }
  await t.last().end(4401);
  await t.pass(500);
  await t.last().accept();
  await t.last().end(4401);
  assert.equal(t.engine.status.state, "closed");
});

Deno.test("a ticket that cannot be had is tried again; a sign-in that is over is not", async () => {
  const answers = [
    () => Promise.reject(new Error("network")),
    () => Promise.reject(new GiveUp("unauthenticated", "x")),
  ];
  const t = start({ signIn: byTicket(() => answers.shift()!()) });
  await settled();
  assert.equal(t.engine.status.state, "offline");
  await t.pass(500);
  assert.deepEqual([t.engine.status.state, t.engine.status.closeCode, t.links.length], ["closed", 4401, 0]);
  assert.deepEqual(t.errors.map(({ code }) => code), ["connection_lost", "unauthenticated"]);
});

Deno.test("the tries count on until everything was answered: a server that closes right behind the upgrade is spared", async () => {
  const t = start();
  await settled();
  for (const wait of [500, 1_000, 2_000, 4_000]) {
    await t.last().accept();
    await t.last().end(1006);
    assert.equal(t.engine.status.retryAt! - t.timers.now(), wait);
    await t.pass(wait - 1);
    const before = t.links.length;
    await t.pass(1);
    assert.equal(t.links.length, before + 1);
  }
  await t.last().accept();
  await t.last().say({ type: "pong" });
  assert.equal(t.engine.status.attempt, 4, "a frame alone is no answer");
  await t.ack({ broadcast: state(1) });
  assert.equal(t.engine.status.attempt, 0);
  await t.last().end(1006);
  assert.equal(t.engine.status.retryAt! - t.timers.now(), 500);
});

Deno.test("waits are at most what the back-off says, however many fail", async () => {
  const t = start({ backoff: { base: 500, cap: 15_000 } });
  await settled();
  for (let round = 0; round < 12; round++) {
    await t.last().end(1006);
    await t.pass(15_000);
  }
  assert.equal(t.links.length, 13);
});

Deno.test("two connects race: the last one counts, the other is neither heard nor asked for a ticket again", async () => {
  const tickets: ((ticket: string) => void)[] = [];
  const t = start({ signIn: byTicket(() => new Promise((resolve) => tickets.push(resolve))) });
  await settled();
  t.engine.stop();
  t.engine.start();
  await settled();
  tickets[1]!("second");
  await settled();
  tickets[0]!("first");
  await settled();
  assert.deepEqual(t.links.map(({ address }) => address.slice(-6)), ["second"]);
  // Impatience while a try is under way changes nothing.
  t.wake();
  t.engine.wake();
  t.engine.start();
  await settled();
  assert.deepEqual([tickets.length, t.links.length], [2, 1]);
  const [link] = t.links;
  await link!.accept();
  t.engine.stop();
  t.engine.start();
  await settled();
  const { onmessage, onclose } = link!;
  onmessage!({ data: JSON.stringify(push(1)) });
  onclose!({ code: 4403 });
  assert.deepEqual([t.got, t.engine.status.state], [[], "connecting"]);
});

Deno.test("the network is back: it is tried at once, and asked when it was silent for long", async () => {
  const t = await live({ heartbeat: { quietMs: 45_000, answerMs: 10_000 } });
  t.wake();
  assert.deepEqual(t.last().frames.map(({ type }) => type), ["subscribe"], "nothing is asked that was heard just now");
  await t.last().end(1006);
  t.wake();
  await settled();
  assert.equal(t.links.length, 2);
});

Deno.test("a silent peer is asked, and dropped when it stays silent", async () => {
  const t = await live({ heartbeat: { quietMs: 45_000, answerMs: 10_000 } });
  await t.pass(44_999);
  assert.equal(t.last().frames.length, 1);
  await t.pass(1);
  assert.deepEqual(t.last().frames[1], { type: "ping" });
  await t.last().say({ type: "pong" });
  await t.pass(45_000);
  assert.equal(t.engine.status.state, "live");
  await t.pass(10_000);
  assert.equal(t.engine.status.state, "offline");
});

Deno.test("a laptop sleeps: what waits for an answer asks again instead of giving up, and waking asks at once", async () => {
  const t = await live({ heartbeat: { quietMs: 45_000, answerMs: 10_000 } });
  await t.pass(45_000);
  const pings = () => t.last().frames.filter(({ type }) => type === "ping").length;
  assert.equal(pings(), 1);
  await t.sleep(3_600_000);
  await t.pass(0);
  assert.deepEqual([t.engine.status.state, pings()], ["live", 2], "the answer had no time to come");
  await t.last().say({ type: "pong" });
  await t.sleep(3_600_000);
  t.wake();
  assert.equal(pings(), 3);
  await t.pass(10_000);
  assert.equal(t.engine.status.state, "offline");
});

Deno.test("a hidden page, whose timers come once a minute, notices a connection that is dead", async () => {
  const t = await live({ heartbeat: { quietMs: 45_000, answerMs: 10_000 } });
  const minute = async () => {
    await t.sleep(60_000);
    await t.pass(0);
  };
  const asked = () => t.last().frames.filter(({ type }) => type === "ping").length;
  // As long as it answers, each silence has its grace.
  for (let round = 1; round <= 2; round++) {
    await minute();
    await minute();
    assert.deepEqual([t.engine.status.state, asked()], ["live", 2 * round]);
    await t.last().say({ type: "pong" });
  }
  await minute();
  await minute();
  assert.deepEqual([t.engine.status.state, asked()], ["live", 6]);
  await minute();
  assert.equal(t.engine.status.state, "offline");
});

Deno.test("a connection that is accepted and never answers is given up", async () => {
  const t = start();
  await settled();
  await t.last().accept();
  await t.pass(15_000);
  assert.equal(t.engine.status.state, "offline");
  await t.pass(500);
  await t.last().accept();
  await t.last().say({ type: "pong" });
  await t.pass(15_000);
  assert.deepEqual([t.engine.status.state, t.engine.status.attempt], ["offline", 2], "heard, but not answered");
});

Deno.test("frames: answers by id, refusals, the bounded queue, a lost connection, time-outs", async () => {
  const t = start({ maxQueue: 2, timeoutMs: 5_000 });
  await settled();
  assert.equal(t.engine.post({ type: "typing" }), false);
  const waiting = [t.engine.send({ type: "a" }), t.engine.send({ type: "b", id: "mine" })];
  await assert.rejects(t.engine.send({ type: "c" }), { code: "queue_full" });
  await t.last().accept();
  await t.ack({ broadcast: state(10) });
  const [, a, b] = t.last().frames;
  assert.deepEqual([a.type, b], ["a", { type: "b", id: "mine" }]);
  await t.last().say({ type: "ack", id: "mine", data: 2 }, { type: "ack", id: a.id, data: 1 });
  assert.deepEqual(await Promise.all(waiting), [1, 2]);
  const refused = t.engine.send({ type: "dance" });
  await t.last().say({ type: "error", id: t.last().frames.at(-1).id, code: "unknown_type", message: "no" });
  await assert.rejects(refused, { code: "unknown_type" });
  t.last().bufferedAmount = 5 * 1024 * 1024;
  await assert.rejects(t.engine.send({ type: "big" }), { code: "queue_full" });
  assert.equal(t.engine.sendBinary(new Uint8Array(1)), false);
  t.last().bufferedAmount = 0;
  assert.equal(t.engine.post({ type: "typing" }), true);
  const late = assert.rejects(t.engine.send({ type: "slow" }), { code: "timeout" });
  await t.pass(5_000);
  await late;
  const broken = assert.rejects(t.engine.send({ type: "half" }), { code: "connection_lost" });
  await t.last().end(1006);
  await broken;
  const closed = assert.rejects(t.engine.send({ type: "later" }), { code: "closed" });
  t.engine.stop();
  await closed;
});

Deno.test("a refused frame without an id is told; a refused subscription is a connection that failed", async () => {
  const t = await live();
  await t.last().say({ type: "error", code: "rate_limited", message: "slow down" });
  assert.deepEqual([t.errors.map(({ code }) => code), t.engine.status.state], [["rate_limited"], "live"]);
  void t.engine.follow(["notify:x"]);
  await settled();
  await t.last().say({ type: "error", id: t.last().frames.at(-1).id, code: "rate_limited", message: "slow down" });
  assert.equal(t.engine.status.state, "offline");
  await t.pass(500);
  await t.last().accept();
  assert.deepEqual(t.last().frames[0].channels, ["broadcast", "notify:x"]);
});

Deno.test("rewind asks for the newest pushes again", async () => {
  const t = await live();
  assert.deepEqual(t.engine.rewind("broadcast", 4), { epoch: "e", offset: 6 });
  const [, leave, again] = t.last().frames;
  assert.deepEqual([leave.type, again.since], ["unsubscribe", { broadcast: { epoch: "e", offset: 6 } }]);
  await t.ack({ broadcast: state(10, true) });
  await t.last().say(push(7), push(10));
  assert.deepEqual([t.got, t.engine.status.state], [[[7, true], [10, true]], "live"]);
  assert.equal(t.engine.rewind("never", 4), null);
});
