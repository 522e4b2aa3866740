// An agent that does what it likes on its link: other agents' figures, frames that are too large, floods, a person's frames.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { connectAgent, enrollAgent, newAgentKey, signIn } from "../support/soft_agent.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { unitText } from "../../agent/mod.ts";

async function enrolled(t: TestApp) {
  const key = await newAgentKey(), { access } = await t.owner();
  const { body } = await t.call("POST", "/agents/join-tokens", { token: access, body: {} });
  const answer = await enrollAgent(t.url, body.token, key);
  return { id: answer.body.agent_id as string, key };
}

const figures = (at: number, cpu = 50) => ({
  timestamp: new Date(at).toISOString(),
  cpu_percent: cpu,
  memory_used_bytes: 1000,
  disk_used_bytes: 2000,
  load_1: 0.5,
  network_rx_bps: 8,
  network_tx_bps: 16,
});

Deno.test("a hostile agent: wrong figures, another's name, a person's frames, frames too large and floods", async () => {
  await using t = await createTestApp({ settings: { "messages-per-second": "50" } });
  const { access } = await t.owner();
  const one = await enrolled(t), two = await enrolled(t);
  await using link = await connectAgent(t.sockets, one.id, one.key);
  await link.wait((f) => f.type === "welcome");
  const asked = async (frame: Record<string, unknown>) => {
    const id = crypto.randomUUID();
    link.send({ ...frame, id });
    return await link.wait((f) => f.id === id);
  };
  // Its clock is wrong by years: the figures are of now, the earlier ones as much earlier as they say, up to an hour.
  const year = Date.parse("2001-01-01T00:00:00Z");
  const taken = await asked({
    type: "heartbeat",
    metrics: [figures(year - 7_200_000, 100), figures(year - 600_000, 10), figures(year, 30)],
  });
  assert.equal(taken.type, "ack");
  const rows = (await t.call("GET", `/agents/${one.id}/metrics`, { token: access })).body.items;
  assert.deepEqual(rows.map((r: { cpu_percent: number }) => r.cpu_percent), [10, 30]);
  assert.ok(Math.abs(Date.parse(rows[1].timestamp) - Date.now()) < 120_000);
  assert.deepEqual((await t.call("GET", `/agents/${two.id}/metrics`, { token: access })).body.items, []);
  // After an absence each frame ends with the newest figures, which count once.
  for (const earlier of [300_000, 240_000]) {
    await asked({ type: "heartbeat", metrics: [figures(year - earlier), figures(year + 5000)] });
  }
  await t.call("GET", `/agents/${one.id}/metrics`, { token: access });
  const { samples } = await t.app.db.one<{ samples: number }>(sql`
    select sum(samples)::int as samples from agent_metrics where agent_id = ${one.id} and resolution = 'hour'`);
  assert.equal(samples, 2 + 3);

  for (
    const frame of [
      { type: "heartbeat", metrics: [] },
      { type: "heartbeat", metrics: [{ ...figures(year), cpu_percent: 1e9 }] },
      { type: "heartbeat", metrics: [{ ...figures(year), load_1: "NaN" }] },
      { type: "heartbeat", metrics: Array.from({ length: 61 }, () => figures(year)) },
      { type: "agent_report", machine: { hostname: "a\u202eb" } },
    ]
  ) assert.equal((await asked(frame)).code, "validation_failed", JSON.stringify(frame).slice(0, 80));
  const denied = await asked({ type: "subscribe", channels: ["agents", "broadcast"] });
  assert.deepEqual(Object.keys(denied.data.channels), []);

  // What only agents say, nobody else does.
  await using person = await openSocket(`${t.sockets}/ws?token=${access}`);
  person.send({ type: "heartbeat", id: 1, metrics: [figures(year)] });
  assert.equal((await person.wait((f) => f.id === 1)).code, "forbidden");

  // It cannot become another agent on the same socket, whatever it signs.
  await signIn(link, two.id, two.key);
  assert.equal((await link.waitClosed()).code, 4403);

  await using large = await connectAgent(t.sockets, two.id, two.key);
  await large.wait((f) => f.type === "welcome");
  large.sendRaw(JSON.stringify({ type: "heartbeat", metrics: "x".repeat(1024 * 1024) }));
  assert.equal((await large.waitClosed()).code, 1009);

  await using flood = await connectAgent(t.sockets, one.id, one.key);
  await flood.wait((f) => f.type === "welcome");
  for (let i = 0; i < 400; i++) flood.send({ type: "heartbeat", metrics: [figures(year)] });
  assert.equal((await flood.waitClosed()).code, 4429);

  // People without the permission, and of other organisations, see nothing.
  const viewer = await t.person("member");
  for (const path of ["health", "metrics"]) {
    assert.equal((await t.call("GET", `/agents/${one.id}/${path}`, { token: viewer.access })).status, 403, path);
    assert.equal((await t.call("GET", `/agents/${crypto.randomUUID()}/${path}`, { token: access })).status, 404, path);
  }
});

Deno.test("the unit of an agent keeps what it started, does not restart what was refused, and quotes its words", () => {
  const text = unitText({ program: ["/usr/local/bin/pulpo"], dir: "/var/lib/pulpo agent/50%", user: "pulpo-agent" });
  for (
    const line of [
      'ExecStart=/usr/local/bin/pulpo agent --dir "/var/lib/pulpo agent/50%%"',
      "KillMode=process",
      "RestartPreventExitStatus=2 3",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "User=pulpo-agent",
    ]
  ) assert.ok(text.split("\n").includes(line), line);
});
