// The inbox on both kinds of database: whose it is, what is unread, and that counting stays cheap with many rows.
import assert from "node:assert/strict";
import {
  notify,
  notifyBatch,
  readAll,
  readInbox,
  readOne,
  sendAsSystem,
  updatePreferences,
} from "../../features/notifications/mod.ts";
import { removeOld } from "../../features/notifications/inbox/retention.ts";
import type { Ctx } from "../../features/context.ts";
import { newId } from "../../kernel/ids.ts";
import { sql } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { DEFAULT_PREFERENCES, MAX_UNREAD } from "../../protocol/notifications/notifications.ts";
import { note, openNotificationApp } from "../support/notification_app.ts";
import { testedKinds } from "../support/test_db.ts";

const inbox = (ctx: Ctx, query: Record<string, unknown> = {}) => readInbox(ctx, { limit: 50, ...query });
const messages = async (ctx: Ctx, query: Record<string, unknown> = {}) =>
  (await inbox(ctx, query)).items.map((i) => i.message);
const fails = (code: string) => (error: { code?: string }) => error.code === code;

for (const kind of testedKinds()) {
  Deno.test(`inbox on ${kind}`, async (t) => {
    await using it = await openNotificationApp(kind);
    const home = await it.addOrganization(), away = await it.addOrganization("Another");
    const ana = await it.addUser(home), ben = await it.addUser(home), eve = await it.addUser(away);
    const newcomer = (organizationId: string) => {
      it.clock.now = new Date(it.clock.now.getTime() + 1000);
      return it.addUser(organizationId);
    };
    const personal = channels.userNotifications(ana.actor.userId!);

    await t.step("broadcasts are everybody's, targeted ones their person's, topics nobody's", async () => {
      await notify(ana, note({ message: "all" }));
      await notify(ben, note({ message: "for ana", user_ids: [ana.actor.userId], data: { n: 1 } }));
      await notify(ana, note({ message: "topic", channel: "notify:ops" }));
      await notify(ana, note({ message: "live", persist: false }));
      await notify(eve, note({ message: "theirs" }));
      assert.deepEqual(await messages(ana), ["for ana", "all"]);
      assert.deepEqual(await messages(ben), ["all"]);
      assert.deepEqual(await messages(eve), ["theirs"]);
      const [first] = (await inbox(ana)).items;
      assert.deepEqual([first!.channel, first!.sender.id, first!.data, first!.read_at], [
        personal,
        ben.actor.userId,
        { n: 1 },
        null,
      ]);
    });

    await t.step("reading one: once, told to the person's devices, not to others", async () => {
      const [item] = (await inbox(ana)).items;
      assert.deepEqual(await readOne(ana, item!.id), { unread_count: 1 });
      assert.deepEqual(await readOne(ana, item!.id), { unread_count: 1 });
      const push = it.pushes.at(-1)!;
      assert.deepEqual([push.type, push.channel, push.offset, push.data], [
        "notification_read",
        personal,
        0,
        { ids: [item!.id], unread_count: 1 },
      ]);
      assert.ok((await inbox(ana)).items[0]!.read_at);
      assert.deepEqual(await messages(ana, { unread: true }), ["all"]);
      assert.equal((await inbox(ben)).unread_count, 1);
      await assert.rejects(readOne(ben, item!.id), fails("not_found"));
      await assert.rejects(readOne(eve, (await inbox(ben)).items[0]!.id), fails("not_found"));
      await assert.rejects(readOne(ana, newId()), fails("not_found"));
    });

    await t.step("reading all: what comes later is unread again", async () => {
      assert.deepEqual(await readAll(ana), { unread_count: 0 });
      assert.deepEqual(it.pushes.at(-1)!.data, { ids: "all", unread_count: 0 });
      assert.ok((await inbox(ana)).items.every((i) => i.read_at));
      assert.equal((await inbox(ben)).unread_count, 1);
      await notify(ben, note({ message: "later" }));
      assert.deepEqual(await messages(ana, { unread: true }), ["later"]);
      assert.deepEqual(await readAll(ana), { unread_count: 0 });
      assert.deepEqual(await readAll(eve), { unread_count: 0 });
      assert.deepEqual(await readAll(await it.addUser(away)), { unread_count: 0 });
    });

    await t.step("a new account begins with an empty inbox", async () => {
      const carl = await newcomer(home);
      assert.deepEqual(await inbox(carl), { items: [], next_cursor: null, unread_count: 0 });
      await notify(ana, note({ message: "welcome" }));
      assert.deepEqual(await messages(carl), ["welcome"]);
    });

    await t.step("pages by cursor, filter by type", async () => {
      const dora = await newcomer(home);
      await notifyBatch(
        ana,
        Array.from({ length: 12 }, (_, i) =>
          note({
            message: `n${i}`,
            type: i % 3 ? "tour_creado" : "guia_creado",
            ...(i % 2 ? { user_ids: [dora.actor.userId] } : {}),
          })),
      );
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await inbox(dora, { limit: 5, cursor });
        seen.push(...page.items.map((i) => i.message));
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      assert.deepEqual(seen, Array.from({ length: 12 }, (_, i) => `n${11 - i}`));
      assert.deepEqual(await messages(dora, { type: "guia_creado" }), ["n9", "n6", "n3", "n0"]);
      await assert.rejects(inbox(dora, { cursor: "bm9uc2Vuc2U" }), fails("validation_failed"));
    });

    await t.step("types that the preferences switch off are not shown and not counted", async () => {
      const finn = await newcomer(home);
      await notifyBatch(ana, [
        note({ message: "login", type: "usuario_inicio_sesion", user_ids: [finn.actor.userId] }),
        note({ message: "booking" }),
        note({ message: "tour", type: "tour_creado" }),
      ]);
      await updatePreferences(finn, { types: { usuario_inicio_sesion: "none" } });
      assert.deepEqual(await messages(finn), ["tour", "booking"]);
      await updatePreferences(finn, { default: "none", types: { tour_creado: "email" } });
      assert.deepEqual(await messages(finn), ["tour"]);
      assert.equal((await inbox(finn)).unread_count, 1);
      await updatePreferences(finn, DEFAULT_PREFERENCES);
      assert.equal((await inbox(finn)).unread_count, 3);
    });

    await t.step("sent by the server itself", async () => {
      await sendAsSystem(it.app, home, "Pulpo", note({ message: "system", user_ids: [ben.actor.userId] }));
      const [item] = (await inbox(ben)).items;
      assert.deepEqual(item!.sender, { id: null, name: "Pulpo" });
    });

    await t.step("the unread count stops at its limit", async () => {
      const gina = await newcomer(away);
      await it.app.db.run(sql`
        insert into notifications
          (id, organization_id, audience, channel, type, message, data, sender_name, created_at)
        select overlay(gen_random_uuid()::text placing left(${newId()}, 15) from 1 for 15)::uuid, ${away}, 'broadcast',
          'broadcast', 'a', 'm', 'null', 's', ${it.clock.now} from generate_series(1, ${MAX_UNREAD * 3})`);
      assert.equal((await inbox(gina)).unread_count, MAX_UNREAD);
      assert.deepEqual(await readAll(gina), { unread_count: 0 });
    });

    await t.step("retention removes what is old with all that hangs on it", async () => {
      const before = it.clock.now;
      const count = async (table: "notifications" | "notification_recipients" | "notification_reads") =>
        (await it.app.db.one<{ count: number }>(
          table === "notifications"
            ? sql`select count(*)::int as count from notifications`
            : table === "notification_reads"
            ? sql`select count(*)::int as count from notification_reads`
            : sql`select count(*)::int as count from notification_recipients`,
        )).count;
      assert.equal(await removeOld(it.app), 0);
      it.clock.now = new Date(Date.now() + (it.app.config.notificationRetentionDays + 1) * 86_400_000);
      assert.ok(await removeOld(it.app) > MAX_UNREAD * 3);
      assert.deepEqual(
        [await count("notifications"), await count("notification_recipients"), await count("notification_reads")],
        [0, 0, 0],
      );
      it.clock.now = before;
    });
  });
}
