// Sending on both kinds of database: results, order, deduplication, refusals, and that a bad request harms nobody else.
import assert from "node:assert/strict";
import { notify, notifyBatch } from "../../features/notifications/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { permissionsOf } from "../../kernel/permissions.ts";
import { newId } from "../../kernel/ids.ts";
import { sql } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { declared } from "../../features/declared.ts";
import { features } from "../../features/mod.ts";
import { reservedTypes } from "../../protocol/wire/reserved_types.ts";
import { MAX_DATA_BYTES, MAX_MESSAGE_BYTES, notifyRequest } from "../../protocol/notifications/notifications.ts";
import { ctxOf, note, type NotificationApp, openNotificationApp } from "../support/notification_app.ts";
import { testedKinds } from "../support/test_db.ts";

const fails = (code: string, path?: string) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, code);
  if (path !== undefined) assert.equal(error.errors?.[0]?.path, path);
  return true;
};

const stored = (it: NotificationApp, organizationId: string) =>
  it.app.db.one<{ count: number }>(sql`
    select count(*)::int as count from notifications where organization_id = ${organizationId}`).then((r) => r.count);

for (const kind of testedKinds()) {
  Deno.test(`notify on ${kind}`, async (t) => {
    await using it = await openNotificationApp(kind);
    const home = await it.addOrganization(), away = await it.addOrganization("Another");
    const sender = await it.addUser(home), reader = await it.addUser(home), stranger = await it.addUser(away);
    const of = (channel: string, organizationId = home) =>
      it.pushes.filter((p) => p.channel === channel && p.organizationId === organizationId);

    await t.step("one durable notification: answer, push and row agree", async () => {
      const data = { personas: 2, "clave ñ": [null, true, 1.5] };
      const result = await notify(sender, note({ data }));
      assert.deepEqual(result, { id: result.id, channel: "broadcast", offset: 1, duplicate: false });
      const push = of("broadcast")[0]!;
      assert.deepEqual([push.type, push.message, push.id, push.offset], [
        "reserva_creada",
        "Nueva reserva",
        result.id,
        1,
      ]);
      assert.deepEqual(push.data, data);
      const row = await it.app.db.one(sql`select * from notifications where id = ${result.id}`);
      assert.deepEqual(row.data, data);
      assert.equal(row.sender_id, sender.actor.userId);
      assert.equal(of("broadcast", away).length, 0);
    });

    await t.step("a topic stream, and nothing durable for persist: false", async () => {
      const topic = await notify(sender, note({ channel: "notify:ops" }));
      assert.deepEqual([topic.channel, topic.offset], ["notify:ops", 1]);
      const before = await stored(it, home);
      const live = await notify(sender, note({ persist: false }));
      assert.equal(live.offset, null);
      assert.equal(await stored(it, home), before);
      assert.deepEqual([of("broadcast").at(-1)!.id, of("broadcast").at(-1)!.offset], [live.id, 0]);
    });

    await t.step("200 concurrent calls: offsets without gaps, rows and pushes in the order of the calls", async () => {
      const first = of("broadcast").filter((p) => p.offset).length + 1;
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, i) => notify(sender, note({ data: { i } }))),
      );
      assert.deepEqual(results.map((r) => r.offset), results.map((_, i) => first + i));
      const pushes = of("broadcast").filter((p) => p.offset >= first);
      assert.deepEqual(pushes.map((p) => (p.data as { i: number }).i), results.map((_, i) => i));
      const ids = results.map((r) => r.id);
      assert.deepEqual(ids, [...ids].sort());
      const rows = await it.app.db.rows<{ id: string }>(
        sql`select id from notifications where id >= ${ids[0]} order by id`,
      );
      assert.deepEqual(rows.map((r) => r.id), ids);
    });

    await t.step("a batch is sent in order, or not at all", async () => {
      const results = await notifyBatch(sender, [note(), note({ channel: "notify:ops" }), note()]);
      assert.deepEqual(results.map((r) => r.channel), ["broadcast", "notify:ops", "broadcast"]);
      assert.equal(results[2]!.offset, results[0]!.offset! + 1);
      const before = await stored(it, home), pushed = it.pushes.length;
      const bad = [note(), note({ user_ids: [reader.actor.userId, stranger.actor.userId] }), note()];
      await assert.rejects(notifyBatch(sender, bad), fails("validation_failed", "notifications.1.user_ids.1"));
      const reserved = [note(), note({ type: "chat_message" })];
      await assert.rejects(notifyBatch(sender, reserved), fails("reserved_type", "notifications.1.type"));
      assert.equal(await stored(it, home), before);
      assert.equal(it.pushes.length, pushed);
    });

    await t.step("persons: each on the own channel; others and unknown ones look the same", async () => {
      const [a, b] = [sender.actor.userId!, reader.actor.userId!];
      const result = await notify(sender, note({ user_ids: [b, a, b] }));
      assert.deepEqual([result.channel, result.offset], [channels.userNotifications(b), 1]);
      assert.equal(of(channels.userNotifications(a)).length, 1);
      assert.equal(of(channels.userNotifications(b)).length, 1);
      const refusal = async (id: string) => {
        const error = await notify(sender, note({ user_ids: [id] })).then(() => null, (e) => e as AppError);
        assert.ok(fails("validation_failed", "user_ids.0")(error));
        return [error!.detail, error!.errors];
      };
      assert.deepEqual(await refusal(stranger.actor.userId!), await refusal(newId()));
    });

    await t.step("a bad call among concurrent ones fails alone", async () => {
      const calls = Array.from(
        { length: 40 },
        (_, i) => notify(sender, i === 20 ? note({ user_ids: [stranger.actor.userId] }) : note()),
      );
      const settled = await Promise.allSettled(calls);
      assert.deepEqual(settled.flatMap((s, i) => s.status === "rejected" ? [i] : []), [20]);
      const offsets = settled.flatMap((s) => s.status === "fulfilled" ? [s.value.offset!] : []);
      assert.deepEqual(offsets, offsets.map((_, i) => offsets[0]! + i));
    });

    await t.step("dedupe_key: the first result for 24 hours, also under concurrency", async () => {
      const key = { dedupe_key: "reserva-1024" };
      const pushed = it.pushes.length;
      const results = await Promise.all(Array.from({ length: 20 }, () => notify(sender, note(key))));
      assert.equal(results.filter((result) => !result.duplicate).length, 1);
      const repeat = { ...results[0]!, duplicate: true };
      for (const result of results) assert.deepEqual({ ...result, duplicate: true }, repeat);
      assert.ok(results[0]!.offset);
      assert.equal(it.pushes.length, pushed + 1);
      assert.deepEqual(await notify(sender, note({ ...key, message: "another text" })), repeat);
      const other = await notify(stranger, note(key));
      assert.notEqual(other.id, results[0]!.id);
      const batch = await notifyBatch(sender, [note({ dedupe_key: "x" }), note({ dedupe_key: "x" }), note(key)]);
      assert.deepEqual(batch[1], { ...batch[0], duplicate: true });
      assert.deepEqual(batch.map((result) => result.duplicate), [false, true, true]);
      assert.deepEqual(batch[2], repeat);
      const live = await notify(sender, note({ persist: false, dedupe_key: "live" }));
      assert.deepEqual(await notify(sender, note({ persist: false, dedupe_key: "live" })), {
        ...live,
        duplicate: true,
      });
      it.clock.now = new Date(it.clock.now.getTime() + 25 * 3_600_000);
      const later = await notify(sender, note(key));
      assert.notEqual(later.id, results[0]!.id);
      assert.deepEqual(await notify(sender, note(key)), { ...later, duplicate: true });
    });

    await t.step("dedupe_key: another sender, type, channel or person is another key", async () => {
      const one = sender.actor.userId!, two = reader.actor.userId!;
      const different: [typeof sender, ReturnType<typeof note>][] = [
        [sender, note({ dedupe_key: "same" })],
        [reader, note({ dedupe_key: "same" })],
        [sender, note({ dedupe_key: "same", type: "other_type" })],
        [sender, note({ dedupe_key: "same", channel: "notify:one" })],
        [sender, note({ dedupe_key: "same", channel: "notify:two" })],
        [sender, note({ dedupe_key: "same", user_ids: [one] })],
        [sender, note({ dedupe_key: "same", user_ids: [two] })],
        [sender, note({ dedupe_key: "same", user_ids: [one, two] })],
      ];
      const sent = await Promise.all(different.map(([ctx, input]) => notify(ctx, input)));
      assert.deepEqual(sent.map((result) => result.duplicate), different.map(() => false));
      assert.equal(new Set(sent.map((result) => result.id)).size, different.length);
      const again = await Promise.all(different.map(([ctx, input]) => notify(ctx, input)));
      assert.deepEqual(again, sent.map((result) => ({ ...result, duplicate: true })));
      const turned = await notify(
        sender,
        note({ dedupe_key: "same", user_ids: [two, one, two], channel: "broadcast" }),
      );
      assert.deepEqual(turned.id, sent.at(-1)!.id);
      const batch = await notifyBatch(sender, different.slice(2).map(([, input]) => input));
      assert.deepEqual(batch, sent.slice(2).map((result) => ({ ...result, duplicate: true })));
    });

    await t.step("two instances and the same keys: each key is sent once", async () => {
      const second = ctxOf({ ...it.app }, sender.actor);
      const pushed = it.pushes.length;
      const keys = Array.from({ length: 30 }, (_, i) => `twice-${i}`);
      const [one, two] = await Promise.all([
        Promise.all(keys.map((dedupe_key) => notify(sender, note({ dedupe_key })))),
        Promise.all(keys.toReversed().map((dedupe_key) => notify(second, note({ dedupe_key })))),
      ]);
      assert.deepEqual(one.map((r) => r.id), two.toReversed().map((r) => r.id));
      assert.equal(it.pushes.length, pushed + keys.length);
    });

    await t.step("refusals", async () => {
      for (const type of reservedTypes(declared(features))) {
        await assert.rejects(async () => await notify(sender, note({ type })), fails("reserved_type", "type"));
      }
      for (const channel of ["dashboard", "notify:", "notify:a b", "user:me:notifications", "_control", "channel:x"]) {
        await assert.rejects(async () => await notify(sender, note({ channel })), fails("unknown_channel", "channel"));
      }
      const viewer = ctxOf(it.app, {
        ...sender.actor,
        role: "viewer",
        permissions: permissionsOf(it.app.permissionTable, "viewer"),
      });
      await assert.rejects(notify(viewer, note()), fails("forbidden"));
    });
  });
}

