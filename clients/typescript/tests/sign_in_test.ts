// How the engine shows who it is, and what ends that.
import assert from "node:assert/strict";
import { GiveUp } from "../src/errors.ts";
import { byTicket, byToken } from "../src/engine/sign_in.ts";
import { settled } from "./hand_timers.ts";
import { live, start, state } from "./noted_engine.ts";

Deno.test("signing in with a first frame: nothing is asked before it is answered; a fresh token on the same socket", async () => {
  const tokens = ["wrong", "right", "fresh"];
  const t = start({ signIn: byToken(() => tokens.shift()!), maxRefusals: 1 });
  await settled();
  await t.last().accept();
  const [refused] = t.last().frames;
  assert.deepEqual([refused.token, t.last().frames.length], ["wrong", 1]);
  await t.last().say({ type: "error", id: refused.id, code: "unauthenticated", message: "no" });
  await t.last().end(4401);
  await t.pass(500);
  await t.last().accept();
  await t.last().say({ type: "ack", id: t.last().frames[0].id, data: { user_id: "u" } });
  assert.deepEqual(t.last().frames.map(({ type, token }) => token ?? type), ["right", "subscribe"]);
  await t.ack({ broadcast: state(10) });
  await t.last().say({ type: "token_expiring", expires_at: "2026-01-15T10:01:00.000Z" });
  assert.deepEqual([t.last().frames.at(-1).token, t.links.length], ["fresh", 2]);
});

Deno.test("signing in with a conversation, as agents do; other frames are handed on, a ping is answered", async () => {
  const other: string[] = [];
  const t = start({
    onFrame: ({ type }) => other.push(type),
    signIn: {
      greet: async ({ say, hear }) => {
        say({ type: "hello", agent_id: "a" });
        const { nonce } = await hear() as { nonce?: string };
        say({ type: "auth", signature: `signed ${nonce}` });
        await hear();
      },
    },
  }, []);
  await settled();
  await t.last().accept();
  await t.last().say({ type: "challenge", nonce: "n" });
  await t.last().say({ type: "welcome" });
  assert.deepEqual(t.last().frames.map((f) => f.signature ?? f.type), ["hello", "signed n", "ping"]);
  await t.last().say({ type: "pong", id: t.last().frames[2].id });
  assert.equal(t.engine.status.state, "live");
  await t.last().say({ type: "command", id: "c1", name: "health" }, { type: "ping", id: 7 });
  assert.deepEqual([other, t.last().frames.at(-1)], [["command"], { type: "pong", id: 7 }]);
});

Deno.test("a session that ends while it is renewed closes the connection", async () => {
  const t = await live({
    signIn: byTicket((renewed) => renewed ? Promise.reject(new GiveUp("unauthenticated", "over")) : "t"),
  });
  await t.last().say({ type: "token_expiring", expires_at: "2026-01-15T10:01:00.000Z" });
  assert.deepEqual([t.engine.status.state, t.engine.status.closeCode], ["closed", 4401]);
});
