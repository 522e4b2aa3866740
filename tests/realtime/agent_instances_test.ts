// Agents over two instances, on a bus in memory and on Redis: a small agent as a process of its own signs in on one of them and
// answers the other; one stream and one relay; one live link per agent; revocation; the instance with the link dies in the middle.
import assert from "node:assert/strict";
import { defineFeature, frame } from "../../features/define.ts";
import { agentIdentity, authorize, type Identity, identityOf } from "../../kernel/actor.ts";
import type { RelaySource, StreamSource } from "../../kernel/ports.ts";
import { decodeBinary } from "../../protocol/wire/binary.ts";
import { MemoryBroker, MemoryBus } from "../../realtime/memory_broker.ts";
import { available, type Service, startRedis } from "../../tools/services.ts";
import { z } from "zod";
import { AGENT_CONSOLE, AGENT_SCREEN, SCREEN_KIND } from "../support/agent_process.ts";
import { startChild } from "../support/child_server.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { type AgentKey, connectAgent, enrollAgent, newAgentKey } from "../support/soft_agent.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const missing = !(available().postgres && available().redis) && Deno.env.get("CI") !== "true";
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What takes the lines and frames of the small agent, on the instance that it is connected to. */
function agentMedia() {
  let console: StreamSource | undefined, screen: RelaySource | undefined;
  return defineFeature({
    name: "agent_media",
    permissions: {},
    channels: [
      {
        channel: { pattern: /^test:console$/, delivery: "stream" },
        authorize: (ctx) => authorize(ctx.actor, "agents.read"),
      },
      {
        channel: { pattern: /^test:screen$/, delivery: "relay" },
        authorize: (ctx) => authorize(ctx.actor, "agents.read"),
      },
    ],
    frames: {
      console_line: frame({
        schema: z.object({ type: z.literal("console_line"), line: z.string() }),
        handle({ app, actor }, { line }) {
          assert.equal(actor.kind, "agent");
          console ??= app.realtime.openStream(actor.organizationId, AGENT_CONSOLE, { type: "console" });
          console.append([line]);
          return Promise.resolve(undefined);
        },
      }),
    },
    binary: [{
      kind: SCREEN_KIND,
      maxBytes: 100_000,
      framesPerSecond: 60,
      handle({ app, actor }, frame) {
        assert.equal(actor.kind, "agent");
        screen ??= app.realtime.openRelay(actor.organizationId, AGENT_SCREEN, { agent: identityOf(actor) });
        screen.send(frame);
      },
    }],
  });
}

