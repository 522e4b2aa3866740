// Web Push: the RFC's example, a round trip to a push service that decrypts, and who gets a push when.
import assert from "node:assert/strict";
import type { PersonActor } from "../../kernel/actor.ts";
import { newId } from "../../kernel/ids.ts";
import { encryptPush } from "../../features/notifications/push/crypto.ts";
import { pushConsumer } from "../../features/notifications/push/deliver.ts";
import { addPushSubscription, notify, updateChatPreferences } from "../../features/notifications/mod.ts";
import { serverKeys } from "../../features/notifications/push/keys.ts";
import { describeAgent } from "../../features/notifications/push/subscriptions.ts";
import type { Ctx } from "../../features/context.ts";
import { sql } from "../../db/sql.ts";
import { note, openNotificationApp } from "../support/notification_app.ts";
import { b64, decryptPush, startPushService, unb64 } from "../support/push_service.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const JOB = "notifications.web_push";
const P256 = { name: "ECDH", namedCurve: "P-256" };

Deno.test("Web Push: the example of RFC 8291, Appendix A", async () => {
  const asPublic = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
  const point = unb64(asPublic);
  const jwk = { kty: "EC", crv: "P-256", x: b64(point.slice(1, 33)), y: b64(point.slice(33)) };
  const privateKey = await crypto.subtle.importKey(
    "jwk",
    { ...jwk, d: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw" },
    P256,
    true,
    ["deriveBits"],
  );
  const publicKey = await crypto.subtle.importKey("raw", point, P256, true, []);
  const p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
  const auth = "BTBZMqHH6r4Tts7J_aSIgg";
  const text = new TextEncoder().encode("When I grow up, I want to be a watermelon");
  const body = await encryptPush(text, { p256dh, auth }, {
    keys: { privateKey, publicKey },
    salt: unb64("DGv6ra1nlYgDCS1FRnbzlw"),
  });
  assert.equal(
    b64(body),
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
  const receiver = unb64(p256dh);
  const receiverKey = await crypto.subtle.importKey(
    "jwk",
    {
      kty: "EC",
      crv: "P-256",
      x: b64(receiver.slice(1, 33)),
      y: b64(receiver.slice(33)),
      d: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    },
    P256,
    false,
    ["deriveBits"],
  );
  assert.deepEqual(await decryptPush(body, receiverKey, receiver, unb64(auth)), text);
  const again = await encryptPush(text, { p256dh, auth });
  assert.notEqual(b64(again), b64(await encryptPush(text, { p256dh, auth })), "salt and key are fresh every time");
});

Deno.test("Web Push: names of devices", () => {
  const agents = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0":
      "Edge, Windows",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36": "Chrome, Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1":
      "Safari, iPhone",
    "curl/8": "Browser",
  };
  for (const [agent, name] of Object.entries(agents)) assert.equal(describeAgent(agent), name);
  assert.equal(describeAgent(null), "Browser");
});

for (const kind of testedKinds()) {
  Deno.test(`Web Push on ${kind}`, async (t) => {
    await using service = await startPushService();
    await using it = await openNotificationApp(kind, {
      "webhook-private": "allow",
      "mail-from": "Ops <ops@example.org>",
    });
    const home = await it.addOrganization();
    const signedIn = async (ctx: Ctx): Promise<Ctx & { actor: PersonActor }> => {
      const sessionId = newId();
      await it.app.db.run(sql`
        insert into sessions (id, user_id, organization_id, expires_at) values (${sessionId}, ${ctx.actor.userId},
          ${ctx.actor.organizationId}, ${new Date(it.clock.now.getTime() + 7 * 86_400_000)})`);
      return { ...ctx, actor: { ...ctx.actor as PersonActor, sessionId } };
    };
    const sender = await it.addUser(home);
    const ana = await signedIn(await it.addUser(home, { locale: "es" }));
    const ben = await signedIn(await it.addUser(home));
    const { publicKey } = await serverKeys(it.app);
    const browserOf = async (ctx: Ctx) => {
      const browser = await service.browser(publicKey);
      const row = await addPushSubscription(ctx, browser.subscription);
      return { ...browser, id: row.id };
    };
    const tell = async (ctx: Ctx, more: Record<string, unknown> = {}) => {
      const sent = await notify(
        sender,
        note({ message: "ana te mencionó\nHola", user_ids: [ctx.actor.userId], ...more }),
      );
      await it.consume(pushConsumer);
      return sent;
    };
    const subscriptions = (ctx: Ctx) =>
      it.app.db.rows(sql`select id, failures from push_subscriptions where user_id = ${ctx.actor.userId} order by id`);
    const phone = await browserOf(ana);

    await t.step("encrypted to the browser, signed by the server, and nothing more than needed", async () => {
      const channel_id = newId(), message_id = newId();
      const { id } = await tell(ana, { type: "mention", data: { channel_id, message_id, private: "stays here" } });
      await it.runJobs(JOB);
      const [push] = service.pushes;
      assert.deepEqual(push!.data, {
        id,
        type: "mention",
        title: "ana te mencionó",
        body: "Hola",
        channel_id,
        message_id,
      });
      assert.deepEqual([push!.headers.ttl, push!.headers.urgency], ["86400", "high"]);
      assert.match(push!.headers.topic!, /^[\w-]{32}$/);
      assert.ok(!push!.headers.topic!.includes(channel_id.slice(0, 8)), "the service learns no ids");
      assert.equal(push!.claims.aud, service.origin);
      assert.equal(push!.claims.sub, "mailto:ops@example.org");
      const left = Number(push!.claims.exp) - it.clock.now.getTime() / 1000;
      assert.ok(left > 0 && left <= 24 * 3600, `${left}`);
      await tell(ana, { type: "mention", data: { channel_id, message_id: newId() } });
      await tell(ana, { type: "mention", data: { channel_id: newId(), message_id: newId() } });
      await it.runJobs(JOB);
      const topics = service.pushes.map((p) => p.headers.topic);
      assert.equal(topics[0], topics[1], "one waiting message per channel");
      assert.notEqual(topics[0], topics[2]);
    });

    await t.step("only the person's own browsers; a broadcast goes to nobody", async () => {
      service.pushes.length = 0;
      await browserOf(ben);
      await notify(sender, note({ message: "for all" }));
      await tell(ana);
      await it.runJobs(JOB);
      assert.deepEqual(service.pushes.map((p) => p.path), [phone.path]);
    });

    await t.step(
      "off: nothing; read or deleted meanwhile: nothing; session ended, person blocked: nothing",
      async () => {
        service.pushes.length = 0;
        await updateChatPreferences(ana, { push: "off" });
        await tell(ana);
        assert.equal(it.jobs.length, 0);
        await updateChatPreferences(ana, { push: "away" });
        const { id } = await tell(ana);
        await it.app.db.run(sql`
        insert into notification_reads (user_id, notification_id, organization_id, read_at)
        values (${ana.actor.userId}, ${id}, ${home}, now())`);
        await it.runJobs(JOB);
        const gone = await tell(ana);
        await it.app.db.run(sql`delete from notifications where id = ${gone.id}`);
        await it.runJobs(JOB);
        await tell(ana);
        await it.app.db.run(sql`update sessions set revoked_at = now() where id = ${ana.actor.sessionId}`);
        await it.runJobs(JOB);
        await it.app.db.run(sql`update sessions set revoked_at = null where id = ${ana.actor.sessionId}`);
        await tell(ana);
        await it.app.db.run(sql`update users set is_active = false where id = ${ana.actor.userId}`);
        await it.runJobs(JOB);
        await it.app.db.run(sql`update users set is_active = true where id = ${ana.actor.userId}`);
        assert.equal(service.pushes.length, 0);
      },
    );

    await t.step("quiet hours: no push", async () => {
      const [row] = await it.app.db.rows(sql`select count(*)::int as n from notification_preferences`);
      assert.equal(row!.n, 0);
      const value = {
        default: "push",
        types: {},
        quiet_hours: { enabled: true, start: "00:00", end: "23:59", timezone: "UTC" },
      };
      const before = it.clock.now;
      it.clock.now = new Date(`${before.toISOString().slice(0, 10)}T12:00:00Z`);
      await it.app.db.run(sql`
        insert into notification_preferences (user_id, organization_id, value, wants_email)
        values (${ana.actor.userId}, ${home}, ${JSON.stringify(value)}::jsonb, false)`);
      await tell(ana);
      assert.equal(it.jobs.length, 0);
      await it.app.db.run(sql`delete from notification_preferences`);
      it.clock.now = before;
    });

    await t.step("a busy service is asked again, no sooner than it says; then it stops", async () => {
      service.pushes.length = 0;
      let left = 2;
      service.answers.set(
        phone.path,
        () => left-- > 0 ? new Response(null, { status: 429, headers: { "retry-after": "700" } }) : undefined as never,
      );
      await tell(ana);
      await it.runJobs(JOB);
      assert.equal(it.jobs.length, 1);
      assert.equal(it.jobs[0]!.options.delaySeconds, 700);
      await it.runJobs(JOB);
      assert.equal(it.jobs[0]!.data.tries, 3);
      await it.runJobs(JOB);
      assert.equal(service.pushes.length, 1);
      assert.equal(it.jobs.length, 0);
      service.answers.set(phone.path, () => new Response(null, { status: 503 }));
      await tell(ana);
      const delays: number[] = [];
      while (it.jobs.length) {
        await it.runJobs(JOB);
        if (it.jobs.length) delays.push(it.jobs[0]!.options.delaySeconds!);
      }
      assert.equal(delays.length, 5);
      assert.ok(delays.every((delay, i) => i === 0 || delay > delays[i - 1]!), `growing: ${delays}`);
      service.answers.clear();
      assert.equal((await subscriptions(ana)).length, 1, "a busy service loses no subscription");
    });

    await t.step("what the service does not know any more goes; so does what only refuses", async () => {
      const [gone, refused] = [await browserOf(ana), await browserOf(ana)];
      service.answers.set(gone.path, () => new Response(null, { status: 410 }));
      service.answers.set(refused.path, () => new Response(null, { status: 403 }));
      await tell(ana);
      await it.runJobs(JOB);
      assert.deepEqual((await subscriptions(ana)).map((s) => [s.id, s.failures]), [[phone.id, 0], [refused.id, 1]]);
      for (let i = 0; i < 9; i++) {
        await tell(ana);
        await it.runJobs(JOB);
      }
      assert.deepEqual((await subscriptions(ana)).map((s) => s.id), [phone.id]);
      assert.equal(it.jobs.length, 0);
      service.answers.clear();
    });

    await t.step("news of hours ago are not news", async () => {
      const before = it.clock.now;
      await notify(sender, note({ user_ids: [ana.actor.userId] }));
      it.clock.now = new Date(Date.now() + 2 * 3_600_000);
      await it.consume(pushConsumer);
      assert.equal(it.jobs.length, 0);
      it.clock.now = before;
    });

    await t.step("at most 20 browsers each; a browser belongs to who signed in last", async () => {
      for (let i = 0; i < 21; i++) await browserOf(ana);
      assert.equal((await subscriptions(ana)).length, 20);
      const shared = await service.browser(publicKey);
      await addPushSubscription(ana, shared.subscription);
      await addPushSubscription(ben, shared.subscription);
      const rows = await it.app.db.rows(sql`
        select user_id from push_subscriptions where endpoint = ${shared.subscription.endpoint}`);
      assert.deepEqual(rows.map((r) => r.user_id), [ben.actor.userId]);
    });

    await t.step("the key pair is kept sealed, and made anew with another secret", async () => {
      const row = await it.app.db.one(sql`select * from push_keys`);
      assert.equal(row.public_key, publicKey);
      const same = { ...it.app };
      assert.equal((await serverKeys(same)).publicKey, publicKey);
      const { deriveKeys } = await import("../../kernel/keys.ts");
      const other = { ...it.app, keys: await deriveKeys("another secret that is long enough for it") };
      assert.notEqual((await serverKeys(other)).publicKey, publicKey);
      assert.equal((await it.app.db.rows(sql`select 1 from push_subscriptions`)).length, 0);
    });
    assert.deepEqual(service.complaints, []);
  });
}

Deno.test("Web Push over HTTP: subscribe, test, away and present, leave", async () => {
  await using service = await startPushService();
  await using t = await createTestApp({ settings: { "webhook-private": "allow", registration: "open" } });
  const owner = await t.owner(), ana = await t.person("viewer", "ana"), eve = await t.stranger();
  const { id: organizationId } = (await t.call("GET", "/organization", { token: owner.access })).body;
  const { body: { public_key } } = await t.call("GET", "/push/key", { token: ana.access });
  assert.equal(unb64(public_key).length, 65);
  const browser = await service.browser(public_key);
  const headers = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
  const made = await t.call("POST", "/push/subscriptions", {
    token: ana.access,
    headers,
    body: { ...browser.subscription, expirationTime: null },
  });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.body.device_name, made.body.service, made.body.current], [
    "Firefox, Linux",
    "127.0.0.1",
    true,
  ]);
  const { id } = made.body;

  for (const stranger of [owner, eve]) {
    assert.deepEqual((await t.call("GET", "/push/subscriptions", { token: stranger.access })).body.items, []);
    assert.equal((await t.call("DELETE", `/push/subscriptions/${id}`, { token: stranger.access })).status, 404);
    assert.equal((await t.call("POST", `/push/subscriptions/${id}/test`, { token: stranger.access })).status, 404);
  }
  assert.equal((await t.call("POST", `/push/subscriptions/${id}/test`, { token: ana.access })).status, 202);
  await until(() => service.pushes.length === 1);
  assert.equal(service.pushes[0]!.data.type, "test");

  const send = (message: string) =>
    t.call("POST", "/notify", { token: owner.access, body: { type: "note", message, user_ids: [ana.id] } });
  {
    await using socket = await openSocket(`${t.url}/ws?token=${ana.access}&channels=user:me:notifications`);
    await until(() => t.app.realtime.onlineUsers(organizationId).includes(ana.id));
    await send("while present");
    await socket.wait((f) => f.message === "while present");
    // Whether somebody is present is asked when the event is read, a moment later.
    await until(() =>
      t.app.db.maybe(sql`
        select 1 from event_consumers where name = 'notifications.web_push'
          and (txid, event_id) >= (select txid, id from events order by txid desc, id desc limit 1)`)
    );
  }
  await until(() => !t.app.realtime.onlineUsers(organizationId).includes(ana.id));
  await send("while away");
  await until(() => service.pushes.some((p) => p.data.title === "while away"));
  assert.ok(!service.pushes.some((p) => p.data.title === "while present"));

  // Leaving the session silences its browsers.
  assert.equal((await t.call("POST", "/auth/logout", { token: ana.access })).status, 204);
  const again = (await t.login(ana)).body.access_token;
  const asked = await t.call("POST", `/push/subscriptions/${id}/test`, { token: again });
  assert.equal(asked.status, 202);
  const listed = await t.call("GET", "/push/subscriptions", { token: again });
  assert.equal(listed.body.items[0].current, false);
  const endpoint = encodeURIComponent(browser.subscription.endpoint);
  assert.equal((await t.call("DELETE", `/push/subscriptions?endpoint=${endpoint}`, { token: again })).status, 204);
  assert.equal((await t.call("DELETE", `/push/subscriptions?endpoint=${endpoint}`, { token: again })).status, 404);
  assert.equal(service.pushes.filter((p) => p.data.type === "test").length, 1);
  assert.deepEqual(service.complaints, []);
});

