// Agents: join tokens and their abuse, enrolment, signing in by challenge and its abuse, what an agent may not do on its socket,
// who sees and manages agents, revocation.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { agentIdentity } from "../../kernel/actor.ts";
import { challengeText } from "../../protocol/agents/agents.ts";
import { connectAgent, enrollAgent, newAgentKey, signIn } from "../support/soft_agent.ts";
import { type Frame, openSocket } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

async function joinToken(t: TestApp, body: Record<string, unknown> = {}): Promise<{ id: string; token: string }> {
  const made = await t.call("POST", "/agents/join-tokens", { token: (await t.owner()).access, body });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

async function enrolled(t: TestApp, more: Record<string, unknown> = {}) {
  const key = await newAgentKey();
  const { token } = await joinToken(t);
  const answer = await enrollAgent(t.url, token, key, more);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return { id: answer.body.agent_id as string, key };
}

for (const db of testedKinds()) {
  Deno.test(`${db}: agents: tokens that are guessed, used up, over or revoked let nobody in, and all alike`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now), settings: { "rate-limits": "enrollments=0" } });
    const { access } = await t.owner();
    const two = await joinToken(t, { uses: 2, name: "rack", labels: { site: "bogota" }, capabilities: ["fleet"] });
    // Of many at once on two uses, two come in.
    const keys = await Promise.all(Array.from({ length: 6 }, newAgentKey));
    const answers = await Promise.all(keys.map((key) => enrollAgent(t.url, two.token, key)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 403, 403, 403, 403]);
    const first = answers.findIndex(({ status }) => status === 201);
    // The answer was lost: the same key and token again is the same agent, and takes no use.
    const again = await enrollAgent(t.url, two.token, keys[first]!);
    assert.deepEqual([again.status, again.body], [201, answers[first]!.body]);

    const short = await joinToken(t, { expires_in: 60 }), revoked = await joinToken(t);
    assert.equal((await t.call("DELETE", `/agents/join-tokens/${revoked.id}`, { token: access })).status, 204);
    // A key belongs to one agent; the use that failed is still there.
    const taken = await enrollAgent(t.url, short.token, keys[first]!);
    assert.deepEqual([taken.status, taken.body.code], [409, "conflict"]);
    now += 61_000;
    const refusals: Frame[] = [];
    for (const token of [short.token, revoked.token, two.token, `join_${"A".repeat(43)}`, "nonsense"]) {
      const { status, body } = await enrollAgent(t.url, token, await newAgentKey());
      const { request_id: _, ...rest } = body;
      refusals.push({ status, ...rest });
    }
    for (const refusal of refusals) assert.deepEqual(refusal, refusals[0]);
    assert.deepEqual([refusals[0]!.status, refusals[0]!.code], [403, "join_token_invalid"]);

    const key = await newAgentKey(), open = (await joinToken(t)).token;
    for (
      const [field, wrong] of Object.entries({
        public_key: "AAAA",
        hostname: "a\u202eb",
        cpu_cores: 0,
        memory_total_bytes: -1,
        os: "x".repeat(65),
      })
    ) {
      const { status, body } = await enrollAgent(t.url, open, key, { [field]: wrong });
      assert.equal(status, 422, field);
      assert.equal(body.errors[0].path, field);
    }
    const list = (await t.call("GET", "/agents/join-tokens", { token: access })).body.items;
    assert.deepEqual(list.map((one: { state: string }) => one.state), ["open", "over", "used_up"]);
    assert.ok(!JSON.stringify(list).includes("join_"));
    const stored = await t.app.db.rows(sql`select * from agent_join_tokens`);
    assert.ok(!JSON.stringify(stored).includes(two.token), "hashed");

    // A token holds as long as whoever made it may let agents in.
    const admin = await t.person("admin");
    const made = await t.call("POST", "/agents", { token: admin.access, body: { name: "nas" } });
    assert.match(made.body.command, /^pulpo agent --server http\S+ --join-token join_/);
    await t.call("PUT", `/users/${admin.id}`, { token: access, body: { role: "member" } });
    assert.equal((await enrollAgent(t.url, made.body.token, await newAgentKey())).body.code, "join_token_invalid");
    await t.call("PUT", `/users/${admin.id}`, { token: access, body: { role: "admin" } });
    const named = await enrollAgent(t.url, made.body.token, await newAgentKey());
    const agents = (await t.call("GET", "/agents", { token: access })).body.items;
    assert.deepEqual(agents.map((one: { name: string }) => one.name), ["nas", "rack-3", "rack-3"]);
    assert.equal(agents[0].id, named.body.agent_id);
    assert.deepEqual([agents[1].labels, agents[1].capabilities], [{ site: "bogota" }, ["fleet"]]);
    const audit = (await t.call("GET", "/audit?action=agent.*", { token: access })).body.items;
    assert.deepEqual(
      [audit[0].action, audit[0].actor_kind, audit[0].subject_id],
      ["agent.enrolled", "agent", named.body.agent_id],
    );
    assert.ok(!JSON.stringify(audit).includes("join_x") && !JSON.stringify(audit).includes(made.body.token));
  });

  Deno.test(`${db}: agents: a join token made with an API token ends with it, one made by a session stays`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now), settings: { "rate-limits": "enrollments=0" } });
    const owner = await t.owner(), admin = await t.person("admin");
    const api = async (token: string, more: Record<string, unknown> = {}) => {
      const body = { name: "k", scopes: ["agents.manage", "tokens.manage"], ...more };
      return (await t.call("POST", "/auth/tokens", { token, body })).body as { id: string; token: string };
    };
    const joins = async (token: string) =>
      (await t.call("POST", "/agents/join-tokens", { token, body: { uses: 9 } })).body;
    const enters = async (token: string) => (await enrollAgent(t.url, token, await newAgentKey())).status;

    const parent = await api(admin.access), child = await api(parent.token), apart = await api(admin.access);
    const made = [await joins(parent.token), await joins(child.token)], others = [await joins(apart.token)];
    const one = await t.call("POST", "/agents", { token: parent.token, body: { name: "nas" } });
    others.push(await joins(admin.access));
    for (const { token } of [...made, ...others]) assert.equal(await enters(token), 201);
    assert.equal((await t.call("DELETE", `/auth/tokens/${parent.id}`, { token: admin.access })).status, 204);
    for (const { token } of [...made, one.body]) assert.equal(await enters(token), 403);
    assert.equal((await t.call("GET", "/agents", { token: owner.access })).body.items.length, 4, "who came stays");
    // The person's sessions end: what a session made, and another token's, is still there.
    await t.call("POST", "/auth/logout-all", { token: admin.access });
    assert.equal((await t.call("GET", "/auth/me", { token: admin.access })).status, 401);
    for (const { token } of others) assert.equal(await enters(token), 201);

    // A program of the organisation: its token deleted, and in time.
    const bot = (await t.call("POST", "/service-accounts", {
      token: owner.access,
      body: { username: "bot", display_name: "Bot", role: "admin" },
    })).body;
    const tokens = `/service-accounts/${bot.id}/tokens`, scopes = ["agents.manage"];
    const key = (await t.call("POST", tokens, { token: owner.access, body: { name: "ci", scopes } })).body;
    const byBot = await joins(key.token);
    assert.equal(await enters(byBot.token), 201);
    assert.equal((await t.call("DELETE", `${tokens}/${key.id}`, { token: owner.access })).status, 204);
    assert.equal(await enters(byBot.token), 403);
    const end = new Date(now + 600_000).toISOString();
    const short = await api(owner.access, { expires_at: end });
    const last = await joins(short.token);
    assert.equal(last.expires_at, end);
    now += 601_000;
    assert.equal(await enters(last.token), 403);
  });

  Deno.test(`${db}: agents: the challenge lets in whoever holds the key, and nobody else`, async () => {
    await using t = await createTestApp({ db, settings: { "max-unauthenticated": "400" } });
    const { access } = await t.owner();
    const agent = await enrolled(t), other = await enrolled(t), gone = await enrolled(t);
    const withToken = `${t.sockets}/ws/agent?token=${access}&channels=broadcast`;
    await using quiet = await openSocket(withToken, { headers: { authorization: `Bearer ${access}` } });

    await using link = await connectAgent(t.sockets, agent.id, agent.key);
    const welcome = await link.wait((f) => f.type === "welcome");
    assert.deepEqual(link.frames.map((f) => f.type), ["challenge", "welcome"]);
    assert.deepEqual([welcome.agent_id, welcome.heartbeat_seconds], [agent.id, 10]);
    assert.equal((await t.call("GET", `/agents/${agent.id}`, { token: access })).body.status, "online");

    // A credential in the address or header counts for nothing, and the server does not speak first.
    assert.deepEqual(quiet.frames, []);
    await signIn(quiet, other.id, other.key);
    await quiet.wait((f) => f.type === "welcome");

    assert.equal((await t.call("DELETE", `/agents/${gone.id}`, { token: access })).status, 204);
    const nobody = crypto.randomUUID();
    let seen = "";
    const replay = await agent.key.sign(challengeText(agent.id, "old nonce"));
    const wrong: Record<string, [string, (nonce: string) => Promise<string> | string]> = {
      "a signature of another nonce": [agent.id, () => replay],
      "another agent's key": [agent.id, (nonce) => other.key.sign(challengeText(agent.id, nonce))],
      "a signature for another agent": [agent.id, (nonce) => agent.key.sign(challengeText(other.id, nonce))],
      "the nonce alone": [agent.id, (nonce) => agent.key.sign(nonce)],
      "zeros": [agent.id, () => new Uint8Array(64).toBase64()],
      "an agent that does not exist": [nobody, (nonce) => agent.key.sign(challengeText(nobody, nonce))],
      "an agent that was revoked": [gone.id, (nonce) => gone.key.sign(challengeText(gone.id, nonce))],
    };
    for (const [what, [id, sign]] of Object.entries(wrong)) {
      await using socket = await openSocket(`${t.sockets}/ws/client`);
      await signIn(socket, id, agent.key, async (nonce) => await sign(nonce));
      const error = await socket.wait((f) => f.type === "error");
      seen ||= JSON.stringify(error);
      assert.equal(JSON.stringify(error), seen, what);
      assert.deepEqual([error.code, (await socket.waitClosed()).code], ["unauthenticated", 4401], what);
    }
    // Frames out of order: a second hello (more nonces to guess with), auth without one, auth twice, another id, another frame.
    const hello = { type: "hello", agent_id: agent.id }, auth = { type: "auth", agent_id: agent.id, signature: replay };
    for (
      const frames of [[hello, hello], [auth], [{ type: "ping" }], [hello, { type: "subscribe", channels: ["x"] }]]
    ) {
      await using socket = await openSocket(`${t.sockets}/ws/agent`);
      for (const frame of frames) socket.send(frame);
      assert.equal((await socket.waitClosed()).code, 4401, JSON.stringify(frames));
    }
    await using mixed = await openSocket(`${t.sockets}/ws/agent`);
    mixed.send(hello);
    const { nonce } = await mixed.wait((f) => f.type === "challenge");
    const signature = await other.key.sign(challengeText(other.id, nonce));
    mixed.send({ type: "auth", agent_id: other.id, signature });
    assert.equal((await mixed.waitClosed()).code, 4401);
    // A token is nothing on this path.
    await using person = await openSocket(`${t.sockets}/ws/agent`);
    person.send({ type: "auth", token: access });
    assert.equal((await person.waitClosed()).code, 4401);
  });

  Deno.test(`${db}: agents: a link is the agent's alone, does nothing that people do, and ends with its identity`, async () => {
    await using t = await createTestApp({ db });
    const { access } = await t.owner();
    const agent = await enrolled(t), other = await enrolled(t);
    await using reader = await openSocket(`${t.sockets}/ws?token=${access}&channels=agents`);
    await reader.wait((f) => f.type === "ack");
    await using link = await connectAgent(t.sockets, agent.id, agent.key);
    await link.wait((f) => f.type === "welcome");
    const came = await reader.wait((f) => f.type === "agent_status");
    assert.deepEqual([came.data.agent_id, came.data.status], [agent.id, "online"]);
    await using dashboard = await openSocket(`${t.sockets}/ws?token=${access}&channels=dashboard`);
    assert.equal((await dashboard.wait((f) => f.type === "metrics")).data.agents_online, 1);

    const channel =
      (await t.call("POST", "/channels", { token: access, body: { name: "news", type: "public" } })).body.id;
    for (
      const frame of [
        { type: "subscribe", channels: ["broadcast", "agents", "presence", `channel:${channel}`] },
        { type: "chat_message", channel_id: channel, content: "hello" },
        { type: "presence", status: "busy" },
      ]
    ) {
      const answer = await link.ask(frame);
      if (frame.type !== "subscribe") assert.equal(answer.code, "forbidden", frame.type);
      else assert.deepEqual(new Set(Object.values(answer.data.denied)), new Set(["forbidden"]));
    }
    // It may prove itself again; another agent may not take the socket over, nor a person's socket an agent's place.
    await signIn(link, agent.id, agent.key);
    await until(() => link.frames.filter((f) => f.type === "welcome").length === 2);
    await using taken = await connectAgent(t.sockets, other.id, other.key);
    await taken.wait((f) => f.type === "welcome");
    await signIn(taken, agent.id, agent.key);
    assert.equal((await taken.waitClosed()).code, 4403);
    await using person = await openSocket(`${t.sockets}/ws?token=${access}`);
    assert.equal((await person.ask({ type: "hello", agent_id: agent.id })).code, "unknown_type");

    const identity = agentIdentity(agent.id);
    const asked = assert.rejects(t.app.realtime.ask(identity, { name: "never", data: null }, { timeoutMs: 60_000 }), {
      code: "agent_offline",
    });
    await link.wait((f) => f.type === "command");
    const stranger = await t.person("member");
    for (
      const [method, path] of [["GET", "/agents"], ["GET", `/agents/${agent.id}`], ["DELETE", `/agents/${agent.id}`]]
    ) {
      assert.equal((await t.call(method!, path!, { token: stranger.access })).status, 403);
    }
    const changed = await t.call("PUT", `/agents/${agent.id}`, {
      token: access,
      body: { name: "Rack 3", labels: { a: "b" } },
    });
    assert.deepEqual([changed.body.name, changed.body.labels, changed.body.status], ["Rack 3", { a: "b" }, "online"]);
    assert.equal((await t.call("DELETE", `/agents/${agent.id}`, { token: access })).status, 204);
    assert.equal((await link.waitClosed()).code, 4401);
    await asked;
    await reader.wait((f) => f.type === "agent_status" && f.data.agent_id === agent.id && f.data.status === "offline");
    await using back = await connectAgent(t.sockets, agent.id, agent.key);
    assert.equal((await back.waitClosed()).code, 4401);
    assert.equal((await t.call("GET", `/agents/${agent.id}`, { token: access })).status, 404);
    await assert.rejects(t.app.realtime.ask(identity, { name: "x", data: null }, { timeoutMs: 5000 }), {
      code: "agent_offline",
    });
  });
}

