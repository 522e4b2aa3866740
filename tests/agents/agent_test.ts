// The agent of a machine as people start it, against the server as people start it: both are real processes.
import assert from "node:assert/strict";
import { ADMIN, type ChildServer, freePort, post, pulpo, startChild } from "../support/child_server.ts";
import { type Frame, openSocket } from "../support/socket_client.ts";
import { until } from "../support/wait.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const HEARTBEAT = { PULPO_AGENT_HEARTBEAT_SECONDS: "1" };

interface AgentProcess {
  readonly process: Deno.ChildProcess;
  /** Everything it printed. */
  output(): string;
  kill(signal: Deno.Signal): Promise<number>;
  /** Its exit status, when it ends by itself. */
  ended(): Promise<number>;
}

function startAgent(dir: string, ...args: string[]): AgentProcess {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", MAIN, "agent", "--dir", dir, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const reading = Promise.all([process.stdout, process.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  }));
  const ended = async () => {
    const { code } = await process.status;
    await reading;
    return code;
  };
  return {
    process,
    output: () => output,
    async kill(signal) {
      process.kill(signal);
      return await ended();
    },
    ended,
  };
}

interface World {
  server: ChildServer;
  access: string;
  dir(name: string): string;
  // deno-lint-ignore no-explicit-any
  get(path: string): Promise<any>;
  // deno-lint-ignore no-explicit-any
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  joinToken(body?: Record<string, unknown>): Promise<string>;
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function startWorld(): Promise<World> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo_agent_" });
  const port = freePort();
  const env = { PULPO_DATA_DIR: `${folder}/data`, ...HEARTBEAT };
  let server = await startChild(env, port);
  const signIn = async () => (await post(`${server.url}/api/v1/auth/login`, ADMIN)).body.access_token;
  let access = await signIn();
  const call: World["call"] = async (method, path, body) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${access}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  return {
    get server() {
      return server;
    },
    get access() {
      return access;
    },
    dir: (name) => `${folder}/${name}`,
    call,
    async get(path) {
      const { status, body } = await call("GET", path);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    },
    async joinToken(body = {}) {
      const made = await call("POST", "/agents/join-tokens", body);
      assert.equal(made.status, 201);
      return made.body.token;
    },
    async restart() {
      await server.stop();
      server = await startChild(env, port);
      access = await signIn();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const mode = (path: string) => Deno.statSync(path).mode! & 0o777;
const journal = (dir: string) =>
  Deno.readTextFileSync(`${dir}/journal.ndjson`).trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
const settings = (dir: string) => JSON.parse(Deno.readTextFileSync(`${dir}/settings.json`));

async function online(w: World, status = "online"): Promise<Frame> {
  return await until(async () => {
    const [agent] = (await w.get("/agents")).items;
    return agent?.status === status && agent;
  }, { timeoutMs: 30_000, what: `the agent is ${status}` });
}

Deno.test("agent: comes in once, tells how the machine does, and is what it was after kill -9 of either side", async () => {
  await using w = await startWorld();
  const dir = w.dir("rack");
  let agent = startAgent(
    dir,
    "--server",
    w.server.url,
    "--join-token",
    await w.joinToken({ labels: { site: "x" } }),
    "--name",
    "rack 3",
  );
  const row = await online(w);
  assert.deepEqual([row.name, row.labels, row.os], ["rack 3", { site: "x" }, Deno.build.os]);
  assert.ok(row.cpu_cores >= 1 && row.memory_total_bytes > 1e6 && row.disk_total_bytes > 1e6);

  // Nobody else may read what it keeps. Its status is written after it has come in.
  await until(() => Deno.stat(`${dir}/status.json`).then(() => true, () => false), { what: "its status" });
  assert.equal(mode(dir), 0o700);
  for (const name of ["identity.json", "journal.ndjson", "status.json", "agent.lock"]) {
    assert.equal(mode(`${dir}/${name}`), 0o600, name);
  }

  const health = await w.get(`/agents/${row.id}/health`);
  assert.deepEqual([health.status, health.missed, typeof health.latency_ms], ["online", 0, "number"]);
  assert.ok(health.latency_ms < 5000 && Math.abs(Date.now() - Date.parse(health.last_seen_at)) < 60_000);

  const figures = await until(async () => {
    const { items } = await w.get(`/agents/${row.id}/metrics`);
    return items.at(-1)?.cpu_percent > 0 && items.at(-1);
  }, { timeoutMs: 20_000, what: "figures" });
  assert.ok(figures.memory_used_bytes > 1e6 && figures.disk_used_bytes > 1e6, JSON.stringify(figures));
  assert.ok(figures.memory_used_bytes <= row.memory_total_bytes && figures.disk_used_bytes <= row.disk_total_bytes);
  assert.ok(figures.load_1 >= 0 && figures.network_rx_bps >= 0 && figures.network_tx_bps >= 0);
  assert.equal((await w.get(`/agents/${row.id}/metrics?bucket=day`)).items.length, 1);
  assert.equal((await w.call("GET", `/agents/${row.id}/metrics?from=2020-01-01T00:00:00Z`)).status, 422);
  const { body: metrics } = await w.call("GET", `/agents/${crypto.randomUUID()}/metrics`);
  assert.equal(metrics.code, "not_found");

  // What it is called was told to it, once.
  await until(() => settings(dir).name === "rack 3");
  const first = await until(() => journal(dir).find((line) => line.result), { what: "the line that it is done" });
  assert.equal(first.result.ok, true);
  assert.equal((await pulpo(["agent", "status", "--dir", dir])).code, 0);

  // A second process of the folder is wrong use; a copy of the identity is refused, and the first one stays.
  const second = await pulpo(["agent", "--dir", dir]);
  assert.deepEqual([second.code, /runs with the folder/.test(second.err)], [2, true], second.err);
  const copy = w.dir("copy");
  await Deno.mkdir(copy);
  await Deno.copyFile(`${dir}/identity.json`, `${copy}/identity.json`);
  const copied = startAgent(copy);
  assert.equal(await copied.ended(), 3);
  assert.equal(copied.output().match(/connected \(/g)?.length, 1, copied.output());
  assert.equal((await online(w)).id, row.id);

  // Killed, and told something meanwhile: it is back with its identity, and does it.
  await agent.kill("SIGKILL");
  await online(w, "offline");
  assert.equal((await w.call("PUT", `/agents/${row.id}`, { name: "rack four" })).status, 200);
  assert.equal((await w.get(`/agents/${row.id}/health`)).latency_ms, null);
  agent = startAgent(dir);
  await online(w);
  await until(() => settings(dir).name === "rack four", { timeoutMs: 20_000 });
  const ids = journal(dir).filter((line) => line.id).map((line) => line.id);
  assert.equal(new Set(ids).size, 2, "two commands, each begun once");

  // People were told that it was away, and that it is back.
  const alerts = await until(async () => {
    const inbox = (await w.get("/notifications")).items.filter((n: Frame) => n.type === "alert");
    return inbox.length >= 2 && inbox;
  }, { timeoutMs: 20_000, what: "alerts in the inbox" }).catch(() => []);
  // It may have been back before three heartbeats were missed.
  assert.ok(alerts.length === 0 || alerts.length === 2, JSON.stringify(alerts));

  // The server restarts.
  await w.restart();
  await online(w);
  assert.equal(typeof (await w.get(`/agents/${row.id}/health`)).latency_ms, "number");

  // It ends cleanly; nobody is there then.
  assert.equal(await agent.kill("SIGTERM"), 0);
  await online(w, "offline");
  const status = await pulpo(["agent", "status", "--dir", dir]);
  assert.deepEqual([status.code, /not running/.test(status.out)], [1, true], status.out);

  assert.equal((await pulpo(["agent", "uninstall", "--dir", dir])).code, 0);
  await assert.rejects(Deno.stat(dir), Deno.errors.NotFound);
});

Deno.test("agent: one that is away is an alert on the channel, in the inbox and on the webhook's list, and so is its return", async () => {
  await using w = await startWorld();
  const dir = w.dir("a");
  let agent = startAgent(dir, "--server", w.server.url, "--join-token", await w.joinToken(), "--name", "nas");
  const { id } = await online(w);
  await using socket = await openSocket(`${w.server.url.replace("http", "ws")}/ws?token=${w.access}`);
  socket.send({ type: "subscribe", id: 1, channels: ["agents"] });
  await socket.wait((f) => f.type === "ack");
  await agent.kill("SIGKILL");
  const away = await socket.wait((f) => f.type === "agent_status");
  assert.deepEqual([away.data.agent_id, away.data.status], [id, "offline"]);
  const alert = await socket.wait((f) => f.type === "alert");
  assert.deepEqual([alert.data.agent_id, alert.data.name, alert.data.state, alert.data.reason], [
    id,
    "nas",
    "firing",
    "missed",
  ]);
  const inbox = async () => (await w.get("/notifications")).items.filter((n: Frame) => n.type === "alert");
  await until(async () => (await inbox()).length === 1, { timeoutMs: 20_000 });
  agent = startAgent(dir);
  await socket.wait((f) => f.type === "alert" && f.data.state === "resolved");
  await until(async () => (await inbox()).length === 2, { timeoutMs: 20_000 });

  // Frozen: its link is there, nothing comes. It comes back by itself.
  agent.process.kill("SIGSTOP");
  await online(w, "offline");
  agent.process.kill("SIGCONT");
  await online(w);
  assert.equal(await agent.kill("SIGTERM"), 0, agent.output());
});

Deno.test("agent: what the server refuses ends it with 3, the reason once; wrong use is 2", async () => {
  await using w = await startWorld();
  const wrong = startAgent(w.dir("wrong"), "--server", w.server.url, "--join-token", `join_${"A".repeat(43)}`);
  assert.equal(await wrong.ended(), 3);
  assert.equal(wrong.output().match(/join token/g)?.length, 1, wrong.output());

  const token = await w.joinToken();
  const agent = startAgent(w.dir("one"), "--server", w.server.url, "--join-token", token);
  const { id } = await online(w);
  const used = startAgent(w.dir("two"), "--server", w.server.url, "--join-token", token);
  assert.equal(await used.ended(), 3);

  assert.equal((await w.call("DELETE", `/agents/${id}`)).status, 204);
  assert.equal(await agent.ended(), 3);
  assert.equal(agent.output().match(/not known/g)?.length, 1, agent.output());
  const again = startAgent(w.dir("one"));
  assert.equal(await again.ended(), 3);
  const status = await pulpo(["agent", "status", "--dir", w.dir("one")]);
  assert.deepEqual([status.code, /refused/.test(status.out)], [1, true], status.out);

  for (
    const args of [
      ["agent", "--dir", w.dir("none")],
      ["agent", "--dir", w.dir("none"), "--server", "ftp://x", "--join-token", "t"],
      ["agent", "--dir", w.dir("none"), "--server", w.server.url, "--join-token"],
      ["agent", "--dir", w.dir("one"), "--server", "https://elsewhere.example.org", "--join-token", "t"],
      ["agent", "dance"],
      ["agent", "--port", "1"],
    ]
  ) assert.equal((await pulpo(args)).code, 2, args.join(" "));
  await assert.rejects(Deno.stat(w.dir("none")), Deno.errors.NotFound);
});
