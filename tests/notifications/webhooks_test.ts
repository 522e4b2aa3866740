// long file: both directions share the receiver and its scenario tables
// Webhooks on both kinds of database: incoming ones in Slack's form, outgoing ones against a real HTTP server.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import {
  createIncoming,
  createOutgoing,
  deleteIncoming,
  deleteOutgoing,
  getOutgoing,
  listDeliveries,
  listIncoming,
  listOutgoing,
  notify,
  readInbox,
  receiveHook,
  resend,
  sendTest,
  updateOutgoing,
} from "../../features/notifications/mod.ts";
import { deliverJob } from "../../features/notifications/webhooks/deliver.ts";
import { outgoingConsumer } from "../../features/notifications/webhooks/deliveries.ts";
import { HOOK_POSTS_PER_MINUTE } from "../../features/notifications/webhooks/incoming.ts";
import { removeOld } from "../../features/notifications/inbox/retention.ts";
import type { Ctx } from "../../features/context.ts";
import { newId } from "../../kernel/ids.ts";
import { sql } from "../../db/sql.ts";
import { note, openNotificationApp } from "../support/notification_app.ts";
import { testedKinds } from "../support/test_db.ts";

const fails = (code: string) => (error: { code?: string }) => error.code === code;
const DELIVER = "webhooks.deliver";
const PAGE = { limit: 50 };

interface Received {
  path: string;
  headers: Headers;
  body: string;
}

/** A receiver whose answers the test decides. */
function startReceiver() {
  const received: Received[] = [];
  const state = { answer: (_request: Received): Response => new Response("thanks") };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const one = { path: new URL(request.url).pathname, headers: request.headers, body: await request.text() };
    received.push(one);
    return state.answer(one);
  });
  const url = `http://127.0.0.1:${server.addr.port}/in`;
  return { url, received, state, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** An answer whose body ends when `end` resolves. */
function stalled(end: Promise<void>): Response {
  return new Response(
    new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("wait"));
        await end;
        try {
          controller.close();
        } catch { /* the caller has gone */ }
      },
    }),
  );
}

