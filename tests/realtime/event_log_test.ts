// The event log on both databases: offsets, order under concurrency, what has changed, retention, epoch.
import assert from "node:assert/strict";
import { newEpoch, pruneEvents } from "../../db/event_log.ts";
import { sql } from "../../db/sql.ts";
import { anyChannel } from "../chat/any_channel.ts";
import { logEvents, logHead, onBoth } from "../support/test_db.ts";

const ORG = "018f0000-0000-7000-8000-000000000001";
const OTHER = "018f0000-0000-7000-8000-000000000002";

const emit = (channel: string, data: unknown, organizationId = ORG) => ({
  organizationId,
  channel: anyChannel(channel),
  type: "test",
  data,
});

onBoth("emit numbers each channel from 1 and tells position and body", async ({ db, eventSource }, committed) => {
  const before = await logHead(eventSource, ORG, "a");
  assert.equal(before.offset, 0);
  const events = await db.withTx((tx) => {
    const out = [tx.emit(emit("a", 1)), tx.emit(emit("b", 2)), tx.emit(emit("a", 3)), tx.emit(emit("a", 4, OTHER))];
    assert.deepEqual(out.map((e) => [e.offset, e.epoch]), [[0, ""], [0, ""], [0, ""], [0, ""]]);
    return Promise.resolve(out);
  });
  assert.deepEqual(events.map((e) => [e.organizationId, e.channel, e.offset, e.epoch]), [
    [ORG, "a", 1, before.epoch],
    [ORG, "b", 1, before.epoch],
    [ORG, "a", 2, before.epoch],
    [OTHER, "a", 1, before.epoch],
  ]);
  const [single] = await db.withTx((tx) =>
    Promise.resolve([tx.emit({ ...emit("a", { x: 5 }), extra: { id: "i", message: "m" } })])
  );
  assert.equal(single!.offset, 3);
  const { timestamp, ...push } = JSON.parse(single!.body);
  assert.deepEqual(push, { type: "test", id: "i", message: "m", data: { x: 5 } });
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(committed, [...events, single]);
  assert.deepEqual(await logHead(eventSource, ORG, "a"), { epoch: before.epoch, offset: 3 });
  assert.deepEqual((await logEvents(eventSource, ORG, "a", 1, 10)).map((e) => [e.offset, JSON.parse(e.body).data]), [
    [2, 3],
    [3, { x: 5 }],
  ]);
  assert.deepEqual((await logEvents(eventSource, ORG, "a", 0, 1)).map((e) => e.offset), [1]);
  assert.deepEqual((await logEvents(eventSource, OTHER, "b", 0, 10)).length, 0);
  assert.equal(
    (await db.one(sql`select body from events where type = 'test' order by id desc limit 1`)).body,
    single!.body,
  );
});

onBoth(
  "offset order is commit order, without gaps, under concurrent writers",
  async ({ db, eventSource }, committed) => {
    await db.exec("create table t (id bigint generated always as identity, channel text, data int)");
    const channels = ["a", "b", "c"];
    let failed = 0;
    const writers = Array.from({ length: 12 }, async (_, w) => {
      for (let i = 0; i < 15; i++) {
        // Channels in changing order, so that writers would wait for each other crosswise if emit did not sort.
        const mine = channels.filter((_, c) => (w + i + c) % 3 !== 0).toSorted(() => Math.random() - 0.5);
        await db.withTx(async (tx) => {
          await tx.run(sql`insert into t (channel, data) values (${mine[0]}, ${w * 100 + i})`);
          for (const channel of mine) tx.emit(emit(channel, w * 100 + i));
          if (i % 5 === 4) throw new Error("rolled back");
        }).catch((error) => {
          if (error.message !== "rolled back") throw error;
          failed++;
        });
      }
    });
    await Promise.all(writers);
    assert.equal(failed, 36);
    assert.equal(committed.length, 12 * 12 * 2);
    for (const channel of channels) {
      const stored = await logEvents(eventSource, ORG, channel, 0, 1000);
      assert.deepEqual(stored.map((e) => e.offset), stored.map((_, i) => i + 1), "no gaps");
      const published = committed.filter((e) => e.channel === channel).toSorted((a, b) => a.offset - b.offset);
      assert.deepEqual(published.map((e) => e.body), stored.map((e) => e.body), "each exactly once");
      // Commit order: a smaller offset never belongs to a transaction that began its numbering later.
      assert.deepEqual(
        (await db.rows(sql`
        select "offset" from events e join event_channels c on c.id = e.channel_id where c.channel = ${channel}
        order by e.txid, e.id`)).length,
        stored.length,
      );
    }
  },
);

