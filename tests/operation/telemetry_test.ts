// What consoles report, over HTTP on both databases: exact sums, limits, who may, privacy, and the hour it counts for.
import assert from "node:assert/strict";
import { noteHttpError } from "../../features/analytics/mod.ts";
import { sql } from "../../db/sql.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

for (const kind of testedKinds()) {
  Deno.test(`telemetry on ${kind}`, async (test) => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner(), ana = await t.person("viewer", "ana"), eve = await t.stranger("eve");
    const report = (who: Person, body: unknown) => t.call("POST", "/telemetry", { token: who.access, body });
    const stats = async (who = owner) => (await t.call("GET", "/admin/stats?bucket=month", { token: who.access })).body;
    const last = async (who = owner) => {
      const { series } = await stats(who);
      return { ...series.engagement.at(-1), ...series.performance.at(-1) };
    };
    const { db } = t.app;

    await test.step("reports add up: times as percentiles, counts as sums, use as time per person", async () => {
      const latencies = Array.from({ length: 100 }, (_, i) => i + 1);
      assert.deepEqual((await report(owner, { latencies_ms: latencies, load_ms: 400, reconnects: 2 })).body, {
        enabled: true,
      });
      await report(ana, { active_seconds: 300, connection_errors: 3, js_errors: 1 });
      await report(owner, { active_seconds: 60 });
      await report(owner, { active_seconds: 60, load_ms: 400 });
      const found = await last();
      assert.deepEqual([found.latency_samples, found.page_loads, found.reconnects, found.connection_errors], [
        100,
        2,
        2,
        3,
      ]);
      assert.deepEqual([found.js_errors, found.active_users, found.active_minutes], [1, 2, 3.5]);
      for (
        const [name, exact] of [["latency_p50_ms", 50], ["latency_p95_ms", 95], ["latency_p99_ms", 99], [
          "load_p50_ms",
          400,
        ]]
      ) {
        assert.ok(Math.abs(found[name!] - Number(exact)) <= Number(exact) * 0.05, `${name}: ${found[name!]}`);
      }
      assert.deepEqual((await stats()).top_users.map((u: Record<string, unknown>) => [u.username, u.active_minutes]), [
        ["ana", 5],
        ["owner", 2],
      ]);
      const people = await t.call("GET", "/admin/users?sort=active_seconds", { token: owner.access });
      assert.deepEqual(people.body.items.map((p: Record<string, unknown>) => p.active_seconds), [300, 120]);
    });

    await test.step("nobody uses it for more than an hour an hour, whatever is reported", async () => {
      for (let i = 0; i < 6; i++) assert.equal((await report(ana, { active_seconds: 900 })).status, 202);
      await stats();
      const { seconds } = await db.one<{ seconds: number }>(sql`
        select max(v) as seconds from stats_people, unnest(second_hours) v where user_id = ${ana.id}`);
      assert.equal(seconds, 3600);
    });

    await test.step("another organisation sees nothing of it", async () => {
      const found = await last(eve);
      assert.deepEqual([found.latency_samples, found.active_users, found.connection_errors], [0, 0, 0]);
    });

    await test.step("what is too much or nonsense is refused, and so is too often", async () => {
      for (
        const body of [
          { active_seconds: 901 },
          { active_seconds: -1 },
          { active_seconds: 1.5 },
          { latencies_ms: Array(201).fill(1) },
          { latencies_ms: ["1"] },
          { latencies_ms: [-1] },
          { load_ms: 1e9 },
          { reconnects: 1e6 },
        ]
      ) assert.equal((await report(eve, body)).status, 422, JSON.stringify(body).slice(0, 60));
      const answers = [];
      for (let i = 0; i < 13; i++) answers.push((await report(eve, {})).status);
      assert.deepEqual([answers.filter((s) => s === 202).length, answers.at(-1)], [12, 429]);
      assert.equal((await t.call("POST", "/telemetry", { body: {} })).status, 401);
    });

    await test.step("by cookie it needs the CSRF header", async () => {
      const { username, password } = ana;
      const response = await fetch(`${t.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-pulpo-session": "cookie" },
        body: JSON.stringify({ username, password }),
      });
      await response.body?.cancel();
      const cookies = response.headers.getSetCookie().map((c) => c.split(";")[0]!);
      const csrf = cookies.find((c) => c.startsWith("pulpo_csrf="))!.split("=")[1]!;
      const send = (headers: Record<string, string>) =>
        t.call("POST", "/telemetry", { body: {}, headers: { cookie: cookies.join("; "), ...headers } });
      assert.equal((await send({})).body.code, "csrf_failed");
      assert.equal((await send({ "x-csrf-token": decodeURIComponent(csrf) })).status, 202);
    });

    await test.step("the server's own errors are counted for the organisation they happened to", async () => {
      const { organization_id } = await db.one<{ organization_id: string }>(sql`
        select organization_id from users where id = ${owner.id}`);
      noteHttpError(t.app, organization_id);
      noteHttpError(t.app, organization_id);
      assert.equal((await last()).http_errors, 2);
      assert.equal((await last(eve)).http_errors, 0);
    });

    await test.step("an organisation switches it off; time per person is forgotten; it stands in the audit log", async () => {
      const set = (who: Person, body: unknown) =>
        t.call("PUT", "/admin/analytics-settings", { token: who.access, body });
      assert.equal((await set(ana, { telemetry: false, time_per_person: true })).status, 403);
      assert.equal((await set(owner, { telemetry: true, time_per_person: false })).status, 200);
      const people = await t.call("GET", "/admin/users", { token: owner.access });
      assert.deepEqual(people.body.items.map((p: Record<string, unknown>) => p.active_seconds), [0, 0]);
      const dora = await t.person("member", "dora");
      assert.deepEqual((await report(dora, { active_seconds: 60, reconnects: 1 })).body, { enabled: true });
      assert.deepEqual([(await last()).active_minutes, (await last()).reconnects], [null, 3]);
      await set(owner, { telemetry: false, time_per_person: false });
      assert.deepEqual((await report(dora, { reconnects: 1 })).body, { enabled: false });
      assert.equal((await last()).reconnects, 3);
      const audit = await t.call("GET", "/audit?action=analytics.settings_changed", { token: owner.access });
      assert.equal(audit.body.items.length, 2);
    });
  });
}
