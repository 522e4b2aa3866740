// An acknowledged durable notification survives `kill -9`: the whole program is killed in the middle of 1,000 of them, three
// times, and a reader that resumes from its position gets every acknowledged one exactly once and in order.
import assert from "node:assert/strict";
import { type ChildServer, freePort, ownerToken, post, startChild } from "../support/child_server.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { until } from "../support/wait.ts";

const TOTAL = 1000;
const KILL_AFTER = [200, 450, 700];

Deno.test("kill -9 during 1,000 acknowledged notifications loses, repeats and reorders nothing", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-crash-" });
  const port = freePort(), env = { PULPO_DATA_DIR: dataDir };
  let server: ChildServer = await startChild(env, port);
  const { token } = await ownerToken(server.url);
  const acknowledged = new Map<string, number>();
  const received: { id: string; offset: number }[] = [];
  let position: { epoch: string; offset: number } | undefined;

  const read = async (): Promise<SocketClient> => {
    const socket = await openSocket(`${server.url}/ws?token=${token}`);
    const since = position ? { broadcast: position } : undefined;
    const ack = await socket.ask({ type: "subscribe", channels: ["broadcast"], since });
    if (position) assert.equal(ack.data.channels.broadcast.recovered, true);
    position ??= ack.data.channels.broadcast;
    return socket;
  };
  const collect = (socket: SocketClient) => {
    for (const push of socket.frames.filter((f) => f.type === "crash_test")) {
      received.push({ id: push.id, offset: push.offset });
      position = { epoch: push.epoch, offset: push.offset };
    }
  };
  let next = 0;
  const send = async (until: () => boolean) => {
    while (next < TOTAL && !until()) {
      const n = next++;
      const answer = await post(`${server.url}/notify`, { type: "crash_test", message: `n${n}` }, token).catch(() =>
        undefined
      );
      if (answer?.status === 202) acknowledged.set(answer.body.id, answer.body.offset);
    }
  };

  try {
    for (const limit of [...KILL_AFTER, TOTAL]) {
      const socket = await read();
      let killed = false;
      const senders = Promise.all(Array.from({ length: 20 }, () => send(() => killed)));
      if (limit < TOTAL) {
        await until(() => acknowledged.size >= limit, { timeoutMs: 60_000 });
        await server.kill();
        killed = true;
      }
      await senders;
      if (limit < TOTAL) {
        await socket.waitClosed();
        collect(socket);
        server = await startChild(env, port);
        continue;
      }
      const last = Math.max(...acknowledged.values());
      await until(() => socket.frames.some((f) => f.offset === last));
      collect(socket);
      socket.close();
    }
    const ids = new Set(received.map((r) => r.id));
    assert.equal(ids.size, received.length, "nothing twice");
    assert.deepEqual(received.map((r) => r.offset), received.map((_, i) => i + 1), "no gap, in order");
    for (const [id, offset] of acknowledged) assert.equal(received[offset - 1]?.id, id, `offset ${offset}`);
    assert.ok(acknowledged.size > TOTAL - KILL_AFTER.length * 40, `${acknowledged.size} acknowledged`);
  } finally {
    await server.kill().catch(() => {});
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a second process on the same data folder is refused with a clear message; SIGTERM ends with status 0", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-lock-" });
  const server = await startChild({ PULPO_DATA_DIR: dataDir });
  try {
    const failure = await startChild({ PULPO_DATA_DIR: dataDir }).then(() => "", String);
    assert.match(failure, new RegExp(`Another Pulpo \\(pid ${server.process.pid}\\) uses ${dataDir}`));
    assert.equal(await server.stop(), 0);
    assert.match(server.output(), /stopped/);
  } finally {
    await server.kill().catch(() => {});
    await Deno.remove(dataDir, { recursive: true });
  }
});
