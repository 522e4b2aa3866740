// Statistics on both databases, over HTTP: exact figures from known messages, zones, counting again, what survives the
// removal of messages and people, who may see them, CSV, the list of people, and the series of moderation.
import assert from "node:assert/strict";
import { rollUp, sweep } from "../../features/analytics/rollup.ts";
import { sql } from "../../db/sql.ts";
import { makeChannel, makeMessages, react } from "../support/analytics_data.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const PERIOD = "from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:00Z";
const ok = async (t: TestApp, who: Person, path: string) => {
  const answer = await t.call("GET", path, { token: who.access });
  assert.equal(answer.status, 200, answer.text);
  return answer;
};
// deno-lint-ignore no-explicit-any
const column = (points: any[], ...names: string[]) => points.map((p) => names.map((n) => p[n]));

for (const kind of testedKinds()) {
  Deno.test(`statistics on ${kind}`, async (test) => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const eve = await t.stranger("eve");
    const { db } = t.app;
    const { organization_id: org } = await db.one<{ organization_id: string }>(sql`
      select organization_id from users where id = ${owner.id}`);
    const { organization_id: away } = await db.one<{ organization_id: string }>(sql`
      select organization_id from users where id = ${eve.id}`);
    const general = await makeChannel(db, org, "plaza", { members: [owner.id, ana.id, ben.id] });
    const secret = await makeChannel(db, org, "secret", { type: "private", members: [ana.id, ben.id] });
    const theirs = await makeChannel(db, away, "theirs", { members: [eve.id] });
    const [first] = await makeMessages(db, org, general, [
      { at: "2026-03-01T08:00:00Z", user: ana.id },
      { at: "2026-03-01T08:59:59.999Z", user: ana.id, files: [crypto.randomUUID(), crypto.randomUUID()] },
      { at: "2026-03-01T09:00:00Z", user: ben.id },
      { at: "2026-03-01T09:01:00Z", user: ben.id, type: "system" },
      // In Madrid it is the 2nd of March already.
      { at: "2026-03-01T23:30:00Z", user: ben.id },
      { at: "2026-03-02T10:00:00Z", user: null },
      { at: "2026-03-02T10:10:00Z", user: owner.id, bot: true },
    ]);
    await makeMessages(db, org, general, [
      { at: "2026-03-02T10:20:00Z", user: ana.id, root: first },
      { at: "2026-03-02T10:21:00Z", user: ben.id, root: first },
    ]);
    await makeMessages(db, org, secret, [
      { at: "2026-03-03T12:00:00Z", user: ana.id },
      { at: "2026-03-03T12:00:01Z", user: ana.id },
    ]);
    // The period before: half as much.
    await makeMessages(db, org, general, [1, 2, 3, 4, 5].map((n) => ({ at: `2026-02-27T0${n}:00:00Z`, user: ana.id })));
    await makeMessages(db, away, theirs, [{ at: "2026-03-01T08:00:00Z", user: eve.id }]);
    await react(db, org, first!, owner.id, "2026-03-02T11:00:00Z");
    await sweep(t.app);
    await rollUp(t.app);

    await test.step("series and totals are exact", async () => {
      const { body } = await ok(t, owner, `/admin/stats?${PERIOD}`);
      assert.deepEqual([body.from, body.to, body.bucket, body.tz], [
        "2026-03-01T00:00:00.000Z",
        "2026-03-04T00:00:00.000Z",
        "day",
        "UTC",
      ]);
      assert.deepEqual(
        column(body.series.engagement, "messages", "replies", "threads", "files", "reactions", "active_users"),
        [[4, 0, 0, 2, 0, 2], [4, 2, 1, 0, 1, 3], [2, 0, 0, 0, 0, 1]],
      );
      assert.deepEqual(column(body.series.engagement, "messages_per_user"), [[2], [1.3], [2]]);
      assert.deepEqual(body.totals.messages, { value: 10, previous: 5, change: 100 });
      assert.deepEqual(body.totals.active_users, { value: 3, previous: 1, change: 200 });
      assert.deepEqual(body.totals.files, { value: 2, previous: 0, change: null });
      assert.deepEqual(body.active, { daily: 1, weekly: 3, monthly: 3 });
      assert.deepEqual(body.top_channels, [
        { id: general, name: "plaza", type: "public", messages: 8, active_users: 3 },
        { id: null, name: null, type: "private", messages: 2, active_users: 1 },
      ]);
      assert.deepEqual(
        body.top_users.map((u: Record<string, unknown>) => [u.username, u.messages]),
        [["ana", 5], ["ben", 3]],
      );
    });

    await test.step("days of another zone, weeks, months and hours", async () => {
      const madrid = (await ok(
        t,
        owner,
        "/admin/stats?from=2026-03-01T00:00:00%2B01:00&to=2026-03-04T00:00:00%2B01:00&tz=Europe/Madrid",
      )).body;
      assert.deepEqual(column(madrid.series.engagement, "start", "messages", "active_users"), [
        ["2026-02-28T23:00:00.000Z", 3, 2],
        ["2026-03-01T23:00:00.000Z", 5, 3],
        ["2026-03-02T23:00:00.000Z", 2, 1],
      ]);
      const part = (await ok(t, owner, "/admin/stats?from=2026-03-01T09:00:00Z&to=2026-03-02T10:00:00Z")).body;
      assert.deepEqual(part.top_users.map((u: Record<string, unknown>) => [u.username, u.messages]), [["ben", 2]]);
      assert.equal(part.top_channels[0].messages, 2);
      const hours =
        (await ok(t, owner, "/admin/stats?from=2026-03-01T07:00:00Z&to=2026-03-01T10:00:00Z&bucket=hour")).body;
      assert.deepEqual(column(hours.series.engagement, "messages", "active_users"), [[0, 0], [2, 1], [1, 1]]);
      const weeks = (await ok(t, owner, `/admin/stats?${PERIOD}&bucket=week`)).body;
      assert.deepEqual(column(weeks.series.engagement, "messages", "active_users"), [[4, 2], [6, 3]]);
      const months =
        (await ok(t, owner, "/admin/stats?from=2026-02-01T00:00:00Z&to=2026-04-01T00:00:00Z&bucket=month")).body;
      assert.deepEqual(column(months.series.engagement, "messages"), [[5], [10]]);
    });

    await test.step("counting again changes nothing; what is removed stays counted; people who go stay counted", async () => {
      const before = (await ok(t, owner, `/admin/stats?${PERIOD}`)).body;
      await db.run(sql`insert into stats_dirty (organization_id, hour)
        select organization_id, hour from stats_hours on conflict do nothing`);
      await rollUp(t.app);
      assert.deepEqual((await ok(t, owner, `/admin/stats?${PERIOD}`)).body, before);
      await db.run(sql`delete from messages where channel_id = ${secret}`);
      await db.run(sql`insert into stats_dirty (organization_id, hour)
        select organization_id, hour from stats_hours on conflict do nothing`);
      await rollUp(t.app);
      assert.deepEqual((await ok(t, owner, `/admin/stats?${PERIOD}`)).body.totals.messages.value, 10);
      assert.equal((await t.call("DELETE", `/users/${ben.id}`, { token: owner.access })).status, 204);
      const after = (await ok(t, owner, `/admin/stats?${PERIOD}`)).body;
      assert.deepEqual(after.totals.active_users.value, 3);
      assert.deepEqual(after.top_users[1], {
        id: null,
        username: null,
        display_name: null,
        messages: 3,
        active_minutes: 0,
      });
    });

    await test.step("a sent message is counted without anybody asking for it; new people are counted", async () => {
      const made = await t.call("POST", "/channels", { token: owner.access, body: { name: "live" } });
      const send = () =>
        t.call("POST", `/channels/${made.body.id}/messages`, { token: owner.access, body: { content: "hola" } });
      assert.equal((await send()).status, 201);
      assert.equal((await send()).status, 201);
      await until(async () => {
        await rollUp(t.app);
        const { totals } = (await ok(t, owner, "/admin/stats")).body;
        return totals.messages.value === 2 && totals.new_users.value === 2;
      });
    });

    await test.step("only admins, and only their own organisation", async () => {
      for (const path of ["/admin/stats", "/admin/stats/export", "/admin/users", "/admin/analytics-settings"]) {
        assert.equal((await t.call("GET", path, { token: ana.access })).status, 403, path);
        assert.equal((await t.call("GET", path)).status, 401, path);
      }
      const other = (await ok(t, eve, `/admin/stats?${PERIOD}`)).body;
      assert.deepEqual(column(other.series.engagement, "messages", "active_users"), [[1, 1], [0, 0], [0, 0]]);
      assert.equal(JSON.stringify(other).includes("ana"), false);
      assert.deepEqual((await ok(t, eve, "/admin/users")).body.items.map((u: Person) => u.username), ["eve"]);
    });

    await test.step("what cannot be asked for is refused by name", async () => {
      for (
        const [query, path] of [
          ["tz=Mars/Olympus", "tz"],
          ["from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to"],
          ["from=2010-01-01T00:00:00Z", "from"],
          ["from=2026-01-01T00:00:00Z&bucket=hour", "bucket"],
          ["bucket=minute", "bucket"],
          ["from=yesterday", "from"],
        ]
      ) {
        for (const base of ["/admin/stats", "/admin/stats/export"]) {
          const answer = await t.call("GET", `${base}?${query}`, { token: owner.access });
          assert.deepEqual([answer.status, answer.body.errors?.[0].path], [422, path], `${base}?${query}`);
        }
      }
    });

    await test.step("CSV: rows, a mark when asked for, no formula gets through", async () => {
      await db.run(sql`update users set display_name = '=HYPERLINK("http://evil")' where id = ${ana.id}`);
      const series = await ok(t, owner, `/admin/stats/export?format=csv&${PERIOD}`);
      assert.match(
        series.headers.get("content-disposition")!,
        /^attachment; filename="pulpo-day-2026-03-01_2026-03-03.csv"$/,
      );
      const lines = series.text.trimEnd().split("\r\n");
      assert.equal(lines.length, 4);
      assert.ok(lines[0]!.startsWith("start,messages,replies,threads,files,reactions,active_users,"));
      assert.ok(lines[1]!.startsWith("2026-03-01T00:00:00.000Z,4,0,0,2,0,2,"), String(lines[1]));
      const users = await ok(t, owner, `/admin/stats/export?report=users&bom=true&${PERIOD}`);
      assert.match(users.headers.get("content-type")!, /^text\/csv; charset=utf-8/);
      assert.ok(users.text.includes(`ana,"'=HYPERLINK(""http://evil"")",5,`), users.text);
      const bytes = new Uint8Array(
        await (await fetch(`${t.url}/api/v1/admin/stats/export?report=channels&bom=true&${PERIOD}`, {
          headers: { authorization: `Bearer ${owner.access}` },
        })).arrayBuffer(),
      );
      assert.deepEqual([...bytes.slice(0, 3)], [0xef, 0xbb, 0xbf]);
      const none = await ok(
        t,
        owner,
        "/admin/stats/export?report=users&from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z",
      );
      assert.equal(none.text, "");
    });

    await test.step("people: figures, filters, every order, page by page", async () => {
      const names = async (query: string) =>
        (await ok(t, owner, `/admin/users?${PERIOD}&${query}`)).body.items
          .map((u: Person) => u.username);
      const [person] = (await ok(t, owner, `/admin/users?${PERIOD}&q=ana`)).body.items;
      assert.deepEqual([person.messages, person.active_days, person.role, person.restrictions], [5, 3, "member", []]);
      assert.deepEqual(await names("sort=messages"), ["ana", "owner"]);
      assert.deepEqual(await names("sort=messages&order=asc"), ["owner", "ana"]);
      assert.deepEqual(await names("role=owner"), ["owner"]);
      await db.run(sql`insert into chat_restrictions (id, organization_id, user_id, kind, reason, expires_at)
        values (${crypto.randomUUID()}, ${org}, ${ana.id}, 'mute', 'spam', now() + interval '1 hour')`);
      assert.deepEqual(await names("restricted=true"), ["ana"]);
      assert.deepEqual(await names("restricted=false"), ["owner"]);
      const [muted] = (await ok(t, owner, `/admin/users?q=ana`)).body.items;
      assert.deepEqual([muted.restrictions[0].action_type, muted.restrictions[0].reason], ["mute", "spam"]);
      assert.equal((await ok(t, owner, "/admin/stats")).body.now.muted_users, 1);
      await db.run(sql`update users set banned_until = '9999-01-01', banned_reason = 'x' where id = ${ana.id}`);
      assert.deepEqual((await ok(t, owner, `/admin/users?q=ana`)).body.items[0].restrictions[0].expires_at, null);
      assert.equal((await ok(t, owner, "/admin/stats")).body.now.banned_users, 1);
      for (const name of ["zoe", "Ada", "max"]) await t.person("viewer", name);
      for (const sort of ["username", "messages", "active_seconds", "last_seen_at", "created_at"]) {
        for (const order of ["asc", "desc"]) {
          const all = await names(`sort=${sort}&order=${order}`);
          const paged: string[] = [];
          let cursor: string | null = null;
          do {
            const query: string = `${PERIOD}&sort=${sort}&order=${order}&limit=2${cursor ? `&cursor=${cursor}` : ""}`;
            const { body } = await ok(t, owner, `/admin/users?${query}`);
            paged.push(...body.items.map((u: Person) => u.username));
            cursor = body.next_cursor;
          } while (cursor);
          assert.deepEqual(paged, all, `${sort} ${order}`);
          assert.equal(new Set(all).size, 5);
        }
      }
      const { body } = await ok(t, owner, "/admin/users?limit=1");
      const wrong = await t.call("GET", `/admin/users?sort=messages&cursor=${body.next_cursor}`, {
        token: owner.access,
      });
      assert.equal(wrong.status, 422);
    });

    await test.step("moderation: reports, actions by kind, what was lifted; a repeated event counts once", async () => {
      const made = await t.call("POST", "/channels", { token: owner.access, body: { name: "rows" } });
      const mia = await t.person("member", "mia"), noa = await t.person("member", "noa");
      await t.call("POST", `/channels/${made.body.id}/join`, { token: mia.access });
      await t.call("POST", `/channels/${made.body.id}/join`, { token: noa.access });
      const sent = await t.call("POST", `/channels/${made.body.id}/messages`, {
        token: mia.access,
        body: { content: "grr" },
      });
      const reported = await t.call("POST", `/messages/${sent.body.id}/report`, {
        token: noa.access,
        body: { reason: "rude" },
      });
      assert.equal(reported.status, 201, reported.text);
      const act = (action_type: string) =>
        t.call("POST", "/admin/moderation/actions", {
          token: owner.access,
          body: { user_id: mia.id, action_type, reason: "rude" },
        });
      assert.equal((await act("warning")).status, 201);
      const muted = await act("mute");
      assert.equal(
        (await t.call("DELETE", `/admin/moderation/actions/${muted.body.id}`, { token: owner.access })).status < 300,
        true,
      );
      const figures = async () => {
        const { totals, series, now } = (await ok(t, owner, "/admin/stats?bucket=month")).body;
        const { start: _, ...last } = series.moderation.at(-1);
        return { last, totals: [totals.reports.value, totals.actions.value], pending: now.reports_pending };
      };
      const wanted = {
        last: { reports: 1, warnings: 1, mutes: 1, bans: 0, lifted: 1, flagged: 0, blocked: 0 },
        totals: [1, 2],
        pending: 1,
      };
      await until(async () => (await figures()).last.lifted === 1);
      assert.deepEqual(await figures(), wanted);
      // The consumer reads everything once more, as after a crash.
      await db.run(sql`update event_consumers set txid = '0'::xid8, event_id = 0 where name = 'analytics.count'`);
      await t.call("POST", `/channels/${made.body.id}/messages`, { token: owner.access, body: { content: "kick" } });
      await until(async () => {
        const { event_id } = await db.one<{ event_id: number }>(sql`
          select event_id from event_consumers where name = 'analytics.count'`);
        return event_id > 0;
      });
      assert.deepEqual(await figures(), wanted);
    });

    await test.step("the last minute counts messages and notifications, nothing else", async () => {
      const before = t.app.realtime.organizationStats(org).messages_per_minute;
      const made = await t.call("POST", "/channels", { token: owner.access, body: { name: "rates" } });
      const count = () => t.app.realtime.organizationStats(org).messages_per_minute - before;
      const system = count();
      const sent = await t.call("POST", `/channels/${made.body.id}/messages`, {
        token: owner.access,
        body: { content: "1" },
      });
      await t.call("PUT", `/messages/${sent.body.id}`, { token: owner.access, body: { content: "2" } });
      await t.call("PUT", `/messages/${sent.body.id}/reactions/${encodeURIComponent("👍")}`, { token: owner.access });
      assert.equal(count() - system, 1);
      await t.call("POST", "/notify", { token: owner.access, body: { type: "test", message: "x" } });
      assert.equal(count() - system, 2);
    });
  });
}
