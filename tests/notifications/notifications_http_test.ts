// Notifications through the whole server over real sockets: REST, WebSocket, stream, jobs, consumers and the document.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { channels } from "../../protocol/wire/channels.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { openSocket } from "../support/socket_client.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

/** Every event type of the requirement document. */
const TOURISM = [
  "usuario_registrado",
  "usuario_inicio_sesion",
  "reserva_creada",
  "reserva_actualizada",
  "reserva_cancelada",
  "servicio_contratado",
  "recomendacion_creada",
  ...["tour", "servicio", "destino", "guia"].flatMap((thing) =>
    ["creado", "actualizado", "eliminado"].map((verb) => `${thing}_${verb}`)
  ),
];

async function apiToken(t: TestApp, access: string, scopes: string[]): Promise<string> {
  const made = await t.call("POST", "/auth/tokens", { token: access, body: { name: "bookings", scopes } });
  assert.equal(made.status, 201, made.text);
  return made.body.token;
}

for (const kind of testedKinds()) {
  Deno.test(`http: notifications on ${kind}`, async (t) => {
    await using smtp = await startSmtp();
    await using app = await createTestApp({
      db: kind,
      settings: { registration: "open", "webhook-private": "allow", "smtp-url": smtp.url },
    });
    const owner = await app.owner(), ana = await app.person("member", "ana"), viewer = await app.person("viewer");
    const stranger = await app.stranger();
    const token = await apiToken(app, owner.access, ["notify"]);
    const notify = (body: unknown, headers?: Record<string, string>, as = token) =>
      app.call("POST", "//notify", { token: as, body, headers });

    await t.step("a curl to /notify reaches an open socket with everything in the push", async () => {
      await using socket = await openSocket(`${app.url}/ws?token=${ana.access}`);
      await using theirs = await openSocket(`${app.url}/ws?token=${stranger.access}`);
      for (const one of [socket, theirs]) {
        const ack = await one.ask({
          type: "subscribe",
          channels: ["broadcast", "user:me:notifications", "notify:ops"],
        });
        assert.deepEqual(ack.data.denied, {});
      }
      const sent = await notify({ type: "reserva_creada", message: "Nueva reserva", data: { personas: 2 } });
      assert.equal(sent.status, 202);
      const push = await socket.wait((f) => f.type === "reserva_creada");
      const { timestamp, epoch, ...rest } = push;
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(epoch);
      assert.deepEqual(rest, {
        type: "reserva_creada",
        message: "Nueva reserva",
        data: { personas: 2 },
        id: sent.body.id,
        channel: "broadcast",
        offset: sent.body.offset,
      });
      await notify({ type: "aviso", message: "for you", user_ids: [ana.id] });
      const personal = await socket.wait((f) => f.type === "aviso");
      assert.deepEqual([personal.channel, personal.offset], [channels.userNotifications(ana.id), 1]);
      const live = await app.call("POST", "/notify", { token, body: { type: "vivo", message: "m", persist: false } });
      assert.equal(live.body.offset, null);
      const ephemeral = await socket.wait((f) => f.type === "vivo");
      assert.deepEqual([ephemeral.id, ephemeral.message, ephemeral.offset], [live.body.id, "m", undefined]);
      await app.call("POST", "/notifications/read-all", { token: ana.access });
      assert.deepEqual((await socket.wait((f) => f.type === "notification_read")).data, {
        ids: "all",
        unread_count: 0,
      });
      assert.deepEqual(theirs.frames.filter((f) => f.channel), []);
    });

    await t.step("nobody reads another person's channel, not even the owner", async () => {
      await using socket = await openSocket(`${app.url}/ws?token=${owner.access}`);
      const ack = await socket.ask({ type: "subscribe", channels: [channels.userNotifications(ana.id)] });
      assert.deepEqual(ack.data.denied, { [channels.userNotifications(ana.id)]: "forbidden" });
    });

    await t.step("one status and code for each refusal", async () => {
      const one = { type: "a", message: "m" };
      const cases: [status: number, code: string, body: unknown, as?: string][] = [
        [400, "invalid_json", '{"type":'],
        [422, "validation_failed", []],
        [422, "validation_failed", { ...one, message: undefined }],
        [422, "validation_failed", { ...one, channel: 7 }],
        [422, "validation_failed", { notifications: [one, { ...one, type: "No" }] }],
        [422, "reserved_type", { ...one, type: "metrics" }],
        [404, "unknown_channel", { ...one, channel: "dashboard" }],
        [422, "validation_failed", { ...one, user_ids: [stranger.id] }],
        [413, "too_large", { ...one, data: "x".repeat(2 * 1024 * 1024) }],
        [403, "forbidden", one, viewer.access],
        [401, "unauthenticated", one, ""],
        [401, "unauthenticated", one, "pulpo_nonsense"],
      ];
      for (const [status, code, body, as] of cases) {
        const answer = await notify(body, {}, as);
        assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text);
      }
      const batch = await notify({ notifications: [one, { ...one, type: "No" }] });
      assert.equal(batch.body.errors[0].path, "notifications.1.type");
    });

    await t.step("batch, Idempotency-Key and dedupe_key", async () => {
      const batch = await notify({ notifications: TOURISM.map((type) => ({ type, message: type })) });
      assert.equal(batch.status, 202);
      assert.equal(batch.body.items.length, TOURISM.length);
      const key = { "idempotency-key": "k-1" };
      const first = await notify({ type: "a", message: "m" }, key);
      assert.deepEqual((await notify({ type: "a", message: "m" }, key)).body, first.body);
      assert.equal((await notify({ type: "a", message: "other" }, key)).body.code, "idempotency_mismatch");
      const dedupe = { type: "a", message: "m", dedupe_key: "d-1" };
      const [one, two] = await Promise.all([notify(dedupe), notify(dedupe)]);
      assert.deepEqual([one.body.duplicate, two.body.duplicate].sort(), [false, true]);
      assert.deepEqual({ ...one.body, duplicate: true }, { ...two.body, duplicate: true });
    });

    await t.step("inbox, read, preferences, presets", async () => {
      const get = (path: string) => app.call("GET", path, { token: ana.access });
      const page = await get("/notifications?limit=3&unread=true");
      assert.equal(page.status, 200);
      assert.equal(page.body.items.length, 3);
      assert.ok(page.body.next_cursor);
      const [item] = page.body.items;
      assert.deepEqual(Object.keys(item).sort(), [
        "channel",
        "created_at",
        "data",
        "id",
        "message",
        "read_at",
        "sender",
        "type",
      ]);
      const read = await app.call("POST", `/notifications/${item.id}/read`, { token: ana.access });
      assert.deepEqual(read.body, { unread_count: page.body.unread_count - 1 });
      assert.equal((await app.call("POST", `/notifications/${item.id}/read`, { token: stranger.access })).status, 404);
      assert.equal((await app.call("POST", `/notifications/nothing/read`, { token: ana.access })).status, 404);
      assert.equal((await get("/notifications?unread=maybe")).status, 422);
      const defaults = (await get("/notifications/preferences")).body;
      assert.equal(defaults.default, "push");
      const put = (body: unknown) => app.call("PUT", "/notifications/preferences", { token: ana.access, body });
      const quiet_hours = { enabled: true, start: "22:00", end: "07:00", timezone: "Europe/Madrid" };
      for (
        const bad of [
          { default: "sms" },
          { types: { "No": "push" } },
          { quiet_hours: { ...quiet_hours, timezone: "Mars/Olympus" } },
          { quiet_hours: { ...quiet_hours, timezone: "+02:00" } },
          { quiet_hours: { ...quiet_hours, start: "24:00" } },
          { quiet_hours: { ...quiet_hours, end: "22:00" } },
        ]
      ) assert.equal((await put(bad)).status, 422, JSON.stringify(bad));
      const off = { ...quiet_hours, enabled: false };
      const changed = await put({ quiet_hours: off, types: { guia_creado: "none" } });
      assert.deepEqual(changed.body, { default: "push", types: { guia_creado: "none" }, quiet_hours: off });
      assert.deepEqual((await get("/notifications/preferences")).body, changed.body);
      const presets = (await get("/notifications/presets")).body.items;
      assert.deepEqual(presets[0].types.map((p: { type: string }) => p.type), TOURISM);
      for (const { label, icon, group } of presets[0].types) assert.ok(label.en && label.es && icon && group);
    });

    await t.step("mail goes out by itself: targeted by job, broadcast by consumer and job", async () => {
      await app.call("PUT", "/notifications/preferences", { token: ana.access, body: { default: "email" } });
      await notify({ type: "aviso", message: "by job", user_ids: [ana.id] });
      await notify({ type: "aviso", message: "by consumer" });
      const mails = (text: string) => smtp.mails.filter((mail) => mailText(mail).includes(text)).length;
      await until(() => mails("by job") && mails("by consumer"), { timeoutMs: 20_000 });
      assert.deepEqual([mails("by job"), mails("by consumer")], [1, 1]);
      await app.call("PUT", "/notifications/preferences", { token: ana.access, body: { default: "push" } });
    });

    await t.step("an incoming webhook as Slack's users call it", async () => {
      const made = await app.call("POST", "/webhooks/incoming", {
        token: owner.access,
        body: { name: "CI", channel: "notify:builds" },
      });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.url, `${app.url}/hooks/${made.body.token}`);
      await using socket = await openSocket(`${app.url}/ws?token=${ana.access}&channels=notify:builds`);
      await socket.wait((f) => f.type === "ack");
      const post = (body: string, type = "application/json", path = made.body.url) =>
        fetch(path, { method: "POST", body, headers: { "content-type": type } }).then(async (r) => [
          r.status,
          await r.text(),
          r.headers.get("content-type")?.split(";")[0],
        ]);
      const form = "application/x-www-form-urlencoded";
      assert.deepEqual(await post('{"text":"one"}'), [200, "ok", "text/plain"]);
      assert.deepEqual(await post(`payload=${encodeURIComponent('{"text":"two & more"}')}`, form), [
        200,
        "ok",
        "text/plain",
      ]);
      assert.deepEqual(await post('{"text":"three"}', form), [200, "ok", "text/plain"]);
      const base = `${app.url}/api/v1/hooks/${made.body.token}`;
      assert.deepEqual(await post('{"text":"four"}', "text/plain", base), [200, "ok", "text/plain"]);
      await socket.wait((f) => f.message === "four");
      const said = socket.frames.filter((f) => f.type === "webhook_message").map((f) => f.message);
      assert.deepEqual(said, ["one", "two & more", "three", "four"]);
      assert.deepEqual(await post("{}"), [400, "no_text", "text/plain"]);
      assert.deepEqual(await post("not json"), [400, "invalid_payload", "text/plain"]);
      assert.deepEqual(await post('{"text":"a"}', undefined, `${app.url}/hooks/nobody`), [
        404,
        "no_service",
        "text/plain",
      ]);
      const gone = await app.call("DELETE", `/webhooks/incoming/${made.body.id}`, { token: owner.access });
      assert.equal(gone.status, 204);
      assert.deepEqual(await post('{"text":"five"}'), [404, "no_service", "text/plain"]);
      assert.ok(!app.logs.some((line) => line.includes(made.body.token)), "the token is in no log line");
    });

    await t.step("an outgoing webhook gets its event by itself, and the log says so", async () => {
      const received: { signature: string | null; timestamp: string | null; body: string }[] = [];
      await using receiver = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
        const { headers } = request;
        const body = await request.text();
        received.push({
          signature: headers.get("x-pulpo-signature"),
          timestamp: headers.get("x-pulpo-timestamp"),
          body,
        });
        return new Response("thanks");
      });
      const made = await app.call("POST", "/webhooks/outgoing", {
        token: owner.access,
        body: { name: "Bookings", url: `http://127.0.0.1:${receiver.addr.port}/`, events: ["reserva_cancelada"] },
      });
      assert.equal(made.status, 201, made.text);
      await notify({ type: "reserva_cancelada", message: "Cancelada" });
      const { signature, timestamp, body } = await until(() => received[0], { timeoutMs: 20_000 });
      const mac = createHmac("sha256", made.body.secret).update(`${timestamp}.${body}`).digest("hex");
      assert.equal(signature, `sha256=${mac}`);
      const path = `/webhooks/outgoing/${made.body.id}`;
      const log = await until(async () => {
        const { body } = await app.call("GET", `${path}/deliveries`, { token: owner.access });
        return body.items[0]?.status === "delivered" && body.items;
      });
      assert.equal(log.length, 1);
      assert.equal((await app.call("POST", `${path}/test`, { token: owner.access })).status, 202);
      await until(() => received.length === 2, { timeoutMs: 20_000 });
      const resent = await app.call("POST", `/webhooks/outgoing/deliveries/${log[0].id}/resend`, {
        token: owner.access,
      });
      assert.equal(resent.status, 202);
      await until(() => received.length === 3, { timeoutMs: 20_000 });
      assert.equal(received[2]!.body, received[0]!.body);
      const changed = await app.call("PUT", path, { token: owner.access, body: { enabled: false } });
      assert.equal(changed.body.enabled, false);
      assert.equal((await app.call("GET", "/webhooks/outgoing", { token: ana.access })).status, 403);
      assert.equal((await app.call("GET", path, { token: stranger.access })).status, 404);
      assert.equal((await app.call("DELETE", path, { token: owner.access })).status, 204);
      assert.equal((await app.call("GET", path, { token: owner.access })).status, 404);
    });

    await t.step("every endpoint is in the document, with examples", async () => {
      const document = (await app.call("GET", "//openapi.json")).body;
      const wanted: Record<string, string[]> = {
        "/notify": ["post"],
        "/api/v1/notify": ["post"],
        "/api/v1/notifications": ["get"],
        "/api/v1/notifications/{id}/read": ["post"],
        "/api/v1/notifications/read-all": ["post"],
        "/api/v1/notifications/preferences": ["get", "put"],
        "/api/v1/notifications/presets": ["get"],
        "/api/v1/webhooks/incoming": ["get", "post"],
        "/api/v1/webhooks/incoming/{id}": ["delete", "put"],
        "/api/v1/webhooks/outgoing": ["get", "post"],
        "/api/v1/webhooks/outgoing/{id}": ["delete", "get", "put"],
        "/api/v1/webhooks/outgoing/{id}/deliveries": ["get"],
        "/api/v1/webhooks/outgoing/{id}/test": ["post"],
        "/api/v1/webhooks/outgoing/deliveries/{id}/resend": ["post"],
        "/hooks/{token}": ["post"],
        "/api/v1/hooks/{token}": ["post"],
      };
      for (const [path, methods] of Object.entries(wanted)) {
        assert.deepEqual(Object.keys(document.paths[path] ?? {}).sort(), methods, path);
        for (const method of methods) {
          const operation = document.paths[path][method];
          assert.ok(operation.summary, path);
          const bodies = [
            ...Object.values(operation.requestBody?.content ?? {}).slice(0, 1),
            ...Object.entries(operation.responses).filter(([s]) => s.startsWith("2") && s !== "204").flatMap(
              // deno-lint-ignore no-explicit-any
              ([, r]: [string, any]) => Object.values(r.content ?? {}),
            ),
          ];
          // deno-lint-ignore no-explicit-any
          for (const body of bodies as any[]) assert.ok(body.example !== undefined, `${method} ${path} has no example`);
        }
      }
    });
  });
}