onBoth(
  "`changed` reports every committed event, also of transactions that were open during it",
  async ({ db, eventSource, kind }) => {
    await eventSource.changed();
    await db.withTx((tx) => Promise.resolve(tx.emit(emit("a", 1))));
    const first = await eventSource.changed();
    assert.deepEqual(first.map((c) => [c.organizationId, c.channel, c.offset]), [[ORG, "a", 1]]);
    assert.equal(first[0]!.epoch, (await logHead(eventSource, ORG, "a")).epoch);
    if (kind === "server") {
      await db.exec("create table t (id int)");
      const opened = Promise.withResolvers<void>(), gate = Promise.withResolvers<void>();
      const slow = db.withTx(async (tx) => {
        await tx.run(sql`insert into t values (1)`); // has its transaction id now
        tx.emit(emit("slow", 1));
        opened.resolve();
        await gate.promise;
      });
      await opened.promise;
      for (let i = 0; i < 4; i++) {
        await db.withTx((tx) => Promise.resolve(tx.emit(emit("b", i))));
        assert.ok(!(await eventSource.changed()).some((c) => c.channel === "slow"));
      }
      gate.resolve();
      await slow;
      assert.ok((await eventSource.changed()).some((c) => c.channel === "slow" && c.offset === 1));
    }
    await eventSource.changed();
    await eventSource.changed();
    assert.deepEqual(await eventSource.changed(), []);
  },
);

onBoth("old events are pruned, young ones and unread ones stay, offsets go on", async ({ db, eventSource }) => {
  for (let i = 0; i < 3; i++) await db.withTx((tx) => Promise.resolve(tx.emit(emit("a", i))));
  await db.run(sql`update events set created_at = now() - interval '2 hours' where "offset" < 3`);
  await db.run(sql`insert into event_consumers (name, txid, event_id, leased_until) values ('slow', '0', 0, now())`);
  assert.equal(await pruneEvents(db, 1), 0);
  await db.run(sql`update events set created_at = now() - interval '8 days' where "offset" = 1`);
  assert.equal(await pruneEvents(db, 1), 1, "not for ever");
  await db.run(sql`update event_consumers set leased_until = now() - interval '8 days'`);
  assert.equal(await pruneEvents(db, 1), 1, "nor for a consumer that is gone");
  assert.deepEqual((await logEvents(eventSource, ORG, "a", 0, 10)).map((e) => e.offset), [3]);
  const event = await db.withTx((tx) => Promise.resolve(tx.emit(emit("a", 9))));
  assert.equal(event.offset, 4);
});

onBoth("a new epoch reaches old and new channels", async ({ db, eventSource }) => {
  await db.withTx((tx) => Promise.resolve(tx.emit(emit("a", 1))));
  const old = (await logHead(eventSource, ORG, "a")).epoch;
  const epoch = await newEpoch(db);
  assert.notEqual(epoch, old);
  assert.deepEqual(await logHead(eventSource, ORG, "a"), { epoch, offset: 1 });
  assert.deepEqual(await logHead(eventSource, ORG, "new"), { epoch, offset: 0 });
  assert.equal((await db.withTx((tx) => Promise.resolve(tx.emit(emit("new", 1))))).epoch, epoch);
});

onBoth(
  "positions and events of many channels come from one statement each, in the order asked for",
  async (database) => {
    const { db, eventSource } = database;
    await db.withTx((tx) => {
      for (let i = 1; i <= 5; i++) tx.emit(emit("a", i));
      tx.emit(emit("b", 1, OTHER));
      tx.emit(emit('it\'s, {odd} \\ "name"', 1));
      return Promise.resolve();
    });
    const { epoch } = await logHead(eventSource, ORG, "a");
    const names: [string, string][] = [[ORG, "none"], [ORG, "a"], [OTHER, "a"], [OTHER, "b"], [ORG, "a"], [
      ORG,
      'it\'s, {odd} \\ "name"',
    ]];
    const asked = names.map(([organizationId, channel]) => ({ organizationId, channel }));
    assert.deepEqual(await eventSource.heads(asked), [0, 5, 0, 1, 5, 1].map((offset) => ({ epoch, offset })));
    const ranges = asked.map((channel, i) => ({ ...channel, after: i === 4 ? 3 : 0, limit: i === 1 ? 2 : 100 }));
    const offsets = (await eventSource.read(ranges)).map((events) => events.map((e) => e.offset));
    assert.deepEqual(offsets, [[], [1, 2], [], [1], [4, 5], [1]]);
    assert.deepEqual(await eventSource.heads([]), []);
    assert.deepEqual(await eventSource.read([]), []);
  },
);
