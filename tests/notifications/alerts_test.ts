// Alerts on both databases, with a clock that the test moves: fired once and resolved once, told once in the reader's
// language, also after a crash in between; who may set them; webhook and channel; other organisations.
import assert from "node:assert/strict";
import { alertWebhookJob, checkAlerts } from "../../features/analytics/alert_job.ts";
import { sql } from "../../db/sql.ts";
import { makeChannel } from "../support/analytics_data.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

for (const kind of testedKinds()) {
  Deno.test(`alerts on ${kind}`, async (test) => {
    let ahead = 0;
    await using t = await createTestApp({
      db: kind,
      now: () => new Date(Date.now() + ahead),
      settings: { registration: "open", "webhook-private": "allow" },
    });
    const owner = await t.owner(), ben = await t.person("member", "ben"), eve = await t.stranger("eve");
    const { db } = t.app;
    await db.run(sql`update users set locale = 'es' where id = ${ben.id}`);
    const { organization_id: org } = await db.one<{ organization_id: string }>(sql`
      select organization_id from users where id = ${owner.id}`);
    const channel = await makeChannel(db, org, "plaza");
    const put = (who: Person, rules: unknown[]) =>
      t.call("PUT", "/admin/alerts", { token: who.access, body: { rules } });
    const get = async () => (await t.call("GET", "/admin/alerts", { token: owner.access })).body.rules;
    const history = async () => (await t.call("GET", "/admin/alerts/history", { token: owner.access })).body.items;
    const inbox = async (who: Person) =>
      (await t.call("GET", "/notifications?type=alert", { token: who.access })).body.items.map((
        n: { message: string },
      ) => n.message);
    // Access tokens last 15 minutes of the moved clock.
    const look = async (minutes: number) => {
      ahead += minutes * 60_000;
      await checkAlerts(t.app);
      for (const person of [owner, ben]) person.access = (await t.login(person)).body.access_token;
    };
    const reports = async (count: number) => {
      await db.run(sql`delete from moderation_reports`);
      for (let i = 0; i < count; i++) {
        const id = crypto.randomUUID();
        await db.run(sql`
          insert into moderation_reports (id, case_id, organization_id, message_id, channel_id, reporter_id, source, category, reason,
            snapshot, created_at, updated_at)
          values (${id}, ${id}, ${org}, ${crypto.randomUUID()}, ${channel}, ${ben.id}, 'person', 'spam', 'x', '{}',
            now(), now())`);
      }
    };
    const rule = { metric: "reports_pending", direction: "above", value: 2, for_minutes: 2 };

    await test.step("only for those who may; people and rules must exist", async () => {
      for (const path of ["/admin/alerts", "/admin/alerts/history", "/admin/retention"]) {
        assert.equal((await t.call("GET", path, { token: ben.access })).status, 403, path);
      }
      assert.equal((await put(ben, [rule])).status, 403);
      const wrong = async (more: Record<string, unknown>, path: string) => {
        const answer = await put(owner, [{ ...rule, ...more }]);
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [422, path], answer.text);
      };
      await wrong({ notify: [eve.id] }, "rules.0.notify.0");
      await wrong({ id: crypto.randomUUID() }, "rules.0.id");
      await wrong({ metric: "happiness" }, "rules.0.metric");
      await wrong({ value: -1 }, "rules.0.value");
      await wrong({ webhook: "ftp://example.org" }, "rules.0.webhook");
      await wrong({ webhook: "http://169.254.169.254/" }, "url");
      assert.deepEqual(await get(), []);
    });

    await test.step("fires once after its time without a break, is told once, resolves once", async () => {
      const saved = await put(owner, [{ ...rule, notify: [owner.id, ben.id], channel: "ops" }]);
      assert.equal(saved.status, 200, saved.text);
      await look(1);
      assert.deepEqual((await get()).map((r: Record<string, unknown>) => [r.state, r.last_value]), [["ok", 0]]);
      await reports(3);
      await look(1);
      assert.deepEqual((await get())[0].state, "pending");
      await reports(2);
      await look(1);
      assert.deepEqual((await get())[0].state, "ok");
      await reports(5);
      for (let i = 0; i < 6; i++) await look(1);
      assert.deepEqual((await get())[0].state, "firing");
      assert.deepEqual(await inbox(owner), ["Reports that wait: 5, above 2"]);
      assert.deepEqual(await inbox(ben), ["Denuncias pendientes: 5, por encima de 2"]);
      await reports(1);
      await look(1);
      await reports(4);
      await look(1);
      await reports(1);
      for (let i = 0; i < 4; i++) await look(1);
      assert.deepEqual(await inbox(owner), ["Reports that wait: normal again (1)", "Reports that wait: 5, above 2"]);
      const items = await history();
      assert.deepEqual(items.map((i: Record<string, unknown>) => [i.metric, i.value, i.resolved_value]), [
        ["reports_pending", 5, 1],
      ]);
      assert.ok(items[0].resolved_at > items[0].fired_at);
      const pushed = t.events.filter((e) => e.channel === "notify:ops").map((e) => JSON.parse(e.body).data.state);
      assert.deepEqual(pushed, ["firing", "resolved"]);
    });

    await test.step("a crash before it was told: the next look tells it, once", async () => {
      await put(owner, [{ ...rule, for_minutes: 0 }]);
      await reports(9);
      await look(1);
      const before = (await inbox(owner)).length;
      await db.run(sql`update alert_history set told_fired = false where resolved_at is null`);
      await look(1);
      assert.equal((await inbox(owner)).length, before);
      await db.run(sql`delete from notification_dedupe`);
      await db.run(sql`update alert_history set told_fired = false where resolved_at is null`);
      await look(1);
      assert.equal((await inbox(owner)).length, before + 1);
    });

    await test.step("a rule keeps its state while it watches for the same; one that goes ends its alert", async () => {
      const [now] = await get();
      const { state: _1, last_value: _2, checked_at: _3, ...same } = now;
      assert.equal((await put(owner, [{ ...same, notify: [owner.id] }])).body.rules[0].state, "firing");
      assert.equal((await put(owner, [{ ...same, value: 50 }])).body.rules[0].state, "unknown");
      assert.ok((await history())[0].resolved_at);
      await put(owner, []);
      assert.deepEqual(await get(), []);
      assert.equal((await t.call("GET", "/audit?action=alerts.changed", { token: owner.access })).body.items.length, 5);
    });

    await test.step("delivery time comes from what consoles reported in the last minutes", async () => {
      await put(owner, [{ metric: "delivery_latency_p95_ms", direction: "above", value: 500, for_minutes: 0 }, {
        metric: "memory_mb",
        direction: "above",
        value: 1,
        for_minutes: 0,
        enabled: false,
      }]);
      await look(1);
      assert.deepEqual((await get()).map((r: Record<string, unknown>) => r.state), ["unknown", "unknown"]);
      await t.call("POST", "/telemetry", { token: owner.access, body: { latencies_ms: [900, 950, 1000] } });
      await look(1);
      assert.equal((await get())[0].state, "firing");
      await look(30);
      assert.equal((await get())[0].state, "firing", "nobody reports: nothing is known");
      await t.call("POST", "/telemetry", { token: owner.access, body: { latencies_ms: [20, 30] } });
      await look(0);
      assert.equal((await get())[0].state, "ok");
    });

    await test.step("a webhook gets it; one that fails is tried again", async () => {
      const got: Record<string, unknown>[] = [];
      let status = 500;
      const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
        got.push(await request.json());
        return new Response(null, { status });
      });
      await put(owner, [{ ...rule, for_minutes: 0, webhook: `http://127.0.0.1:${server.addr.port}/alert` }]);
      await look(1);
      await until(() => got.length === 1);
      assert.deepEqual([got[0]!.type, got[0]!.text], ["alert", "Reports that wait: 9, above 2"]);
      const url = `http://127.0.0.1:${server.addr.port}/alert`;
      const job = { id: "1", attempt: 1, lastAttempt: false };
      await assert.rejects(alertWebhookJob.handle(t.app, { url, data: got[0]!.data as Record<string, unknown> }, job));
      status = 204;
      await alertWebhookJob.handle(t.app, { url, data: got[0]!.data as Record<string, unknown> }, job);
      await server.shutdown();
    });

    await test.step("other organisations know nothing of it", async () => {
      const there = await t.login(eve);
      const read = (path: string) => t.call("GET", path, { token: there.body.access_token });
      assert.deepEqual((await read("/admin/alerts")).body, { rules: [] });
      assert.deepEqual((await read("/admin/alerts/history")).body.items, []);
      const incident = await db.one<{ rule_id: string }>(sql`select rule_id from alert_rules, lateral
        (select id as rule_id) x limit 1`);
      const answer = await t.call("PUT", "/admin/alerts", {
        token: there.body.access_token,
        body: { rules: [{ ...rule, id: incident.rule_id }] },
      });
      assert.equal(answer.status, 422);
    });
  });
}
