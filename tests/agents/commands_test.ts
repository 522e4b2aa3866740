// What the server does with an agent that does not answer: stored commands come again with the same id, slow answers are an alert.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { connectAgent, enrollAgent, newAgentKey } from "../support/soft_agent.ts";
import { type Frame, openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const MACHINE = {
  hostname: "rack-9",
  os: "linux",
  arch: "x86_64",
  version: "2.0.0",
  cpu_cores: 2,
  memory_total_bytes: 1,
  disk_total_bytes: 2,
};

async function enrolled(t: TestApp) {
  const key = await newAgentKey(), { access } = await t.owner();
  const { body } = await t.call("POST", "/agents/join-tokens", { token: access, body: {} });
  const answer = await enrollAgent(t.url, body.token, key);
  return { id: answer.body.agent_id as string, key };
}

/** The transaction of an alert. */
const isAlert = (body: unknown) => String(body).includes("markAlerted");
const configure = (f: Frame) => f.type === "command" && f.name === "configure";

for (const db of testedKinds()) {
  Deno.test(`${db}: a stored command is told again, with the same id, until a result comes; the report wins`, async () => {
    await using t = await createTestApp({ db });
    const { access } = await t.owner(), { id, key } = await enrolled(t);
    const stored = () =>
      t.app.db.rows<{ id: string; result: unknown }>(sql`select id, result from agent_commands order by id`);
    let told: string;
    {
      await using link = await connectAgent(t.sockets, id, key);
      await link.wait((f) => f.type === "welcome");
      link.send({ type: "agent_report", machine: MACHINE });
      told = (await link.wait(configure)).id;
    }
    const agent = await until(async () => {
      const { body } = await t.call("GET", `/agents/${id}`, { token: access });
      return body.status === "offline" && body;
    });
    assert.deepEqual([agent.hostname, agent.version, agent.cpu_cores], ["rack-9", "2.0.0", 2]);
    assert.deepEqual(await stored(), [{ id: told, result: null }]);

    await using link = await connectAgent(t.sockets, id, key);
    await link.wait((f) => f.type === "welcome");
    link.send({ type: "agent_report", machine: MACHINE });
    assert.equal((await link.wait(configure)).id, told);
    link.send({ type: "result", id: told, ok: true, data: null });
    await until(async () => (await stored())[0]?.result !== null);
    // Only the newest name counts.
    const rename = (name: string) => t.call("PUT", `/agents/${id}`, { token: access, body: { name } });
    await rename("one");
    const newest = await link.wait((f) => configure(f) && f.data.name === "one");
    await rename("two");
    link.send({ type: "result", id: newest.id, ok: true, data: null });
    const last = await link.wait((f) => configure(f) && f.data.name === "two");
    link.send({ type: "result", id: last.id, ok: false, error: { code: "no_disk", message: "full" } });
    await until(async () => (await stored()).at(-1)?.result);
    assert.deepEqual((await stored()).at(-1)!.result, { ok: false, error: { code: "no_disk", message: "full" } });

    // What is not told any more does not count as waiting.
    await t.app.db.run(sql`
      insert into agent_commands (id, organization_id, agent_id, name, data, created_at, expires_at)
      select gen_random_uuid(), organization_id, id, 'old', '{}', now() - interval '2 days', now() - interval '1 day'
      from agents, generate_series(1, 500) where id = ${id}`);
    assert.equal((await rename("three")).status, 200);
  });
}

Deno.test("an agent that answers too slowly three times is offline and an alert, until it answers", async () => {
  await using t = await createTestApp({ settings: { "agent-heartbeat-seconds": "2" } });
  const { access } = await t.owner(), { id, key } = await enrolled(t);
  await using reader = await openSocket(`${t.sockets}/ws?token=${access}`);
  reader.send({ type: "subscribe", id: 1, channels: ["agents"] });
  await reader.wait((f) => f.type === "ack");
  await using link = await connectAgent(t.sockets, id, key);
  await link.wait((f) => f.type === "welcome");
  // The database fails at the first try to say it.
  const { db } = t.app, withTx = db.withTx.bind(db);
  let failed = false;
  db.withTx = (body) => {
    if (failed || !isAlert(body)) return withTx(body);
    failed = true;
    return Promise.reject(new Error("the database is away"));
  };
  const alive = setInterval(() => link.send({ type: "ping" }), 500);
  try {
    const { data } = await until(() => reader.frames.find((f) => f.type === "alert"), { timeoutMs: 60_000 });
    assert.deepEqual([data.agent_id, data.state, data.reason, failed], [id, "firing", "slow", true]);
    const status = async () => (await t.call("GET", `/agents/${id}`, { token: access })).body.status;
    assert.equal(await status(), "offline");
    let done = 0;
    await until(() => {
      for (const frame of link.frames.slice(done)) {
        if (frame.type === "command") link.send({ type: "result", id: frame.id, ok: true, data: null });
      }
      done = link.frames.length;
      return reader.frames.some((f) => f.type === "alert" && f.data.state === "resolved");
    }, { timeoutMs: 60_000, everyMs: 50 });
    assert.equal(await status(), "online");
  } finally {
    clearInterval(alive);
  }
});

Deno.test("an agent whose link comes while its absence is being written is there again", async () => {
  await using t = await createTestApp({ settings: { "agent-heartbeat-seconds": "1" } });
  const { access } = await t.owner(), { id, key } = await enrolled(t);
  await using reader = await openSocket(`${t.sockets}/ws?token=${access}`);
  reader.send({ type: "subscribe", id: 1, channels: ["agents"] });
  await reader.wait((f) => f.type === "ack");
  const { db } = t.app, withTx = db.withTx.bind(db);
  const back = Promise.withResolvers<SocketClient>(), ended = Promise.withResolvers<void>();
  let coming = false;
  db.withTx = async (body) => {
    if (isAlert(body) && !coming) {
      coming = true;
      connectAgent(t.sockets, id, key).then(back.resolve, back.reject);
      await ended.promise;
    }
    const result = await withTx(body);
    if (coming && String(body).includes("markBack")) ended.resolve();
    return result;
  };
  {
    await using link = await connectAgent(t.sockets, id, key);
    await link.wait((f) => f.type === "welcome");
  }
  await using link = await back.promise;
  const alive = setInterval(() => link.send({ type: "ping" }), 200);
  try {
    const alerts = () => reader.frames.filter((f) => f.type === "alert").map((f) => f.data.state);
    await until(() => alerts().length === 2, { timeoutMs: 10_000 });
    assert.deepEqual(alerts(), ["firing", "resolved"]);
  } finally {
    clearInterval(alive);
  }
});
