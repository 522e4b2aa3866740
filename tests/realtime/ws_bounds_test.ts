// What peers may cost the second listener: messages that do not end, peers that do not read, connections that say nothing. The
// server is a process of its own, so that its memory and its descriptors are only its own.
import assert from "node:assert/strict";
import { residentBytes } from "../../bench/processes.ts";
import { type RawSocket, rawSocket, unfinished } from "../../bench/raw_socket.ts";
import { freePort, ownerToken, post, startChild } from "../support/child_server.ts";
import { openSocket } from "../support/socket_client.ts";
import { until } from "../support/wait.ts";

const MB = 1024 * 1024;
const UNFINISHED = 15, UNFINISHED_MB = 60;
const STALLED = 50;
const FAT_BYTES = 10_000;
/** What 15 unfinished messages would take is 900 MB; the bound is 1 MiB each and what is under way. */
const ALLOWED_GROWTH = 100 * MB;
/** Connections that this test keeps alive for its questions. */
const OWN = 8;
/** What the listener lets be silent. */
const MAX_SILENT = 1000, SILENT = 1200;

Deno.test(
  { name: "unfinished messages and stalled peers give everything back", ignore: Deno.build.os !== "linux" },
  async (t) => {
    const dataDir = await Deno.makeTempDir({ prefix: "pulpo-ws-bounds-" });
    const sockets = `http://127.0.0.1:${freePort()}`;
    const server = await startChild({
      PULPO_DATA_DIR: dataDir,
      PULPO_WS_PORT: new URL(sockets).host,
      PULPO_LOG_LEVEL: "warn",
    });
    const { pid } = server.process;
    /** Sockets alone: the database opens files when it wants. */
    const descriptors = () => {
      let count = 0;
      for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
        try {
          if (Deno.readLinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:")) count++;
        } catch { /* closed meanwhile */ }
      }
      return count;
    };
    try {
      const { access, token } = await ownerToken(server.url);
      const metric = async (name: string) => {
        const headers = { authorization: `Bearer ${access}` };
        const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
        return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)![1]);
      };
      const send = async () => {
        const fat = { type: "fat", message: "m", channel: "notify:fat", data: "x".repeat(FAT_BYTES) };
        const body = { notifications: Array(50).fill(fat) };
        assert.equal((await post(`${server.url}/notify`, body, token)).status, 202);
      };
      // The heap grows to its working size first.
      for (let i = 0; i < 20; i++) await send();
      /** Runs it; afterwards descriptors and memory are those of before. */
      const givesBack = async (body: () => Promise<RawSocket[]>) => {
        const before = { files: descriptors(), memory: await residentBytes(pid) };
        let peak = before.memory;
        const watch = setInterval(() => void residentBytes(pid).then((now) => peak = Math.max(peak, now)), 20);
        const peers = await body().finally(() => clearInterval(watch));
        await until(() => descriptors() <= before.files + OWN, { what: "descriptors" });
        await until(async () => await residentBytes(pid) < before.memory + ALLOWED_GROWTH / 2, { what: "memory" });
        const growth = Math.round((peak - before.memory) / MB);
        assert.ok(peak - before.memory < ALLOWED_GROWTH, `memory grew by ${growth} MB`);
        for (const peer of peers) peer.close();
        await using socket = await openSocket(`${sockets}/ws?token=${access}`);
        assert.equal((await socket.ask({ type: "ping" })).type, "pong");
      };

      for (const [who, path] of [["members", `/ws?token=${access}`], ["strangers", "/ws"]] as const) {
        await t.step(
          `${UNFINISHED} ${who} send ${UNFINISHED_MB} MiB of a message that does not end`,
          () =>
            givesBack(async () => {
              const peers = await Promise.all(Array.from({ length: UNFINISHED }, () => rawSocket(sockets, path)));
              await Promise.all(peers.map((peer) => unfinished(peer, UNFINISHED_MB)));
              for (const peer of peers) assert.ok(await peer.ended());
              return peers;
            }),
        );
      }

      await t.step(`${STALLED} peers do not read`, () =>
        givesBack(async () => {
          const peers = await Promise.all(
            Array.from({ length: STALLED }, () => stall(sockets, `/ws?token=${token}&channels=notify:fat`)),
          );
          await until(async () => await metric("pulpo_subscriptions") === STALLED);
          const slow = await metric("pulpo_slow_readers_total");
          await until(async () => {
            await send();
            return await metric("pulpo_slow_readers_total") === slow + STALLED;
          }, { timeoutMs: 60_000 });
          await until(async () => await metric("pulpo_send_queue_bytes") === 0);
          return peers;
        }));

      await t.step(`${SILENT} connections say nothing: the oldest go, and somebody gets in`, async () => {
        const before = descriptors();
        const { hostname, port } = new URL(sockets);
        const peers: Deno.TcpConn[] = [];
        for (let i = 0; i < SILENT; i++) peers.push(await Deno.connect({ hostname, port: Number(port) }));
        await using socket = await openSocket(`${sockets}/ws?token=${access}`);
        assert.equal((await socket.ask({ type: "ping" })).type, "pong");
        await until(() => descriptors() <= before + MAX_SILENT + OWN);
        assert.equal(await peers[0]!.read(new Uint8Array(1)).catch(() => null), null, "the oldest was ended");
        for (const peer of peers) peer.close();
        await until(() => descriptors() <= before + OWN);
      });
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await server.kill().catch(() => {});
      await Deno.remove(dataDir, { recursive: true });
    }
  },
);

/** A socket that is opened by hand and never read. */
async function stall(url: string, path: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${btoa("0123456789abcdef")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ));
  return { close: () => connection.close() } as RawSocket;
}
