// A reader that stops reading costs the server its send-queue limit and no more, is cut off with 4408's effect, and a thousand
// others do not notice. The server is its own process, so that its memory is only its own.
import assert from "node:assert/strict";
import { openReaders } from "../../bench/readers.ts";
import { ownerToken, post, startChild } from "../support/child_server.ts";
import { until } from "../support/wait.ts";

const STALLED = 20;
const OTHERS = 1000;
const FAT_MESSAGES = 3000;
const FAT_BYTES = 10_000;
const WARM_UP = 20;
/** What the stalled ones would take without a limit is 20 × 30 MB. */
const ALLOWED_GROWTH = 200 * 1024 * 1024;

async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** A socket that is opened by hand and never read. */
async function stall(url: string, path: string): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const key = btoa("0123456789abcdef");
  await connection.write(new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ));
  return connection;
}

Deno.test({
  name: "stalled readers stay within their limit, 1,000 others do not notice",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-slow-" });
  const server = await startChild({ PULPO_DATA_DIR: dataDir, PULPO_MAX_CONNECTIONS_PER_PERSON: "2000" });
  const { port } = new URL(server.url);
  try {
    const { access, token } = await ownerToken(server.url);
    const metric = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${access}` } }))
        .text();
      return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)![1]);
    };
    const others = await openReaders({
      kind: "ws",
      port: Number(port),
      path: `/ws?token=${token}&channels=broadcast`,
      count: OTHERS,
      readyOnData: true,
    });
    const fat = { type: "fat", message: "m", channel: "notify:fat", data: "x".repeat(FAT_BYTES) };
    const slim = { type: "slim", message: "~0000000000000000" };
    const send = async (body: unknown) => assert.equal((await post(`${server.url}/notify`, body, token)).status, 202);
    // The heap grows to its working size first, so that what is measured is what the stalled readers cost.
    for (let i = 0; i < WARM_UP; i++) await Promise.all([send({ notifications: Array(50).fill(fat) }), send(slim)]);
    const stalled = await Promise.all(
      Array.from({ length: STALLED }, () => stall(server.url, `/ws?token=${token}&channels=notify:fat`)),
    );
    await until(async () => await metric("pulpo_subscriptions") === OTHERS + STALLED);
    const before = await residentBytes(server.process.pid);
    let peak = before;

    for (let sent = 0; sent < FAT_MESSAGES; sent += 50) {
      await send({ notifications: Array(50).fill(fat) });
      await send(slim);
      peak = Math.max(peak, await residentBytes(server.process.pid));
    }
    await until(() => others.messages() === OTHERS * (WARM_UP + FAT_MESSAGES / 50), { timeoutMs: 30_000 });
    assert.equal(others.lost().closed, 0);
    await until(async () => await metric("pulpo_slow_readers_total") === STALLED);
    assert.equal(await metric("pulpo_subscriptions"), OTHERS);
    const growth = peak - before;
    assert.ok(growth < ALLOWED_GROWTH, `memory grew by ${Math.round(growth / 1e6)} MB`);
    assert.ok(await metric("pulpo_send_queue_bytes") <= STALLED * 1.2 * 1024 * 1024);
    await others.close();
    for (const connection of stalled) connection.close();
  } finally {
    await server.kill();
    await Deno.remove(dataDir, { recursive: true });
  }
});