Deno.test("Web Push: endpoints that are not called, keys that are none, API tokens", async () => {
  await using t = await createTestApp();
  const ana = await t.owner();
  await using service = await startPushService();
  const { body: { public_key } } = await t.call("GET", "/push/key", { token: ana.access });
  const { subscription: { keys } } = await service.browser(public_key);
  const add = (body: unknown, token = ana.access) => t.call("POST", "/push/subscriptions", { token, body });
  const endpoints = [
    service.origin + "/push/1",
    "http://push.example.org/1",
    "https://127.0.0.1/1",
    "https://localhost/1",
    "https://a.localhost/1",
    "https://10.1.2.3/1",
    "https://192.168.0.1/1",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/1",
    "https://[::ffff:127.0.0.1]/1",
    "https://2130706433/1",
    "https://me:secret@push.example.org/1",
    "ftp://push.example.org/1",
    "javascript:alert(1)",
    "",
  ];
  for (const endpoint of endpoints) assert.equal((await add({ endpoint, keys })).status, 422, endpoint);
  const endpoint = "https://push.example.org/1";
  for (
    const bad of [
      { ...keys, auth: "AAAA" },
      { ...keys, p256dh: keys.p256dh.slice(4) },
      { ...keys, p256dh: b64(Uint8Array.from([4, ...new Uint8Array(64).fill(7)])) },
      {},
    ]
  ) assert.equal((await add({ endpoint, keys: bad })).status, 422, JSON.stringify(bad));
  assert.equal((await add({ endpoint, keys })).status, 201);
  const made = await t.call("POST", "/auth/tokens", {
    token: ana.access,
    body: { name: "bot", scopes: ["notifications.read"] },
  });
  assert.equal(made.status, 201, made.text);
  assert.equal((await add({ endpoint, keys }, made.body.token)).status, 403);
  assert.equal((await t.call("GET", "/push/key")).status, 401);
});