interface Pair {
  a: TestApp;
  b: TestApp;
  /** Settings that a further instance needs. */
  env: Record<string, string>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function pair(redis?: Service): Promise<Pair> {
  const url = await databaseFromTemplate();
  const settings = { "database-url": url, ...(redis ? { "redis-url": redis.url } : {}) };
  const bus = new MemoryBus();
  const start = () =>
    createTestApp({ settings, features: [agentMedia()], broker: redis ? undefined : new MemoryBroker(bus) });
  const a = await start(), b = await start();
  await a.owner();
  return {
    a,
    b,
    env: { DATABASE_URL: url, REDIS_URL: redis?.url ?? "", PULPO_SECRET: "a secret for tests that is long enough" },
    async [Symbol.asyncDispose]() {
      await b[Symbol.asyncDispose]();
      await a[Symbol.asyncDispose]();
    },
  };
}

async function newAgent(t: TestApp): Promise<{ id: string; key: AgentKey; identity: Identity }> {
  const { access } = await t.owner();
  const { token } = (await t.call("POST", "/agents", { token: access, body: {} })).body;
  const key = await newAgentKey();
  const id = (await enrollAgent(t.url, token, key)).body.agent_id;
  return { id, key, identity: agentIdentity(id) };
}

/** A link whose agent answers `ping` and the command `echo`, until it is paused. */
async function link(sockets: string, { id, key }: { id: string; key: AgentKey }): Promise<SocketClient> {
  const socket = await connectAgent(sockets, id, key);
  let done = 0;
  const timer = setInterval(() => {
    if (socket.closed) return clearInterval(timer);
    for (const frame of socket.frames.slice(done)) {
      if (frame.type === "ping") socket.send({ type: "pong" });
      if (frame.type === "command" && frame.name === "echo") {
        socket.send({ type: "result", id: frame.id, ok: true, data: frame.data });
      }
    }
    done = socket.frames.length;
  }, 5);
  return socket;
}

const welcomed = (socket: SocketClient) => socket.wait((f) => f.type === "welcome");

async function smallAgent({ a, b }: Pair): Promise<void> {
  const { access } = await a.owner();
  const { token } = (await a.call("POST", "/agents/join-tokens", { token: access, body: { name: "rack" } })).body;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      new URL("../support/agent_process.ts", import.meta.url).pathname,
      a.url,
      a.sockets,
      token,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // deno-lint-ignore no-explicit-any
  const events: any[] = [];
  const reading = (async () => {
    let rest = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) events.push(JSON.parse(line));
    }
  })();
  try {
    await until(() => events.some((e) => e.event === "welcome"), { timeoutMs: 60_000, what: "the agent is in" });
    const id = events[0].agent_id, identity = agentIdentity(id);
    const get = async (t: TestApp) => (await t.call("GET", `/agents/${id}`, { token: access })).body;
    await until(async () => (await get(b)).status === "online");
    assert.equal((await get(a)).status, "online");
    const ask = (name: string, data: unknown = null, timeoutMs = 60_000) =>
      b.app.realtime.ask(identity, { name, data }, { timeoutMs });

    assert.deepEqual(await ask("echo", { text: "¡hola!" }), { ok: true, data: { text: "¡hola!" } });
    // Each of many at once is carried out once.
    const counts = await Promise.all(
      range(1, 40).map((n) =>
        (n % 2 ? a : b).app.realtime.ask(identity, {
          name: "count",
          data: null,
        }, { timeoutMs: 60_000 })
      ),
    );
    assert.deepEqual(
      counts.map((answer) => answer.ok && answer.data).sort((x, y) => Number(x) - Number(y)),
      range(2, 41),
    );
    assert.deepEqual(await ask("fail"), { ok: false, error: { code: "no_disk", message: "The disk is full." } });
    await assert.rejects(ask("silent", null, 300), { code: "timeout" });
    await assert.rejects(ask("echo", "x".repeat(300_000)), { code: "too_large" });

    // A reader on the other instance sees the console and the screen.
    await using reader = await openSocket(`${b.sockets}/ws?token=${access}&channels=${AGENT_CONSOLE},${AGENT_SCREEN}`);
    const ack = await reader.wait((f) => f.type === "ack");
    assert.deepEqual(ack.data.denied, {});
    const seen: number[] = [];
    const timer = setInterval(() => {
      for (const bytes of reader.binaries.slice(seen.length)) {
        const { seq, payload } = decodeBinary(bytes)!;
        seen.push(seq);
        assert.ok(payload.length === 20_000 && payload[0] === seq % 256);
        reader.send({ type: "frame_ack", channel: AGENT_SCREEN, seq });
      }
    }, 2);
    try {
      const [lines, frames] = await Promise.all([
        ask("lines", { count: 300 }),
        ask("frames", { count: 60, fps: 30, bytes: 20_000 }),
      ]);
      assert.deepEqual([lines.ok, frames.ok], [true, true]);
      const told = () => reader.frames.filter((f) => f.type === "console").flatMap((f) => f.data.lines);
      await until(() => told().length >= 300);
      assert.deepEqual(told(), range(1, 300).map((n) => `line ${n}`));
      await until(() => seen.at(-1) === 60);
      assert.deepEqual(seen, seen.toSorted((x, y) => x - y));
      assert.ok(seen.length > 10, `${seen.length} of 60 frames`);
      // The agent is told that somebody looks, of a further viewer, and when nobody is left.
      const heard = () =>
        events.filter((e) => e.event === "interest").map(({ read, joined }) => [read, joined ?? false]);
      await until(() => heard().length >= 1);
      const before = heard().length;
      const another = await openSocket(`${b.sockets}/ws?token=${access}&channels=${AGENT_SCREEN}`);
      await until(() => heard().length > before, { what: "the agent is told of the second viewer" });
      assert.deepEqual([heard()[0], heard().at(-1)], [[true, false], [true, true]]);
      assert.equal(events.find((e) => e.event === "interest").channel, AGENT_SCREEN);
      another.close();
      assert.equal((await reader.ask({ type: "unsubscribe", channels: [AGENT_SCREEN] })).type, "ack");
      await until(() => heard().at(-1)![0] === false, { what: "and that nobody looks any more" });
    } finally {
      clearInterval(timer);
    }

    // Revoked on one instance, the link on the other ends at once.
    assert.equal((await b.call("DELETE", `/agents/${id}`, { token: access })).status, 204);
    await until(() => events.some((e) => e.event === "closed"));
    assert.equal(events.at(-1).code, 4401);
    await until(() => !a.app.realtime.linked(identity) && !b.app.realtime.linked(identity));
    await assert.rejects(ask("echo"), { code: "agent_offline" });
  } finally {
    try {
      process.kill("SIGKILL");
    } catch { /* it has ended */ }
    await process.status;
    await reading;
  }
}

