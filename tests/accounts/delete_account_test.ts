// The end of an account: proof, the last owner, what goes and what stays, and that every table with the id of a person is
// in the list of what becomes of it.
import assert from "node:assert/strict";
import { rawSql, sql } from "../../db/sql.ts";
import { PERSON_COLUMNS } from "../../features/accounts/people/person_tables.ts";
import { storeBytes } from "../../features/media/mod.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { Message } from "../../protocol/chat/chat.ts";
import { type Answer, createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { onBoth, testedKinds } from "../support/test_db.ts";
import { PNG } from "../support/transfer_hostile.ts";
import { until } from "../support/wait.ts";

/** Ids of other things than people, by what the column is called. Whatever is not named so must be in the list. */
const NO_PERSON = new Set(
  `id organization_id channel_id message_id root_id reply_to_id session_id link_session_id api_token_id parent_id notification_id source_id
   place_id part_id media_id avatar_media_id blob_id webhook_id resend_of command_id report_id cause_id rule_id firing_id
   read_all_id run_id leased_by attempt default_channel_id card_id join_token_id
   mailed_id from_id up_to_id case_id group_id channel_ids`.split(/\s+/),
);
/** Tables of the server itself, without people. */
const NO_PEOPLE = new Set([
  "event_channels",
  "events",
  "event_consumers",
  "meta",
  "schema_migrations",
  "idempotency_keys",
]);

onBoth("deletion: every column that may hold the id of a person is in the list, as it really is", async ({ db }) => {
  const columns = await db.rows<{ name: string; cascades: boolean }>(sql`
    select c.relname || '.' || a.attname as name, exists (select from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid in ('users'::regclass, 'second_factors'::regclass) and k.confdeltype = 'c'
          and k.conkey = array[a.attnum]) as cascades
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) order by 1`);
  const named = new Map(PERSON_COLUMNS.map((one) => [one.column, one]));
  assert.equal(named.size, PERSON_COLUMNS.length, "one of them is named twice");
  const missing = columns.filter(({ name, cascades }) => {
    const [table, column] = name.split(".") as [string, string];
    if (named.has(name) || NO_PEOPLE.has(table)) return false;
    return cascades || !NO_PERSON.has(column);
  });
  assert.deepEqual(
    missing,
    [],
    "say in features/accounts/people/person_tables.ts what becomes of these when an account is deleted",
  );
  const there = new Map(columns.map(({ name, cascades }) => [name, cascades]));
  for (const { column, fate, why } of PERSON_COLUMNS) {
    assert.ok(there.has(column), `${column} does not exist (any more)`);
    assert.equal(there.get(column), fate === "cascade", `${column}: ${fate}`);
    if (fate === "keep") assert.ok(why, column);
  }
  for (
    const { column, fate, unscoped } of PERSON_COLUMNS.filter((one) => one.fate === "delete" || one.fate === "clear")
  ) {
    const [table, name] = column.split(".");
    const [row] = await db.rows<{ nullable: boolean; organization: boolean }>(sql`select
      exists (select from information_schema.columns where table_name = ${table} and column_name = ${name}
        and is_nullable = 'YES') as nullable,
      exists (select from information_schema.columns where table_name = ${table}
        and column_name = 'organization_id') as organization`);
    assert.ok((row!.organization || unscoped) && (fate === "delete" || row!.nullable), column);
  }
});

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** A person with a row in as many tables as a few calls make. */
async function livingPerson(t: TestApp, owner: Person) {
  const ana = await t.person("member", "ana");
  const channel = (await ok(t, owner, "POST", "/channels", { name: "plaza", type: "public" })).id;
  await ok(t, ana, "POST", `/channels/${channel}/join`);
  const message = await ok(t, ana, "POST", `/channels/${channel}/messages`, { content: "hello" });
  await ok(t, ana, "PUT", `/messages/${message.id}/reactions/${encodeURIComponent("👍")}`);
  const { token } = await ok(t, ana, "POST", "/auth/tokens", { name: "x", scopes: ["profile.manage"] });
  await ok(t, ana, "POST", "/notify", { type: "test", message: "from ana", user_ids: [owner.id] });
  await ok(t, owner, "POST", "/notify", { type: "test", message: "to ana", user_ids: [ana.id] });
  const organization = (await ok(t, owner, "GET", "/auth/me")).organization.id;
  const file = await storeBytes(t.app, organization, ana.id, { filename: "pic.png" }, PNG);
  return { ana, channel, message, token, organization, file };
}

for (const db of testedKinds()) {
  Deno.test(`${db}: deletion: the person proves it, then nothing but the words for the others is left`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const { ana, channel, token, organization, file } = await livingPerson(t, owner);
    const remove = (body: unknown, access = ana.access) => t.call("DELETE", "/auth/me", { token: access, body });

    assert.equal((await remove({})).body.errors[0].path, "password");
    assert.equal((await remove({ password: "not it" })).body.code, "invalid_credentials");
    assert.equal((await remove({ password: ana.password }, token)).status, 403);
    assert.equal((await remove({ password: "x".repeat(5000) })).status, 422);
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).status, 200, "still there");

    const both = await Promise.all([remove({ password: ana.password }), remove({ password: ana.password })]);
    assert.equal(both.filter(({ status }) => status === 204).length, 1, both.map((a) => a.text).join());
    for (const credential of [ana.access, token]) {
      assert.equal((await t.call("GET", "/auth/me", { token: credential })).status, 401);
    }
    assert.equal((await t.call("POST", "/auth/refresh", { body: { refresh_token: ana.refresh } })).status, 401);
    assert.equal((await t.login(ana)).body.code, "invalid_credentials");

    const { items } = await ok(t, owner, "GET", `/channels/${channel}/messages`);
    const left = items.find((m: { content: string }) => m.content === "hello");
    assert.equal(left.user.username, "deleted-user");
    for (const { column, fate } of PERSON_COLUMNS) {
      if (fate === "keep") continue;
      const [table, name] = column.split(".");
      const { n } = await t.app.db.one<{ n: number }>(
        sql`select count(*)::int as n from ${rawSql(table!)} where ${rawSql(name!)} = ${ana.id}`,
      );
      assert.equal(n, 0, column);
    }
    const inbox = await ok(t, owner, "GET", "/notifications");
    assert.equal(inbox.items.find((n: { message: string }) => n.message === "from ana").sender.name, "deleted-user");
    const { removeUnused } = await import("../../features/media/remove.ts");
    await removeUnused(t.app);
    assert.equal(await t.app.db.maybe(sql`select id from media where id = ${file.id}`), undefined);
    const log = await ok(t, owner, "GET", `/audit?subject_id=${ana.id}&action=user.deleted`);
    assert.deepEqual(log.items[0].details, { username: "ana", role: "member", own: true });
    assert.ok(organization);
  });

  Deno.test(`${db}: deletion: the last owner is told what to do; two owners at once, one stays`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const remove = (who: Person) =>
      t.call("DELETE", "/auth/me", { token: who.access, body: { password: who.password } });
    const refused = await remove(owner);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.code, "conflict");
    assert.match(refused.body.detail, /somebody else an owner/);
    const second = await t.person("owner", "second");
    const both = await Promise.all([remove(owner), remove(second)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [204, 409]);
    const { n } = await t.app.db.one<{ n: number }>(sql`select count(*)::int as n from users where role = 'owner'`);
    assert.equal(n, 1);
  });

  Deno.test(`${db}: deletion: whoever becomes the only owner while it waits stays`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const waiting = async () =>
      (await t.app.db.rows(sql`select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)).length > 0;
    /** Hands over to the heir while the call waits for the owners' rows. */
    const meanwhile = async (heir: Person, call: () => Promise<Answer>) => {
      const locked = Promise.withResolvers<void>(), go = Promise.withResolvers<void>();
      const handing = t.app.db.withTx(async (tx) => {
        await tx.run(sql`select id from users where role = 'owner' for update`);
        locked.resolve();
        await go.promise;
        await tx.run(sql`update users set role = case when id = ${heir.id} then 'owner' else 'admin' end
          where role = 'owner' or id = ${heir.id}`);
      });
      await locked.promise;
      const answer = call();
      // The embedded database does one after the other by itself.
      if (db === "server") await until(waiting);
      go.resolve();
      await handing;
      return await answer;
    };
    const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const byOther = await meanwhile(ana, () => t.call("DELETE", `/users/${ana.id}`, { token: owner.access }));
    assert.equal(byOther.status, 409, byOther.text);
    const own = await meanwhile(
      ben,
      () => t.call("DELETE", "/auth/me", { token: ben.access, body: { password: ben.password } }),
    );
    assert.equal(own.status, 409, own.text);
    const { n } = await t.app.db.one<{ n: number }>(sql`select count(*)::int as n from users where role = 'owner'`);
    assert.equal(n, 1);
  });

  Deno.test(`${db}: deletion: an account without a password needs a sign-in that is recent`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    await t.owner();
    const ana = await t.person("member", "ana");
    await t.app.db.run(sql`update users set password_hash = null where id = ${ana.id}`);
    now += 11 * 60_000;
    const refused = await t.call("DELETE", "/auth/me", { token: ana.access, body: {} });
    assert.deepEqual([refused.status, refused.body.code], [403, "recent_sign_in_required"]);
    now -= 5 * 60_000;
    assert.equal((await t.call("DELETE", "/auth/me", { token: ana.access, body: {} })).status, 204);
  });

  Deno.test(`${db}: deletion by who manages users is the same`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const { ana, token } = await livingPerson(t, owner);
    const moderator = await t.person("moderator");
    assert.equal((await t.call("DELETE", `/users/${ana.id}`, { token: moderator.access })).status, 403);
    await ok(t, owner, "DELETE", `/users/${ana.id}`);
    assert.equal((await t.call("GET", "/auth/me", { token })).status, 401);
    for (const { column } of PERSON_COLUMNS.filter(({ fate }) => fate !== "keep")) {
      const [table, name] = column.split(".");
      const row = await t.app.db.maybe(
        sql`select 1 as one from ${rawSql(table!)} where ${rawSql(name!)} = ${ana.id} limit 1`,
      );
      assert.equal(row, undefined, column);
    }
  });

  Deno.test(`${db}: deletion: channels count, keep an admin and show no name; so do inboxes; a program's too`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const { id } = await ok(t, ana, "POST", "/channels", { name: "plaza", type: "private", user_ids: [ben.id] });
    const direct = await ok(t, ana, "POST", "/channels", { type: "direct", user_ids: [ben.id] });
    await ok(t, ben, "POST", `/channels/${id}/messages`, { content: "hello @ana" });
    await ok(t, ana, "POST", `/channels/${id}/messages`, { content: "hello @ben" });
    await ok(t, ana, "POST", `/channels/${direct.id}/messages`, { content: "between us" });
    const inbox = async () => (await ok(t, ben, "GET", "/notifications")).items as { type: string; message: string }[];
    await until(async () => {
      const types = (await inbox()).map(({ type }) => type);
      return ["mention", "direct_message", "channel_invite"].every((type) => types.includes(type));
    });
    const program = await ok(t, owner, "POST", "/service-accounts", {
      username: "robot",
      display_name: "Robot",
      role: "member",
    });
    await ok(t, ben, "GET", `/channels/${id}`);
    await ok(t, ana, "POST", `/channels/${id}/members`, { user_id: program.id });
    const before = t.events.length;
    await ok(t, owner, "DELETE", `/service-accounts/${program.id}`);
    assert.equal((await ok(t, ben, "GET", `/channels/${id}`)).member_count, 2);
    await ok(t, ana, "DELETE", "/auth/me", { password: ana.password });

    assert.equal((await ok(t, ben, "GET", `/channels/${id}`)).member_count, 1);
    const { items: members } = await ok(t, ben, "GET", `/channels/${id}/members`);
    assert.deepEqual(members.map((m: { user_id: string; role: string }) => [m.user_id, m.role]), [[ben.id, "admin"]]);
    const { n } = await t.app.db.one<{ n: number }>(
      sql`select member_count as n from channels where id = ${direct.id}`,
    );
    assert.equal(n, 1);
    const left = t.events.slice(before).filter(({ channel }) => channel === channels.chat(id))
      .map(({ body }) => JSON.parse(body)).filter(({ type }) => type === "user_left");
    assert.deepEqual(left.map(({ data }) => [data.user.id, data.member_count]), [[program.id, 2], [ana.id, 1]]);
    const { items } = await ok(t, ben, "GET", `/channels/${id}/messages`);
    const named = items.flatMap((m: Message) =>
      [m.system?.user?.username, m.system?.actor?.username]
        .concat(m.mentions.map((one) => one.type === "user" ? one.username : undefined))
    ).filter(Boolean);
    assert.ok(named.includes("deleted-user") && named.includes("ben"), named.join());
    const said = items.map((m: Message) => m.content);
    assert.ok(said.includes("hello @deleted-user") && said.includes("hello @ben"), said.join());
    assert.ok(!named.includes("ana") && !named.includes("robot"), named.join());
    const notes = await inbox();
    assert.doesNotMatch(JSON.stringify(notes), /\bana\b/i);
    const titles = notes.map(({ message }) => message.split("\n")[0]);
    assert.ok(titles.includes("Message from deleted-user"), titles.join());
    assert.ok(titles.includes("deleted-user mentioned you in #plaza"), titles.join());
  });
}
