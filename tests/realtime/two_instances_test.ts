// Two instances on one PostgreSQL and one Redis, as real processes' worth of parts: order on both, revocation on both, and
// what happens when Redis is killed for ten seconds and PostgreSQL is restarted, both under load.
import assert from "node:assert/strict";
import { available, startPostgres, startRedis } from "../../tools/services.ts";
import { emptyDatabase } from "../support/server_databases.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const missing = !(available().postgres && available().redis) && Deno.env.get("CI") !== "true";
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test({ name: "two instances on PostgreSQL and Redis, through outages of both", ignore: missing }, async (test) => {
  const postgres = await startPostgres(), redis = await startRedis();
  const settings = { "database-url": await emptyDatabase(postgres), "redis-url": redis.url };
  const a = await createTestApp({ settings }), b = await createTestApp({ settings });
  const owner = await a.owner();
  const made = await a.call("POST", "/auth/tokens", { token: owner.access, body: { name: "t", scopes: ["notify"] } });
  const token = made.body.token as string;
  const subscribe = async (t: TestApp): Promise<SocketClient> => {
    const socket = await openSocket(`${t.url}/ws?token=${token}&channels=broadcast`);
    await socket.wait((f) => f.type === "ack");
    return socket;
  };
  const readers = [await subscribe(a), await subscribe(b), await subscribe(b)];
  const acknowledged = new Map<string, number>();
  let refused = 0, n = 0;
  const notify = async (t: TestApp) => {
    const answer = await t.call("POST", "//notify", { token, body: { type: "test_event", message: `n${n++}` } })
      .catch(() => undefined);
    if (answer?.status === 202) acknowledged.set(answer.body.id, answer.body.offset);
    else {
      refused++;
      if (answer) assert.equal(answer.status, 503, answer.text);
    }
  };
  const pushes = (socket: SocketClient) => socket.frames.filter((f) => f.type === "test_event");
  const assertAllArrived = async () => {
    const last = Math.max(...acknowledged.values());
    for (const reader of readers) {
      assert.equal(reader.closed, undefined, "no reader was cut off");
      await until(() => pushes(reader).some((p) => p.offset >= last), { timeoutMs: 20_000 });
      const got = pushes(reader);
      assert.deepEqual(got.map((p) => p.offset), range(1, got.length), "in order, no gap, nothing twice");
      for (const [id, offset] of acknowledged) assert.equal(got[offset - 1]?.id, id, `offset ${offset}`);
    }
  };
  /** Two senders, one on each instance, until `done`. */
  const underLoad = async (work: () => Promise<void>) => {
    let done = false;
    const sender = async (t: TestApp) => {
      while (!done) {
        await notify(t);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const senders = [sender(a), sender(b)];
    await work().finally(() => done = true);
    await Promise.all(senders);
  };
  const health = async (t: TestApp) => (await t.call("GET", "//health")).body;

  await test.step("what is sent to one arrives at readers of both, in the same order", async () => {
    await Promise.all(range(1, 300).map((i) => notify(i % 2 ? a : b)));
    assert.equal(refused, 0);
    await assertAllArrived();
  });

  await test.step("presence and figures cover both", async () => {
    await until(() =>
      a.app.realtime.organizationStats(a.hub.connections.values().next().value!.actor!.organizationId)
        .connections === 3
    );
  });

  await test.step("Redis killed for ten seconds under load: everything arrives, health says so meanwhile", async () => {
    const before = pushes(readers[1]!).length;
    await underLoad(async () => {
      await redis.kill();
      await until(async () =>
        (await health(a)).status === "degraded" && (await health(b)).services.bus.status === "down"
      );
      const end = Date.now() + 10_000;
      // Readers of the other instance get pushes meanwhile, through the event log.
      await until(() => pushes(readers[1]!).length > before + 50 && Date.now() > end, { timeoutMs: 60_000 });
      await redis.start();
      await until(async () => (await health(a)).status === "ok" && (await health(b)).status === "ok", {
        timeoutMs: 30_000,
      });
    });
    assert.equal(refused, 0, "no write needs Redis");
    await assertAllArrived();
  });

  await test.step("a revoked session ends on the other instance within a second, also without Redis", async () => {
    for (const withRedis of [true, false]) {
      if (!withRedis) await redis.kill();
      const { access_token } = (await a.login(owner)).body;
      const socket = await openSocket(`${b.url}/ws?token=${access_token}`);
      assert.equal((await socket.ask({ type: "ping" })).type, "pong");
      await a.call("POST", "/auth/logout", { token: access_token });
      assert.equal((await socket.waitClosed()).code, 4401);
      const answer = await b.call("GET", "/auth/me", { token: access_token });
      assert.equal(answer.status, 401);
    }
    await redis.start();
    await until(async () => (await health(a)).status === "ok", { timeoutMs: 30_000 });
  });

  await test.step("PostgreSQL restarted under load: nothing acknowledged is lost, no process dies", async () => {
    await underLoad(async () => {
      const before = acknowledged.size;
      await until(() => acknowledged.size > before + 20);
      await postgres.stop();
      await until(async () => (await health(a)).status === "down" && (await health(b)).status === "down");
      assert.equal((await a.call("GET", "//health")).status, 503);
      assert.equal((await a.call("GET", "//health/live")).status, 200);
      await postgres.start();
      await until(async () => (await health(a)).status === "ok" && (await health(b)).status === "ok", {
        timeoutMs: 30_000,
      });
      const after = acknowledged.size;
      await until(() => acknowledged.size > after + 50, { timeoutMs: 30_000 });
    });
    await assertAllArrived();
  });

  for (const reader of readers) await reader[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
  await redis.close();
  await postgres.close();
});
