// WebSocket and SSE against the whole server, as CONTRACT section 3 says it, over real sockets.
import assert from "node:assert/strict";
import { openSocket } from "../support/socket_client.ts";
import { onEachTransport } from "../support/socket_kinds.ts";
import { openStream } from "../support/stream_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

async function notify(t: TestApp, token: string, body: Record<string, unknown>) {
  const answer = await t.call("POST", "//notify", { token, body: { type: "test_event", message: "m", ...body } });
  assert.equal(answer.status, 202, answer.text);
  return answer.body as { id: string; channel: string; offset: number };
}

/** An API token of the owner. */
async function apiToken(t: TestApp, scopes = ["notify"], expires_at?: string): Promise<{ id: string; token: string }> {
  const { access } = await t.owner();
  const made = await t.call("POST", "/auth/tokens", { token: access, body: { name: "test", scopes, expires_at } });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

onEachTransport("every way to sign in to a socket, and no other", async (transport) => {
  await using t = await createTestApp({ transport });
  const { access, id } = await t.owner();
  const ticket = async () => (await t.call("POST", "/auth/ticket", { token: access })).body.ticket as string;
  const once = await ticket();
  for (
    const [path, headers] of [
      [`/ws?token=${access}`, {}],
      [`/api/v1/ws?token=${access}`, {}],
      [`/ws?token=${once}`, {}],
      ["/ws", { authorization: `Bearer ${access}` }],
      ["/ws", { cookie: `pulpo_access=${access}`, origin: t.sockets }],
    ] as [string, Record<string, string>][]
  ) {
    await using socket = await openSocket(t.sockets + path, { headers });
    assert.equal((await socket.ask({ type: "ping" })).type, "pong", path);
  }
  {
    await using socket = await openSocket(`${t.sockets}/ws`);
    const ack = await socket.ask({ type: "auth", token: await ticket() });
    assert.equal(ack.type, "ack");
    assert.equal(ack.data.user_id, id);
    assert.ok(Date.parse(ack.data.expires_at) > Date.now());
  }
  const refused: [string, Record<string, string>, number][] = [
    [`/ws?token=${once}`, {}, 4401], // a ticket works once
    [`/ws?token=nonsense`, {}, 4401],
    [`/ws?token=${access.slice(0, -4)}AAAA`, {}, 4401],
  ];
  for (const [path, headers, code] of refused) {
    await using socket = await openSocket(t.sockets + path, { headers });
    assert.equal((await socket.waitClosed()).code, code, path);
  }
  // A cookie from another site's page is no sign-in: the socket waits for an auth frame and takes nothing else.
  await using foreign = await openSocket(`${t.sockets}/ws`, {
    headers: { cookie: `pulpo_access=${access}`, origin: "https://evil.example" },
  });
  foreign.send({ type: "subscribe", channels: ["broadcast"] });
  assert.equal((await foreign.waitClosed()).code, 4401);
  await using silent = await openSocket(`${t.sockets}/ws`);
  assert.equal((await silent.waitClosed()).code, 4401); // after 10 s
  const plain = await t.call("GET", "//ws", { token: access });
  assert.equal(plain.status, 400);
});

onEachTransport(
  "a notification reaches a socket, a batching socket and a stream, in order, in the contract's form",
  async (transport) => {
    await using t = await createTestApp({ transport });
    const { access } = await t.owner();
    const { token } = await apiToken(t);
    await using socket = await openSocket(`${t.sockets}/ws?token=${access}`);
    const ack = await socket.ask({ type: "subscribe", channels: ["broadcast", "notify:alerts"], presence: true });
    assert.deepEqual(Object.keys(ack.data.channels).sort(), ["broadcast", "notify:alerts"]);
    const { epoch, offset, recovered, presence } = ack.data.channels.broadcast;
    assert.equal(typeof epoch, "string");
    assert.deepEqual({ offset, recovered }, { offset: 0, recovered: false });
    assert.equal(presence.count, 1);
    await using batching = await openSocket(`${t.sockets}/ws?batch=1&token=${access}&channels=broadcast`);
    const connected = await batching.wait((f) => f.type === "ack");
    assert.equal("id" in connected, false);
    assert.ok(connected.data.channels.broadcast);
    await using byProtocol = await openSocket(`${t.sockets}/ws?token=${access}&channels=broadcast`, {
      protocols: ["pulpo.batch"],
    });
    await byProtocol.wait((f) => f.type === "ack");
    await using stream = await openStream(`${t.url}/sse?channels=broadcast&token=${access}`);
    await stream.wait((e) => e.event === "ack");

    const sent = await Promise.all(range(1, 300).map((n) => notify(t, token, { data: { n } })));
    assert.deepEqual(sent.map((s) => s.offset).sort((a, b) => a - b), range(1, 300));
    const pushes = (frames: { type?: string }[]) => frames.filter((f) => f.type === "test_event");
    for (const reader of [socket, batching, byProtocol]) {
      await until(() => pushes(reader.frames).length === 300);
      assert.deepEqual(pushes(reader.frames).map((f) => (f as { offset: number }).offset), range(1, 300));
    }
    assert.ok(batching.texts.length < 200, `${batching.texts.length} frames for 300 pushes`);
    await stream.wait((e) => e.data.offset === 300);
    const events = stream.events.filter((e) => e.event === "test_event");
    assert.deepEqual(events.map((e) => e.data.offset), range(1, 300));

    const first = sent.find((s) => s.offset === 1)!;
    const push = pushes(socket.frames)[0]!;
    const { data: _n, timestamp, ...rest } = push as Record<string, unknown>;
    assert.deepEqual(rest, { type: "test_event", message: "m", id: first.id, channel: "broadcast", offset: 1, epoch });
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(events[0]!.data, push);
  },
);

onEachTransport(
  "resuming gets what was missed once, on a socket and on streams of one and of several channels",
  async (transport) => {
    await using t = await createTestApp({ transport });
    const { access } = await t.owner();
    const { token } = await apiToken(t);
    const single = await openStream(`${t.url}/sse?channels=broadcast&token=${access}`);
    const double = await openStream(`${t.url}/sse?channels=broadcast,notify:a&token=${access}`);
    for (const s of [single, double]) await s.wait((e) => e.event === "ack");
    const socket = await openSocket(`${t.sockets}/ws?token=${access}`);
    const { epoch } = (await socket.ask({ type: "subscribe", channels: ["broadcast"] })).data.channels.broadcast;
    for (const n of range(1, 5)) await notify(t, token, { data: n });
    await notify(t, token, { channel: "notify:a" });
    await double.wait((e) => e.data.channel === "notify:a");
    await single.wait((e) => e.data.offset === 5);
    for (const reader of [single, double, socket]) await reader[Symbol.asyncDispose]();
    for (const n of range(6, 700)) await notify(t, token, { data: n });
    await notify(t, token, { channel: "notify:a" });

    await using again = await openSocket(`${t.sockets}/ws?token=${access}`);
    const ack = await again.ask({
      type: "subscribe",
      channels: ["broadcast"],
      since: { broadcast: { epoch, offset: 5 } },
    });
    assert.equal(ack.data.channels.broadcast.recovered, true);
    await again.wait((f) => f.offset === 700);
    assert.deepEqual(again.frames.filter((f) => f.offset).map((f) => f.offset), range(6, 700));

    const resumed = await Promise.all([
      openStream(`${t.url}/sse?channels=broadcast&token=${access}`, { "last-event-id": single.lastEventId }),
      openStream(`${t.url}/sse?channels=broadcast,notify:a&token=${access}`, { "last-event-id": double.lastEventId }),
      openStream(
        `${t.url}/sse?channels=broadcast&token=${access}&last_event_id=${encodeURIComponent(single.lastEventId)}`,
      ),
    ]);
    for (const stream of resumed) {
      await stream.wait((e) => e.data.channel === "broadcast" && e.data.offset === 700);
      const offsets = stream.events.filter((e) => e.data.channel === "broadcast").map((e) => e.data.offset);
      assert.deepEqual(offsets, range(6, 700));
      assert.equal(stream.events[0]!.data.data.channels.broadcast.recovered, true);
    }
    await resumed[1]!.wait((e) => e.data.channel === "notify:a");
    assert.deepEqual(
      resumed[1]!.events.filter((e) => e.data.channel === "notify:a").map((e) => e.data.offset),
      [2],
    );
    for (const stream of resumed) await stream[Symbol.asyncDispose]();

    await using old = await openSocket(`${t.sockets}/ws?token=${access}`);
    const lost = await old.ask({
      type: "subscribe",
      channels: ["broadcast"],
      since: { broadcast: { epoch: "x", offset: 5 } },
    });
    assert.equal(lost.data.channels.broadcast.recovered, false);
    assert.equal(lost.data.channels.broadcast.offset, 700);
  },
);

onEachTransport(
  "bad frames get the contract's codes and keep the connection; too large or too many end it",
  async (transport) => {
    await using t = await createTestApp({ transport });
    const { access, id } = await t.owner();
    await using socket = await openSocket(`${t.sockets}/ws?token=${access}`);
    const answerTo = async (raw: string | Uint8Array) => {
      const before = socket.frames.length;
      socket.sendRaw(raw);
      await until(() => socket.frames.length > before);
      return socket.frames[before]!;
    };
    assert.equal((await answerTo("{not json")).code, "invalid_json");
    for (const raw of ["[]", "1", "null", '"x"', "{}", '{"type":5}']) {
      assert.equal((await answerTo(raw)).code, "validation_failed", raw);
    }
    assert.equal((await answerTo(new Uint8Array([1, 2, 3]))).code, "bad_request");
    const wrong: [Record<string, unknown>, string][] = [
      [{ type: "no_such_frame" }, "unknown_type"],
      [{ type: "subscribe" }, "validation_failed"],
      [{ type: "subscribe", channels: "broadcast" }, "validation_failed"],
      [{ type: "subscribe", channels: [] }, "validation_failed"],
      [{ type: "subscribe", channels: ["x".repeat(200)] }, "validation_failed"],
      [
        { type: "subscribe", channels: ["broadcast"], since: { broadcast: { epoch: "e", offset: -1 } } },
        "validation_failed",
      ],
      [{ type: "presence", status: "dancing" }, "validation_failed"],
    ];
    for (const [frame, code] of wrong) {
      const answer = await socket.ask(frame);
      assert.deepEqual({ type: answer.type, code: answer.code }, { type: "error", code }, JSON.stringify(frame));
    }
    const stranger = crypto.randomUUID();
    const ack = await socket.ask({
      type: "subscribe",
      channels: [
        "nonsense",
        "_control",
        "_presence",
        `user:${stranger}:notifications`,
        "channel:" + stranger,
        "notify:",
        "notify:a\tb",
        "user:me:notifications",
      ],
    });
    assert.deepEqual(Object.keys(ack.data.channels), ["user:me:notifications"]);
    assert.equal(ack.data.channels["user:me:notifications"].channel, `user:${id}:notifications`);
    assert.equal(Object.keys(ack.data.denied).length, 7);
    for (const code of Object.values(ack.data.denied)) {
      assert.ok(["unknown_channel", "not_found", "forbidden"].includes(code as string), String(code));
    }
    const gone = await socket.ask({ type: "unsubscribe", channels: ["user:me:notifications", "broadcast"] });
    assert.deepEqual(gone.data.unsubscribed, ["user:me:notifications"]);
    assert.equal(socket.closed, undefined);

    socket.sendRaw(JSON.stringify({ type: "ping", id: "x".repeat(1024 * 1024) }));
    assert.equal((await socket.waitClosed()).code, 1009);
    await using flood = await openSocket(`${t.sockets}/ws?token=${access}`);
    for (let i = 0; i < 3000; i++) flood.send({ type: "ping" });
    assert.equal((await flood.waitClosed()).code, 4429);
  },
);

Deno.test("streams: errors are plain HTTP, one allowed channel is enough, /sse/dashboard speaks at once", async () => {
  await using t = await createTestApp();
  const { access } = await t.owner();
  const expect: [string, string, number, string][] = [
    ["/sse?channels=broadcast", "", 401, "unauthenticated"],
    ["/sse?channels=broadcast&token=nonsense", "", 401, "unauthenticated"],
    ["/sse", access, 422, "validation_failed"],
    ["/sse?channels=nonsense", access, 404, "unknown_channel"],
    [`/sse?channels=user:${crypto.randomUUID()}:notifications`, access, 403, "forbidden"],
    ["/sse/dashboard", "", 401, "unauthenticated"],
  ];
  for (const [path, token, status, code] of expect) {
    const stream = await openStream(t.url + path, token ? { authorization: `Bearer ${token}` } : {});
    assert.deepEqual([stream.status, stream.problem.code], [status, code], path);
  }
  await using mixed = await openStream(`${t.url}/sse?channels=broadcast,nonsense&token=${access}`);
  assert.deepEqual((await mixed.wait((e) => e.event === "ack")).data.data.denied, { nonsense: "unknown_channel" });
  assert.equal(mixed.headers.get("content-type"), "text/event-stream; charset=utf-8");
  await using dashboard = await openStream(`${t.url}/sse/dashboard`, { authorization: `Bearer ${access}` });
  const { data } = await dashboard.wait((e) => e.event === "metrics");
  const fields = [
    "active_users",
    "messages_per_minute",
    "active_channels",
    "connections",
    "agents_online",
    "servers_running",
  ];
  for (const place of [data, data.data]) {
    for (const field of fields) assert.equal(typeof place[field], "number", field);
    assert.equal(typeof place.server_load.event_loop_lag_ms, "number");
  }
  assert.ok(data.connections >= 1);
  await until(() => dashboard.events.filter((e) => e.event === "metrics").length >= 2);
});

onEachTransport("presets: own notifications, others' not; administrators only", async (transport) => {
  await using t = await createTestApp({ transport });
  const owner = await t.owner(), member = await t.person("member");
  await using own = await openSocket(`${t.sockets}/ws/notifications/${member.id}?token=${member.access}`);
  await own.wait((f) => f.type === "ack" && f.data.channels[`user:${member.id}:notifications`]);
  await notify(t, owner.access, { user_ids: [member.id] });
  await own.wait((f) => f.type === "test_event");
  for (const path of [`/ws/notifications/${owner.id}`, "/ws/admin"]) {
    await using refused = await openSocket(`${t.sockets}${path}?token=${member.access}`);
    assert.equal((await refused.waitClosed()).code, 4403, path);
  }
  await using admin = await openSocket(`${t.sockets}/ws/admin?token=${owner.access}`);
  assert.equal((await admin.ask({ type: "ping" })).type, "pong");
});

onEachTransport(
  "access ends: token expiry with warning and renewal, logout, revoked token, lost role, disabled account",
  async (transport) => {
    await using t = await createTestApp({ transport });
    const owner = await t.owner();
    const soon = await apiToken(t, ["notify"], new Date(Date.now() + 4000).toISOString());
    const lasting = await apiToken(t);
    await using ending = await openSocket(`${t.sockets}/ws?token=${soon.token}&channels=broadcast`);
    await using renewed = await openSocket(`${t.sockets}/ws?token=${soon.token}&channels=broadcast`);
    await using stream = await openStream(`${t.url}/sse?channels=broadcast&token=${soon.token}`);
    const warning = await renewed.wait((f) => f.type === "token_expiring");
    assert.ok(Date.parse(warning.expires_at) > Date.now() - 5000);
    assert.equal((await renewed.ask({ type: "auth", token: lasting.token })).type, "ack");
    assert.equal((await ending.waitClosed()).code, 4401);
    await until(() => stream.ended);
    await notify(t, lasting.token, {});
    await renewed.wait((f) => f.type === "test_event");
    const member = await t.person("admin");
    assert.equal((await renewed.ask({ type: "auth", token: member.access })).code, "forbidden", "another account");
    await using byToken = await openSocket(`${t.sockets}/ws?token=${lasting.token}&channels=broadcast`);
    await byToken.wait((f) => f.type === "ack");
    await t.call("DELETE", `/auth/tokens/${lasting.id}`, { token: owner.access });
    assert.equal((await byToken.waitClosed()).code, 4401);

    const other = (await t.login(member)).body.access_token;
    await using first = await openSocket(`${t.sockets}/ws?token=${member.access}`);
    await using second = await openSocket(`${t.sockets}/ws/admin?token=${other}`);
    await using streamed = await openStream(`${t.url}/sse?channels=broadcast`, {
      authorization: `Bearer ${member.access}`,
    });
    for (const socket of [first, second]) await socket.ask({ type: "ping" });
    await t.call("POST", "/auth/logout", { token: member.access });
    assert.equal((await first.waitClosed()).code, 4401);
    await until(() => streamed.ended);
    assert.equal((await second.ask({ type: "ping" })).type, "pong");
    await t.call("PUT", `/users/${member.id}`, { token: owner.access, body: { role: "member" } });
    assert.equal((await second.waitClosed()).code, 4403);
    await using third = await openSocket(`${t.sockets}/ws?token=${other}`);
    await third.ask({ type: "ping" });
    await t.call("PUT", `/users/${member.id}`, { token: owner.access, body: { is_active: false } });
    assert.equal((await third.waitClosed()).code, 4401);
    await using fourth = await openSocket(`${t.sockets}/ws?token=${other}`);
    assert.equal((await fourth.waitClosed()).code, 4401);
  },
);

onEachTransport("organisations do not hear each other", async (transport) => {
  await using t = await createTestApp({ transport, settings: { registration: "open" } });
  const owner = await t.owner(), stranger = await t.stranger();
  await using theirs = await openSocket(`${t.sockets}/ws?token=${stranger.access}&channels=broadcast,notify:x`);
  await theirs.wait((f) => f.type === "ack");
  await using ours = await openSocket(`${t.sockets}/ws?token=${owner.access}&channels=broadcast,notify:x`);
  await ours.wait((f) => f.type === "ack");
  const refused = await t.call("POST", "//notify", {
    token: stranger.access,
    body: { type: "test_event", message: "m", user_ids: [owner.id] },
  });
  assert.equal(refused.status, 422, refused.text);
  for (const channel of ["broadcast", "notify:x"]) await notify(t, owner.access, { channel });
  await notify(t, stranger.access, { channel: "notify:x", message: "theirs" });
  await theirs.wait((f) => f.type === "test_event");
  await ours.wait((f) => f.channel === "notify:x");
  assert.deepEqual(theirs.frames.filter((f) => f.type === "test_event").map((f) => [f.message, f.offset]), [[
    "theirs",
    1,
  ]]);
  assert.equal(ours.frames.filter((f) => f.type === "test_event").length, 2);
});

onEachTransport("stopping closes sockets with 1012, ends streams, and is quick", async (transport) => {
  const t = await createTestApp({ transport });
  const { access } = await t.owner();
  const socket = await openSocket(`${t.sockets}/ws?token=${access}&channels=broadcast`);
  const stream = await openStream(`${t.url}/sse?channels=broadcast&token=${access}`);
  await socket.wait((f) => f.type === "ack");
  await t[Symbol.asyncDispose]();
  assert.equal((await socket.waitClosed()).code, 1012);
  await until(() => stream.ended);
});