Deno.test("limits of a notification", async (t) => {
  const problem = (input: unknown) => {
    const parsed = notifyRequest.safeParse(input);
    return parsed.success ? null : parsed.error.issues[0]!.path.join(".");
  };
  const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  const one = { type: "a", message: "m" };
  const user_ids = (n: number) => Array.from({ length: n }, () => newId());
  const cases: [name: string, input: unknown, path: string | null][] = [
    ["the least", one, null],
    ["no type", { message: "m" }, "type"],
    ["a type that is not a text", { ...one, type: 7 }, "type"],
    ["capital letters", { ...one, type: "Reserva" }, "type"],
    ["64 characters", { ...one, type: "a".repeat(64) }, null],
    ["65 characters", { ...one, type: "a".repeat(65) }, "type"],
    ["no message", { type: "a" }, "message"],
    ["an empty message", { ...one, message: "" }, "message"],
    ["4 KiB of message", { ...one, message: "x".repeat(MAX_MESSAGE_BYTES) }, null],
    ["4 KiB and a byte", { ...one, message: "x".repeat(MAX_MESSAGE_BYTES + 1) }, "message"],
    ["4 KiB counted in bytes", { ...one, message: "ñ".repeat(MAX_MESSAGE_BYTES / 2 + 1) }, "message"],
    ["NUL in the message", { ...one, message: "a\0b" }, "message"],
    ["half a surrogate pair", { ...one, message: "a\ud800b" }, "message"],
    ["data null", { ...one, data: null }, null],
    ["data a number", { ...one, data: 7 }, null],
    ["64 KiB of data", { ...one, data: "x".repeat(MAX_DATA_BYTES - 2) }, null],
    ["64 KiB of data and a byte", { ...one, data: "x".repeat(MAX_DATA_BYTES - 1) }, "data"],
    ["NUL in a key of data", { ...one, data: { a: { "b\0": 1 } } }, "data"],
    ["half a surrogate pair in data", { ...one, data: ["\udc00"] }, "data"],
    ["data 64 deep", { ...one, data: deep(64) }, null],
    ["data 65 deep", { ...one, data: deep(65) }, "data"],
    ["data 20,000 deep", { ...one, data: deep(20_000) }, "data"],
    ["no users", { ...one, user_ids: [] }, "user_ids"],
    ["a user that is no id", { ...one, user_ids: ["me"] }, "user_ids.0"],
    ["500 users", { ...one, user_ids: user_ids(500) }, null],
    ["501 users", { ...one, user_ids: user_ids(501) }, "user_ids"],
    ["an empty dedupe_key", { ...one, dedupe_key: "" }, "dedupe_key"],
    ["persist a text", { ...one, persist: "no" }, "persist"],
    ["an empty batch", { notifications: [] }, "notifications"],
    ["a batch of 500", { notifications: Array(500).fill(one) }, null],
    ["a batch of 501", { notifications: Array(501).fill(one) }, "notifications"],
    ["a batch with a bad one", { notifications: [one, { type: "a" }] }, "notifications.1.message"],
    ["a batch to too many", { notifications: Array(11).fill({ ...one, user_ids: user_ids(500) }) }, "notifications"],
    ["not an object", "hello", ""],
    ["null", null, ""],
  ];
  for (const [name, input, path] of cases) await t.step(name, () => assert.equal(problem(input), path));
});