async function oneLink({ a, b }: Pair): Promise<void> {
  for (const [first, second] of [[a, a], [a, b]] as const) {
    const agent = await newAgent(a);
    const linked = () => first.app.realtime.linked(agent.identity) && second.app.realtime.linked(agent.identity);
    await using older = await link(first.sockets, agent);
    await welcomed(older);
    await until(linked);
    // The older one answers: the newer one goes, and nothing changes for the older.
    await using newer = await link(second.sockets, agent);
    assert.equal((await newer.waitClosed()).code, 4409);
    assert.equal(newer.frames.at(-1)!.code, "already_connected");
    const echo = await second.app.realtime.ask(agent.identity, { name: "echo", data: 1 }, { timeoutMs: 10_000 });
    assert.deepEqual([echo, older.closed], [{ ok: true, data: 1 }, undefined]);
    // The older one is dead: its connection is closed, and the newer one is in.
    older.pause();
    await using third = await link(second.sockets, agent);
    await welcomed(third);
    const links = () =>
      [a, b].flatMap((t) =>
        [...t.hub.connections].filter((c) => c.actor?.kind === "agent" && c.actor.agentId === agent.id)
      );
    await until(() => links().length === 1 && linked());
    older.resume();
    assert.equal((await older.waitClosed()).code, 4409);
    const again = await first.app.realtime.ask(agent.identity, { name: "echo", data: 2 }, { timeoutMs: 10_000 });
    assert.deepEqual(again, { ok: true, data: 2 });
  }
}

async function atOnce({ a, b }: Pair): Promise<void> {
  const agent = await newAgent(a);
  const all = await Promise.all([a, b, a, b].map((t) => link(t.sockets, agent)));
  await until(() => all.filter((one) => one.closed).length === 3, { timeoutMs: 30_000 });
  assert.deepEqual(all.filter((one) => one.closed).map((one) => one.closed!.code), [4409, 4409, 4409]);
  const left = all.find((one) => !one.closed)!;
  await welcomed(left);
  for (const t of [a, b]) {
    const answer = await t.app.realtime.ask(agent.identity, { name: "echo", data: 3 }, { timeoutMs: 10_000 });
    assert.deepEqual(answer, { ok: true, data: 3 });
  }
  left.close();
  await until(() => [a, b].every((t) => !t.app.realtime.linked(agent.identity)));
}

Deno.test({ name: "agents over two instances, on a bus in memory", ignore: missing }, async (test) => {
  await using both = await pair();
  await test.step("the small agent: commands, a stream, a relay, revocation", () => smallAgent(both));
  await test.step("of one agent one link lives", () => oneLink(both));
  await test.step("of many at once one stays", () => atOnce(both));
});

Deno.test({ name: "agents over two instances, on Redis, and one that dies", ignore: missing }, async (test) => {
  const redis = await startRedis();
  await using _ = { [Symbol.asyncDispose]: () => redis.close() };
  await using both = await pair(redis);
  const { a, b } = both;
  await test.step("the small agent: commands, a stream, a relay, revocation", () => smallAgent(both));
  await test.step("of one agent one link lives", () => oneLink(both));
  await test.step("of many at once one stays", () => atOnce(both));

  await test.step("the instance with the link is killed: an error in time, and the agent comes in elsewhere", async () => {
    const child = await startChild({ ...both.env, PULPO_DATA_DIR: await Deno.makeTempDir() });
    const agent = await newAgent(a);
    await using first = await link(child.url, agent);
    await welcomed(first);
    await until(() => a.app.realtime.linked(agent.identity) && b.app.realtime.linked(agent.identity));
    const asked = (timeoutMs: number) =>
      b.app.realtime.ask(agent.identity, { name: "silent", data: null }, { timeoutMs });
    const short = assert.rejects(asked(1500), { code: "timeout" });
    const long = assert.rejects(asked(600_000), { code: "agent_offline" });
    await until(() => first.frames.filter((f) => f.type === "command").length === 2);
    await child.kill();
    await short;
    await until(() => first.closed);
    // What nobody can answer any more ends when the agent is known to be elsewhere, long before its time.
    await using second = await link(a.sockets, agent);
    await welcomed(second);
    await long;
    const answer = await b.app.realtime.ask(agent.identity, { name: "echo", data: "here" }, { timeoutMs: 10_000 });
    assert.deepEqual(answer, { ok: true, data: "here" });
  });
});