for (const kind of testedKinds()) {
  Deno.test(`incoming webhooks on ${kind}`, async (t) => {
    await using it = await openNotificationApp(kind);
    const home = await it.addOrganization(), away = await it.addOrganization("Another");
    const admin = await it.addUser(home, { role: "admin" }), member = await it.addUser(home);
    const stranger = await it.addUser(away, { role: "owner" });
    const hook = await createIncoming(admin, { name: "CI", channel: "notify:builds" });
    const post = (token: string, body: unknown) => receiveHook(admin, token, () => Promise.resolve(body));

    await t.step("the token is shown once and stored as a hash", async () => {
      assert.equal(hook.url, `http://pulpo.test:8080/hooks/${hook.token}`);
      const listed = await listIncoming(admin, PAGE);
      assert.deepEqual(listed.items, [{
        id: hook.id,
        name: "CI",
        channel: "notify:builds",
        action_url: null,
        created_at: hook.created_at,
        last_used_at: null,
      }]);
      const row = await it.app.db.one(sql`select * from incoming_webhooks`);
      assert.ok(!JSON.stringify(row).includes(hook.token));
      const audit = await it.app.db.rows(sql`select * from audit_log`);
      assert.deepEqual(audit.map((a) => a.action), ["webhook.incoming_created"]);
      assert.ok(!JSON.stringify(audit).includes(hook.token));
    });

    await t.step("a post becomes a notification on its channel", async () => {
      assert.equal(await post(hook.token, { text: "Build <https://ci.example|42> failed", username: "ci" }), "ok");
      const push = it.pushes.at(-1)!;
      assert.deepEqual([push.type, push.channel, push.message, push.offset], [
        "webhook_message",
        "notify:builds",
        "Build 42 (https://ci.example) failed",
        1,
      ]);
      assert.deepEqual((push.data as { webhook: unknown }).webhook, { id: hook.id, name: "CI" });
      assert.ok((await listIncoming(admin, PAGE)).items[0]!.last_used_at);
      const loud = await createIncoming(admin, { name: "Desk", channel: "broadcast" });
      assert.equal(await post(loud.token, { text: "hello" }), "ok");
      const [item] = (await readInbox(member, PAGE)).items;
      assert.deepEqual([item!.message, item!.sender], ["hello", { id: null, name: "Desk" }]);
      assert.deepEqual((await readInbox(stranger, PAGE)).items, []);
    });

    await t.step("Slack's own words for what is wrong", async () => {
      assert.equal(await post(hook.token, {}), "no_text");
      assert.equal(await post(hook.token, "text"), "invalid_payload");
      assert.equal(await receiveHook(admin, hook.token, () => Promise.reject(new SyntaxError())), "invalid_payload");
      assert.equal(await post("x".repeat(43), { text: "a" }), "no_service");
      assert.equal(await post("../../etc", { text: "a" }), "no_service");
    });

    await t.step("rights, other organisations, removal", async () => {
      await assert.rejects(createIncoming(member, { name: "x", channel: "broadcast" }), fails("forbidden"));
      await assert.rejects(listIncoming(member, PAGE), fails("forbidden"));
      assert.deepEqual((await listIncoming(stranger, PAGE)).items, []);
      await assert.rejects(deleteIncoming(stranger, hook.id), fails("not_found"));
      await deleteIncoming(admin, hook.id);
      assert.equal(await post(hook.token, { text: "a" }), "no_service");
      await assert.rejects(deleteIncoming(admin, hook.id), fails("not_found"));
    });

    await t.step("too many posts", async () => {
      const busy = await createIncoming(admin, { name: "busy", channel: "notify:busy" });
      const results = await Promise.allSettled(
        Array.from({ length: HOOK_POSTS_PER_MINUTE + 5 }, () => post(busy.token, { text: "a" })),
      );
      assert.equal(results.filter((r) => r.status === "fulfilled").length, HOOK_POSTS_PER_MINUTE);
      await assert.rejects(post(busy.token, { text: "a" }), fails("rate_limited"));
    });
  });

  Deno.test(`outgoing webhooks on ${kind}`, async (t) => {
    await using receiver = startReceiver();
    await using it = await openNotificationApp(kind);
    const { received, state } = receiver;
    const home = await it.addOrganization(), away = await it.addOrganization("Another");
    const admin = await it.addUser(home, { role: "admin" }), member = await it.addUser(home);
    const stranger = await it.addUser(away, { role: "owner" });
    const make = (ctx: Ctx, events: string[], url = receiver.url) =>
      createOutgoing(ctx, { name: "Booking system", url, events, enabled: true });
    const some = await make(admin, ["reserva_creada", "reserva_creada"]);
    const log = async (id: string) => (await listDeliveries(admin, id, PAGE)).items;
    const flow = async () => {
      await it.consume(outgoingConsumer);
      await it.runJobs(DELIVER);
    };

    await t.step("the event arrives, signed with the secret", async () => {
      await notify(member, note({ data: { personas: 2, "ñ": "😀" } }));
      await notify(member, note({ type: "tour_creado" }));
      await flow();
      assert.equal(received.length, 1);
      const { headers, body, path } = received[0]!;
      const timestamp = headers.get("x-pulpo-timestamp")!;
      assert.equal(path, "/in");
      assert.equal(headers.get("x-pulpo-event"), "reserva_creada");
      assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
      const mac = createHmac("sha256", some.secret).update(`${timestamp}.${body}`).digest("hex");
      assert.equal(headers.get("x-pulpo-signature"), `sha256=${mac}`);
      const push = JSON.parse(body);
      assert.deepEqual([push.type, push.channel, push.message, push.data], [
        "reserva_creada",
        "broadcast",
        "Nueva reserva",
        { personas: 2, "ñ": "😀" },
      ]);
      const [entry] = await log(some.id);
      assert.equal(headers.get("x-pulpo-delivery"), entry!.id);
      assert.deepEqual([
        entry!.status,
        entry!.attempts,
        entry!.response_status,
        entry!.response_body,
        entry!.request_body,
      ], [
        "delivered",
        1,
        200,
        "thanks",
        body,
      ]);
      assert.ok(entry!.duration_ms! >= 0);
      assert.equal((await getOutgoing(admin, some.id)).last_status, 200);
      const row = await it.app.db.one(sql`select * from outgoing_webhooks`);
      assert.ok(!JSON.stringify(row).includes(some.secret));
    });

    await t.step("all types, but no personal channel and no other organisation", async () => {
      const all = await make(admin, ["*"]), theirs = await make(stranger, ["*"]);
      received.length = 0;
      await notify(member, note({ type: "tour_creado", channel: "notify:ops" }));
      await notify(member, note({ type: "secret", user_ids: [member.actor.userId] }));
      await flow();
      assert.deepEqual(received.map((r) => r.headers.get("x-pulpo-event")), ["tour_creado"]);
      assert.deepEqual((await listDeliveries(stranger, theirs.id, PAGE)).items, []);
      await deleteOutgoing(admin, all.id);
      await deleteOutgoing(stranger, theirs.id);
    });

    await t.step("a repeat of the consumer and of the job sends nothing twice", async () => {
      received.length = 0;
      await notify(member, note());
      await it.consume(outgoingConsumer);
      const job = it.jobs[0]!;
      it.jobs.push(job);
      await it.runJobs(DELIVER);
      assert.equal(received.length, 1);
      const events = await it.app.db.rows(sql`
        select e.id, c.organization_id, c.channel, e.type, e.body from events e
        join event_channels c on c.id = e.channel_id where c.channel = 'broadcast'`);
      const before = (await log(some.id)).length;
      await outgoingConsumer.handle(
        it.app,
        events.filter((e) => Date.parse(JSON.parse(e.body).timestamp) >= Date.parse(some.created_at)).map((e) => ({
          id: e.id,
          organizationId: e.organization_id,
          channel: e.channel,
          type: e.type,
          push: JSON.parse(e.body),
        })),
      );
      await it.runJobs(DELIVER);
      assert.equal(received.length, 1);
      assert.equal((await log(some.id)).length, before);
    });

    await t.step("failures are repeated until it works; the log counts them", async () => {
      const answers = [new Response("busy", { status: 503 }), new Response("slow down", { status: 429 })];
      state.answer = () => answers.shift() ?? new Response("x".repeat(5000), { status: 201 });
      await notify(member, note());
      await it.consume(outgoingConsumer);
      await assert.rejects(it.runJobs(DELIVER, { attempt: 1 }));
      const [pending] = await log(some.id);
      assert.deepEqual([pending!.status, pending!.attempts, pending!.response_status], ["pending", 1, 503]);
      await assert.rejects(it.runJobs(DELIVER, { attempt: 2 }));
      await it.runJobs(DELIVER, { attempt: 3 });
      const [done] = await log(some.id);
      assert.deepEqual([done!.status, done!.attempts, done!.response_status, done!.response_body!.length], [
        "delivered",
        3,
        201,
        1024,
      ]);
      assert.equal(it.jobs.length, 0);
    });

    await t.step("a clear refusal is not repeated, nor is a redirect followed", async () => {
      for (const status of [400, 404, 410, 301, 302]) {
        state.answer = () => new Response("no", { status, headers: { location: "/elsewhere" } });
        received.length = 0;
        await notify(member, note());
        await flow();
        assert.deepEqual(received.map((r) => r.path), ["/in"]);
        const [entry] = await log(some.id);
        assert.deepEqual([entry!.status, entry!.response_status], ["failed", status]);
      }
    });

    await t.step("given up after the last try, then sent again by hand", async () => {
      state.answer = () => new Response("broken", { status: 500 });
      await notify(member, note({ message: "important" }));
      await it.consume(outgoingConsumer);
      await assert.rejects(it.runJobs(DELIVER));
      await it.runJobs(DELIVER, { attempt: deliverJob.retryLimit + 1, lastAttempt: true });
      const [dead] = await log(some.id);
      assert.deepEqual([dead!.status, dead!.attempts, it.jobs.length], ["failed", 2, 0]);
      state.answer = () => new Response("ok");
      const again = await resend(admin, dead!.id);
      assert.deepEqual([again.resend_of, again.status], [dead!.id, "pending"]);
      await it.runJobs(DELIVER);
      assert.equal(received.at(-1)!.body, dead!.request_body);
      assert.equal((await log(some.id))[0]!.status, "delivered");
      assert.deepEqual((await listDeliveries(admin, some.id, { ...PAGE, status: "failed" })).items.at(0)!.id, dead!.id);
    });

    await t.step("nobody answers", async () => {
      const gone = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const { port } = gone.addr;
      gone.close();
      const dead = await make(admin, ["guia_creado"], `http://127.0.0.1:${port}/`);
      await notify(member, note({ type: "guia_creado" }));
      await it.consume(outgoingConsumer);
      await assert.rejects(it.runJobs(DELIVER));
      const [entry] = await log(dead.id);
      assert.deepEqual([entry!.status, entry!.response_status, (await getOutgoing(admin, dead.id)).last_status], [
        "pending",
        null,
        0,
      ]);
      assert.ok(entry!.error);
      await deleteOutgoing(admin, dead.id);
      await it.runJobs(DELIVER);
    });

    await t.step("a test event goes out, even when switched off", async () => {
      await updateOutgoing(admin, some.id, { enabled: false });
      received.length = 0;
      await notify(member, note());
      await flow();
      assert.equal(received.length, 0);
      await sendTest(admin, some.id);
      await it.runJobs(DELIVER);
      assert.deepEqual(received.map((r) => r.headers.get("x-pulpo-event")), ["webhook_test"]);
      await updateOutgoing(admin, some.id, { enabled: true });
    });

    await t.step(
      "nothing but failures: switched off, the admins are told, and it can be switched on again",
      async () => {
        state.answer = () => new Response("no", { status: 400 });
        await it.app.db.run(sql`update outgoing_webhooks set dead_in_a_row = 48`);
        await notify(member, note());
        await flow();
        assert.equal((await getOutgoing(admin, some.id)).enabled, true);
        await notify(member, note());
        await flow();
        const off = await getOutgoing(admin, some.id);
        assert.equal(off.enabled, false);
        assert.ok(off.disabled_reason);
        const [told] = (await readInbox(admin, { ...PAGE, type: "webhook_disabled" })).items;
        assert.deepEqual(told!.data, { webhook_id: some.id, name: "Booking system" });
        assert.equal((await readInbox(member, { ...PAGE, type: "webhook_disabled" })).items.length, 0);
        const on = await updateOutgoing(admin, some.id, { enabled: true });
        assert.deepEqual([on.enabled, on.disabled_reason], [true, null]);

        state.answer = () => new Response("no", { status: 500 });
        await notify(member, note());
        await it.consume(outgoingConsumer);
        await assert.rejects(it.runJobs(DELIVER));
        it.clock.now = new Date(it.clock.now.getTime() + 5.1 * 86_400_000);
        await assert.rejects(it.runJobs(DELIVER));
        assert.equal((await getOutgoing(admin, some.id)).enabled, false);
        assert.equal((await readInbox(admin, { ...PAGE, type: "webhook_disabled" })).items.length, 2);
        it.jobs.length = 0;
      },
    );

    await t.step("rights and other organisations", async () => {
      await assert.rejects(make(member, ["*"]), fails("forbidden"));
      await assert.rejects(getOutgoing(stranger, some.id), fails("not_found"));
      await assert.rejects(updateOutgoing(stranger, some.id, { name: "x" }), fails("not_found"));
      await assert.rejects(deleteOutgoing(stranger, some.id), fails("not_found"));
      await assert.rejects(listDeliveries(stranger, some.id, PAGE), fails("not_found"));
      await assert.rejects(sendTest(stranger, some.id), fails("not_found"));
      await assert.rejects(resend(stranger, (await log(some.id))[0]!.id), fails("not_found"));
      await assert.rejects(resend(admin, newId()), fails("not_found"));
      assert.deepEqual((await listOutgoing(stranger, PAGE)).items, []);
    });

    await t.step("the log is kept for 30 days", async () => {
      assert.ok((await log(some.id)).length > 5);
      it.clock.now = new Date(Date.now() + 31 * 86_400_000);
      await removeOld(it.app);
      assert.deepEqual(await log(some.id), []);
    });
  });
}

