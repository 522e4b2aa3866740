// The runner of event consumers on both databases.
import assert from "node:assert/strict";
import { silentLogger } from "../../kernel/log.ts";
import type { Db } from "../../db/sql.ts";
import { sql } from "../../db/sql.ts";
import { type ConsumedEvent, type Consumer, startConsumers } from "../../workers/consumers.ts";
import { anyChannel } from "../chat/any_channel.ts";
import { sharedPostgres } from "../support/server_databases.ts";
import { openTestDb, testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const ORG = "018f0000-0000-7000-8000-000000000001";

interface TestApp {
  db: Db;
  log: typeof silentLogger;
}

const kinds = testedKinds();
if (kinds.includes("server")) await sharedPostgres();

const emit = (db: Db, channel: string, data: unknown) =>
  db.withTx((tx) =>
    Promise.resolve(tx.emit({ organizationId: ORG, channel: anyChannel(channel), type: "test", data }))
  );

/** A consumer that only writes down what it gets. */
function recorder(name = "test"): Consumer<TestApp> & { events: ConsumedEvent[] } {
  const events: ConsumedEvent[] = [];
  return { name, events, handle: (_app, batch) => Promise.resolve(void events.push(...batch)) };
}

/** Waits until the consumer has made its first position, so that later events are after it. */
const registered = (db: Db, name = "test") =>
  until(() => db.maybe(sql`select 1 from event_consumers where name = ${name}`));

for (const kind of kinds) {
  Deno.test(`${kind}: consumers: every event once, in commit order, from many writers`, async () => {
    await using database = await openTestDb(kind);
    const { db } = database;
    const before = recorder();
    await emit(db, "a", "before");
    const consumers = startConsumers<TestApp>({ db, log: silentLogger }, [before]);
    db.onCommitted(consumers.kick);
    await registered(db);
    await Promise.all(Array.from({ length: 10 }, async (_, w) => {
      for (let i = 0; i < 60; i++) await emit(db, `c${(w + i) % 4}`, `${w}-${i}`);
    }));
    await until(() => before.events.length >= 600);
    await consumers.stop();
    const order = await db.rows<{ id: number }>(sql`
      select id from events where body not like '%before%' order by txid, id`);
    assert.deepEqual(before.events.map((e) => e.id), order.map((row) => row.id));
    for (let w = 0; w < 10; w++) {
      const own = before.events.map((e) => String(e.push.data)).filter((d) => d.startsWith(`${w}-`));
      assert.deepEqual(own, Array.from({ length: 60 }, (_, i) => `${w}-${i}`), "each writer's own order");
    }
    const { id: _, push: { timestamp: __, ...push }, ...rest } = before.events[0]!;
    assert.deepEqual([rest.organizationId, rest.type, push.type], [ORG, "test", "test"]);
    assert.match(rest.channel, /^c\d$/);
  });

  Deno.test(`${kind}: consumers: a failing one is called again with the same events, then goes on where it was`, async () => {
    await using database = await openTestDb(kind);
    const { db } = database;
    const seen: string[][] = [];
    let failures = 2;
    const flaky: Consumer<TestApp> = {
      name: "test",
      handle(_app, events) {
        seen.push(events.map((e) => String(e.push.data)));
        return failures-- > 0 ? Promise.reject(new Error("not now")) : Promise.resolve();
      },
    };
    const steady = recorder("steady");
    const first = startConsumers<TestApp>({ db, log: silentLogger }, [flaky, steady]);
    await registered(db);
    await registered(db, "steady");
    await emit(db, "a", "1");
    first.kick();
    await until(() => seen.length === 3);
    assert.deepEqual(seen, [["1"], ["1"], ["1"]]);
    assert.equal(steady.events.length, 1, "the other one was not held up");
    await first.stop();
    await emit(db, "a", "2"); // while nobody listens
    const second = startConsumers<TestApp>({ db, log: silentLogger }, [flaky]);
    await until(() => seen.length === 4);
    assert.deepEqual(seen[3], ["2"]);
    await second.stop();
  });

  Deno.test(`${kind}: consumers: a slow one does not hold up the others, and misses nothing`, async () => {
    await using database = await openTestDb(kind);
    const { db } = database;
    const gate = Promise.withResolvers<void>();
    const slow = recorder("slow"), quick = recorder("quick");
    const handle = slow.handle;
    slow.handle = async (app, events) => {
      await gate.promise;
      await handle(app, events);
    };
    const consumers = startConsumers<TestApp>({ db, log: silentLogger }, [slow, quick]);
    await registered(db, "quick");
    for (let i = 0; i < 5; i++) {
      await emit(db, "a", i);
      consumers.kick();
      await until(() => quick.events.length === i + 1);
    }
    assert.equal(slow.events.length, 0);
    gate.resolve();
    await until(() => slow.events.length === 5);
    assert.deepEqual(slow.events.map((e) => e.push.data), [0, 1, 2, 3, 4]);
    await consumers.stop();
  });
}

if (kinds.includes("server")) {
  Deno.test("server: consumers: an event of a slow transaction is not skipped", async () => {
    await using database = await openTestDb("server");
    const { db } = database;
    const consumer = recorder();
    const consumers = startConsumers<TestApp>({ db, log: silentLogger }, [consumer]);
    await registered(db);
    await db.exec("create table t (id int)");
    const opened = Promise.withResolvers<void>(), gate = Promise.withResolvers<void>();
    const slow = db.withTx(async (tx) => {
      await tx.run(sql`insert into t values (1)`);
      tx.emit({ organizationId: ORG, channel: anyChannel("slow"), type: "test", data: "slow" });
      opened.resolve();
      await gate.promise;
    });
    await opened.promise;
    await emit(db, "fast", "fast"); // a higher transaction id, committed first
    consumers.kick();
    const position = () => db.one(sql`select txid::text from event_consumers where name = 'test'`);
    const before = await position();
    await until(() =>
      db.one(sql`select leased_until from event_consumers where name = 'test'`).then((r) => r.leased_until)
    );
    assert.deepEqual(await position(), before);
    assert.equal(consumer.events.length, 0, "waits for the slow one");
    gate.resolve();
    await slow;
    consumers.kick();
    await until(() => consumer.events.length === 2);
    assert.deepEqual(consumer.events.map((e) => e.push.data), ["slow", "fast"]);
    await consumers.stop();
  });

  Deno.test("server: consumers: of two instances one reads, and the other takes over", async () => {
    await using one = await openTestDb("server");
    await using two = await openTestDb("server", { databaseUrl: one.url! });
    const a = recorder(), b = recorder();
    const first = startConsumers<TestApp>({ db: one.db, log: silentLogger }, [a]);
    await registered(one.db);
    const second = startConsumers<TestApp>({ db: two.db, log: silentLogger }, [b]);
    for (let i = 0; i < 20; i++) {
      await emit(one.db, "a", i);
      first.kick();
      second.kick();
    }
    await until(() => a.events.length + b.events.length >= 20);
    await first.stop();
    await emit(two.db, "a", 20);
    second.kick();
    await until(() => b.events.some((e) => e.push.data === 20), { timeoutMs: 15_000 });
    await second.stop();
    const all = [...a.events, ...b.events].map((e) => e.push.data);
    assert.deepEqual(
      all.toSorted((x, y) => Number(x) - Number(y)),
      Array.from({ length: 21 }, (_, i) => i),
      "once each",
    );
  });
}