Deno.test("agents: another organisation sees none of them and gets none of its own into this one", async () => {
  await using t = await createTestApp({ settings: { registration: "open" } });
  const agent = await enrolled(t), { id, token } = await joinToken(t);
  const { access } = await t.stranger();
  assert.deepEqual((await t.call("GET", "/agents", { token: access })).body.items, []);
  assert.deepEqual((await t.call("GET", "/agents/join-tokens", { token: access })).body.items, []);
  for (
    const [method, path] of [["GET", `/agents/${agent.id}`], ["PUT", `/agents/${agent.id}`], [
      "DELETE",
      `/agents/${agent.id}`,
    ], ["DELETE", `/agents/join-tokens/${id}`]]
  ) {
    const body = method === "PUT" ? { name: "mine" } : undefined;
    assert.equal((await t.call(method!, path!, { token: access, body })).status, 404, `${method} ${path}`);
  }
  assert.equal((await enrollAgent(t.url, token, await newAgentKey())).status, 201);
});

Deno.test("agents: enrolment is limited by address, also for somebody who is signed in", async () => {
  await using t = await createTestApp({ settings: { "rate-limits": "enrollments=5" } });
  const { access } = await t.owner();
  const key = await newAgentKey();
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await enrollAgent(t.url, `join_guess${i}`, key)).status);
  assert.deepEqual(statuses, [403, 403, 403, 403, 403]);
  const { token } = await joinToken(t);
  assert.equal((await enrollAgent(t.url, token, key)).status, 429);
  const signedIn = await t.call("POST", "/agents/enroll", { token: access, body: { join_token: token } });
  assert.equal(signedIn.status, 429);
});

