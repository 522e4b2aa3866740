// Commands to whoever is connected, over instances, one suite for all brokers: found wherever it is, carried out at most once, an
// answer or an error in time, whatever becomes of the link or of the instance that holds it.
import assert from "node:assert/strict";
import { type Actor, type AgentActor, agentIdentity, identityOf } from "../../kernel/actor.ts";
import type { Bytes } from "../../protocol/wire/binary.ts";
import type { Broker, BrokerHandlers } from "../../realtime/broker.ts";
import type { Hub } from "../../realtime/hub.ts";
import { MemoryBroker } from "../../realtime/memory_broker.ts";
import { onEachBroker } from "../support/each_broker.ts";
import { connect, ORG, startHub, stopHubs } from "../support/live_hubs.ts";
import { until } from "../support/wait.ts";

const agent = (agentId: string): AgentActor => ({
  kind: "agent",
  organizationId: ORG,
  userId: null,
  agentId,
  username: agentId,
  role: "guest",
  permissions: new Set(),
});

/** A link whose other end answers `echo`, and nothing else. */
function link(hub: Hub, who: Actor) {
  const { connection, out } = connect(hub, who);
  const commands: string[] = [];
  const { sendText } = out;
  out.sendText = (text) => {
    sendText.call(out, text);
    const { type, id, name, data } = JSON.parse(text);
    if (type !== "command") return;
    commands.push(name);
    if (name === "echo") queueMicrotask(() => hub.asks.answered(connection, { type: "result", id, ok: true, data }));
    if (name === "long") {
      const data = "x".repeat(300_000);
      queueMicrotask(() => hub.asks.answered(connection, { type: "result", id, ok: true, data }));
    }
  };
  return { connection, commands };
}

/** Hands over what comes for the instance alone twice, as a bus might. */
function stammering(broker: Broker): Broker {
  const start = broker.start.bind(broker);
  broker.start = (handlers: BrokerHandlers) =>
    start({
      onMessages: (messages) => handlers.onMessages(messages),
      onReady: () => handlers.onReady(),
      onLive(topic: string, bytes: Bytes, from: string) {
        handlers.onLive(topic, bytes, from);
        handlers.onLive(topic, bytes, from);
      },
    });
  return broker;
}

async function suite(make: () => Broker): Promise<void> {
  const hubs: Hub[] = [];
  for (const broker of [make(), stammering(make()), make()]) hubs.push(await startHub(broker));
  const [a, b, c] = hubs as [Hub, Hub, Hub];
  for (const { broker } of hubs) await until(async () => (await broker.status()).status === "ok");
  const one = agentIdentity("1");
  const ask = (hub: Hub, name: string, timeoutMs = 30_000) => hub.asks.ask(one, { name, data: name }, { timeoutMs });
  await assert.rejects(ask(a, "echo"), { code: "agent_offline" });

  const held = link(b, agent("1"));
  for (const hub of hubs) await until(() => hub.identities.linked(one), { timeoutMs: 20_000 });
  assert.deepEqual(a.identities.allLinked(), [one]);
  for (const hub of hubs) assert.deepEqual(await ask(hub, "echo"), { ok: true, data: "echo" });
  assert.equal(held.commands.length, 3, "once each, although the bus brings everything twice");
  await assert.rejects(ask(a, "long"), { code: "too_large" });
  await assert.rejects(ask(a, "silent", 200), { code: "timeout" });
  await assert.rejects(ask(b, "silent", 200), { code: "timeout" });

  // As many commands as one link takes; a result that comes late, or of nobody's, harms nobody.
  const waiting = Array.from({ length: 100 }, () => assert.rejects(ask(a, "silent"), { code: "agent_offline" }));
  await until(() => held.commands.length === 106);
  await assert.rejects(ask(c, "echo"), { code: "unavailable" });
  b.asks.answered(held.connection, { type: "result", id: "unknown", ok: true });
  // The link breaks: who waits is told at once, everywhere it is known.
  held.connection.ended();
  await Promise.all(waiting);
  for (const hub of hubs) await until(() => !hub.identities.linked(one));
  await assert.rejects(ask(a, "echo"), { code: "agent_offline" });

  // Anybody is found, not only agents: other instances are asked for those whom they do not tell of.
  const program: Actor = { ...agent("x"), kind: "token", userId: "u1", tokenId: "t1" };
  link(c, program);
  const found = await a.asks.ask(identityOf(program), { name: "echo", data: 7 }, { timeoutMs: 30_000 });
  assert.deepEqual(found, { ok: true, data: 7 });

  // An instance that stops says goodbye: what it was asked ends, and its agents are gone.
  const leaving = link(b, agent("1"));
  const late = link(c, agent("2"));
  await until(() => a.identities.linked(one) && a.identities.linked(agentIdentity("2")), { timeoutMs: 20_000 });
  const asked = assert.rejects(ask(a, "silent", 600_000), { code: "agent_offline" });
  await until(() => leaving.commands.length === 1);
  leaving.connection.transport.close = () => b.closing.delete(leaving.connection);
  await b.close();
  await asked;
  await until(() => !a.identities.linked(one) && !c.identities.linked(one));

  // Who comes later learns who is there.
  const d = await startHub(make());
  await until(() => d.identities.linked(agentIdentity("2")), { timeoutMs: 20_000 });
  late.connection.ended();
  await until(() => !d.identities.linked(agentIdentity("2")), { timeoutMs: 20_000 });
  await stopHubs([a, c, d]);
}

Deno.test("a command that a full send queue refuses is an answer, not an error that nobody takes", async () => {
  const hub = await startHub(new MemoryBroker());
  const { connection, out } = connect(hub, agent("1"));
  out.waiting = 2 * 1024 * 1024;
  const untaken: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    untaken.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  try {
    const asked = hub.asks.ask(agentIdentity("1"), { name: "x", data: null }, { timeoutMs: 30_000 });
    await assert.rejects(asked, { code: "agent_offline" });
    assert.ok(connection.closed);
    // Such an event comes after all microtasks of the turn.
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(untaken, []);
  } finally {
    removeEventListener("unhandledrejection", note);
    hub.closing.clear();
    await stopHubs([hub]);
  }
});

onEachBroker("ask over instances", suite);