Deno.test("outgoing webhooks to private addresses obey the settings", async (t) => {
  await using receiver = startReceiver();
  const CASES: [settings: Record<string, string>, allowed: boolean][] = [
    [{}, true],
    [{ registration: "closed" }, true],
    [{ registration: "open" }, false],
    [{ registration: "open", "webhook-private": "allow" }, true],
    [{ "webhook-private": "deny" }, false],
  ];
  for (const [settings, allowed] of CASES) {
    await t.step(`${JSON.stringify(settings)}: ${allowed ? "allowed" : "refused"}`, async () => {
      await using it = await openNotificationApp("embedded", settings);
      const admin = await it.addUser(await it.addOrganization(), { role: "admin" });
      const make = (url: string) => createOutgoing(admin, { name: "x", url, events: ["*"], enabled: true });
      await assert.rejects(make("http://169.254.169.254/latest/meta-data/"), fails("validation_failed"));
      if (!allowed) {
        for (const url of [receiver.url, "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://localhost/"]) {
          await assert.rejects(make(url), fails("validation_failed"));
        }
      }
      // A name that pointed elsewhere when the webhook was made.
      const made = await make("http://later.invalid/");
      await it.app.db.run(sql`update outgoing_webhooks set url = ${receiver.url} where id = ${made.id}`);
      receiver.received.length = 0;
      await sendTest(admin, made.id);
      await it.runJobs(DELIVER);
      const [entry] = (await listDeliveries(admin, made.id, PAGE)).items;
      assert.equal(entry!.status, allowed ? "delivered" : "failed");
      assert.equal(receiver.received.length, allowed ? 1 : 0);
    });
  }
});

Deno.test("a receiver that lets us wait is left alone for a while, but the last try is made", async () => {
  await using receiver = startReceiver();
  await using it = await openNotificationApp("embedded");
  const admin = await it.addUser(await it.addOrganization(), { role: "admin" });
  const hook = await createOutgoing(admin, { name: "slow", url: receiver.url, events: ["*"], enabled: true });
  const { promise: hang, resolve: end } = Promise.withResolvers<void>();
  receiver.state.answer = () => stalled(hang);
  await notify(admin, note());
  await it.consume(outgoingConsumer);
  await assert.rejects(it.runJobs(DELIVER), /in time/);
  await assert.rejects(it.runJobs(DELIVER), /just now/);
  assert.equal(receiver.received.length, 1);
  end();
  receiver.state.answer = () => new Response("ok");
  await it.runJobs(DELIVER, { lastAttempt: true });
  assert.equal(receiver.received.length, 2);
  assert.equal((await listDeliveries(admin, hook.id, PAGE)).items[0]!.status, "delivered");
});