Deno.test("agents: a link that gives no sign of life ends", async () => {
  await using t = await createTestApp({ settings: { "agent-heartbeat-seconds": "1" } });
  const agent = await enrolled(t);
  await using link = await connectAgent(t.sockets, agent.id, agent.key);
  await using lively = await connectAgent(t.sockets, ...await enrolled(t).then(({ id, key }) => [id, key] as const));
  const beat = setInterval(() => lively.send({ type: "ping" }), 500);
  try {
    assert.equal((await link.waitClosed()).code, 4408);
    assert.equal(lively.closed, undefined);
  } finally {
    clearInterval(beat);
  }
});

Deno.test("agents: the second listener takes their links as well", async () => {
  await using t = await createTestApp({ transport: "ws" });
  assert.notEqual(t.sockets, t.url);
  const { id, key } = await enrolled(t);
  await using link = await connectAgent(t.sockets, id, key);
  await link.wait((f) => f.type === "welcome");
  const asked = t.app.realtime.ask(agentIdentity(id), { name: "health", data: null }, { timeoutMs: 10_000 });
  const command = await link.wait((f) => f.type === "command");
  link.send({ type: "result", id: command.id, ok: true, data: "fine" });
  assert.deepEqual(await asked, { ok: true, data: "fine" });
  await t.call("DELETE", `/agents/${id}`, { token: (await t.owner()).access });
  assert.equal((await link.waitClosed()).code, 4401);
});
