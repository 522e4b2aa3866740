// Rights that change while connections are open, and questions that go together: without sockets or a database.
import assert from "node:assert/strict";
import { until } from "../tests/support/wait.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { Gateway } from "./gateway.ts";
import { actor, ArrayLog, connect, gateway, makeHub } from "./hub_fakes.ts";

/** What the gateway answers in this test, and how often it was asked. */
function rights(): Gateway & { refuse: Error | undefined; asked: string[][]; now: Actor; pause?: Promise<void> } {
  const self = {
    ...gateway,
    refuse: undefined as Error | undefined,
    asked: [] as string[][],
    now: actor,
    pause: undefined as Promise<void> | undefined,
    async refresh() {
      const { now } = self;
      await self.pause;
      return now;
    },
    async authorizeChannels(_actor: Actor, channels: readonly string[]) {
      self.asked.push([...channels]);
      const { refuse } = self;
      await self.pause;
      if (refuse && !(refuse instanceof AppError)) throw refuse;
      return channels.map((channel) => channel === "c" && refuse || { channel, delivery: "durable", presence: false });
    },
  };
  return self as never;
}

Deno.test("a narrowed right ends that subscription only; a right that cannot be checked ends the connection", async () => {
  const log = new ArrayLog(), hub = makeHub(log), asked = rights();
  const [reader, out] = connect(hub, undefined, undefined, asked);
  await reader.subscriptions.add(["c", "d"], undefined, false, () => {});
  asked.refuse = new AppError("forbidden", "No longer.");
  reader.access.changed("c");
  await until(() => !reader.subscriptions.has("c"));
  hub.publish(log.append(1));
  assert.deepEqual(reader.subscriptions.channels(), ["d"]);
  assert.deepEqual(out.offsets(), []);
  assert.equal(JSON.parse(out.texts.at(-1)!).code, "forbidden");
  asked.refuse = undefined;
  await reader.subscriptions.add(["c"], undefined, false, () => {});
  asked.refuse = new Error("the database is away");
  reader.access.changed("c");
  await until(() => out.closedWith);
  assert.equal(out.closedWith, 1012);
  await hub.close();
});

Deno.test("channels are asked about again when the actor has lost a right, and not when it has lost none", async () => {
  const hub = makeHub(new ArrayLog()), asked = rights();
  const held = { ...actor, permissions: new Set(["one", "two"]) };
  asked.now = held;
  const [reader] = connect(hub, undefined, undefined, asked);
  reader.identify(held);
  await until(() => reader.actor === held);
  await reader.subscriptions.add(["c", "d"], undefined, false, () => {});
  asked.asked = [];
  const settle = async (now: Actor) => {
    asked.now = now;
    reader.access.changed();
    await until(() => reader.actor === now);
  };
  await settle({ ...held, permissions: new Set(["one", "two", "three"]) });
  await settle({ ...held, role: "admin", permissions: new Set(["one", "two", "three"]) });
  assert.deepEqual(asked.asked, []);
  await settle({ ...held, role: "admin", permissions: new Set(["two", "three"]) });
  await until(() => asked.asked.length === 1);
  await settle({ ...held, role: "guest", permissions: new Set(["two", "three"]) });
  await until(() => asked.asked.length === 2);
  // Another credential of the same person, with less.
  asked.now = { ...held, role: "guest", permissions: new Set() };
  reader.identify(asked.now);
  await until(() => asked.asked.length === 3);
  assert.deepEqual(asked.asked, [["c", "d"], ["c", "d"], ["c", "d"]]);
  await hub.close();
});

Deno.test("many changes of many connections are as many checks as there are connections, and none is forgotten", async () => {
  const hub = makeHub(new ArrayLog()), asked = rights();
  const readers = Array.from({ length: 90 }, () => connect(hub, undefined, undefined, asked)[0]);
  for (const reader of readers) await reader.subscriptions.add(["c", "d"], undefined, false, () => {});
  asked.asked = [];
  let go!: () => void;
  asked.pause = new Promise((resolve) => go = resolve);
  for (let i = 0; i < 5; i++) {
    for (const reader of readers) {
      reader.access.changed("c");
      reader.access.changed("elsewhere");
    }
  }
  assert.ok(asked.asked.length < readers.length, "not all at a time");
  asked.refuse = new AppError("forbidden", "No longer.");
  for (const reader of readers) reader.access.changed("c");
  go();
  await until(() => readers.every((reader) => !reader.subscriptions.has("c")));
  assert.ok(asked.asked.length <= 2 * readers.length, `${asked.asked.length} checks`);
  assert.ok(asked.asked.every((names) => names.length === 1 && names[0] === "c"));
  assert.ok(readers.every((reader) => reader.subscriptions.has("d")));
  await hub.close();
});

Deno.test("a right that goes while the subscription is being allowed is taken from it", async () => {
  for (const how of ["channel", "actor", "actor before"] as const) {
    const hub = makeHub(new ArrayLog()), asked = rights();
    const [reader] = connect(hub, undefined, undefined, asked);
    let go!: () => void;
    asked.pause = new Promise((resolve) => go = resolve);
    const lost = { ...actor, role: "guest" as const };
    if (how === "actor before") {
      asked.now = lost;
      reader.access.changed(); // its answer comes behind the one to the subscription
    }
    const subscribed = reader.subscriptions.add(["c"], undefined, false, () => {});
    asked.refuse = new AppError("forbidden", "No longer.");
    asked.now = lost;
    if (how !== "actor before") reader.access.changed(how === "channel" ? "c" : undefined);
    asked.pause = undefined;
    go();
    await subscribed;
    await until(() => reader.subscriptions.size === 0, { what: how });
    await hub.close();
  }
});

Deno.test("the positions and the missed pushes of many channels are read together", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  log.append(3);
  let heads = 0;
  const ask = log.heads.bind(log);
  log.heads = (channels) => {
    heads++;
    return ask(channels);
  };
  const [reader, out] = connect(hub, undefined, undefined, { ...gateway });
  const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
  const since = Object.fromEntries(names.map((name) => [name, { epoch: "e1", offset: 1 }]));
  await reader.subscriptions.add(names, since, false, () => {});
  assert.equal(heads, 1);
  assert.equal(log.reads, 2, "whether all is there, and all of it");
  assert.equal(out.offsets().length, 20);
  await hub.close();
});
