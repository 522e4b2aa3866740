// What strangers without an account, and one member, may do to a server at the same time: the server is a process of its own,
// so that its memory is only its own. Judged while it goes on: /health/live answers, memory stays, the owner gets in.
import assert from "node:assert/strict";
import { residentBytes } from "../../bench/processes.ts";
import { ADMIN, type ChildServer, post, startChild } from "../support/child_server.ts";
import { rawSocket, unfinished, webSocketFrame } from "../../bench/raw_socket.ts";
import { openSocket } from "../support/socket_client.ts";
import { until } from "../support/wait.ts";

const MB = 1024 * 1024;
const ALLOWED_GROWTH = 200 * MB;
/** Of the median; the machine of a test is busy with other things, too. Without bounds it was seconds. */
const LIVE_MS = 300;

/** Asks /health/live again and again while `body` runs. */
async function whileAlive(server: ChildServer, body: () => Promise<void>): Promise<void> {
  const before = await residentBytes(server.process.pid);
  const times: number[] = [];
  let peak = before, over = false;
  const asking = (async () => {
    while (!over) {
      const begin = performance.now();
      const response = await fetch(`${server.url}/health/live`);
      await response.body?.cancel();
      assert.equal(response.status, 200);
      times.push(performance.now() - begin);
      peak = Math.max(peak, await residentBytes(server.process.pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await body().finally(() => over = true);
  await asking;
  const median = times.sort((a, b) => a - b)[times.length >> 1]!;
  assert.ok(median < LIVE_MS, `live took ${Math.round(median)} ms in the middle, ${Math.round(times.at(-1)!)} at most`);
  const growth = Math.round((peak - before) / MB);
  assert.ok(peak - before < ALLOWED_GROWTH, `memory grew by ${growth} MB`);
}

/** The owner signs in with the password, and a socket with the token. */
async function ownerGetsIn(server: ChildServer): Promise<string> {
  const login = await post(`${server.url}/api/v1/auth/login`, ADMIN);
  assert.equal(login.status, 200, JSON.stringify(login.body));
  await using socket = await openSocket(`${server.url}/ws?token=${login.body.access_token}`);
  assert.equal((await socket.ask({ type: "ping" })).type, "pong");
  return login.body.access_token;
}

Deno.test(
  { name: "a flood of strangers does not keep the owner out", ignore: Deno.build.os !== "linux" },
  async (t) => {
    const dataDir = await Deno.makeTempDir({ prefix: "pulpo-flood-" });
    const server = await startChild({ PULPO_DATA_DIR: dataDir, PULPO_LOG_LEVEL: "warn" });
    const brackets = "[".repeat(MB);
    try {
      const access = await ownerGetsIn(server);

      await t.step("six sockets send 1 MB frames of brackets", () =>
        whileAlive(server, async () => {
          const sockets = await Promise.all(Array.from({ length: 6 }, () => rawSocket(server.url, "/ws")));
          const frame = webSocketFrame(1, brackets);
          await Promise.all(sockets.map(async (socket) => {
            for (let i = 0; i < 50; i++) if (!await socket.write(frame)) return;
          }));
          await ownerGetsIn(server);
          for (const socket of sockets) assert.ok(await socket.ended(), "the server ended the socket");
        }));

      await t.step("six connections send 1 MB bodies", () =>
        whileAlive(server, async () => {
          const bodies = [brackets, "[" + "{},".repeat(300_000) + "{}]"];
          const paths = ["/api/v1/auth/login", "/api/v1/auth/register", "/notify"];
          await Promise.all(Array.from({ length: 6 }, async (_, n) => {
            for (let i = 0; i < 10; i++) {
              const response = await fetch(server.url + paths[(n + i) % 3], {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: bodies[i % 2],
              });
              await response.body?.cancel();
              assert.equal(response.status, 413);
            }
          }));
          await ownerGetsIn(server);
        }));

      await t.step("fifteen sockets send messages that never end", () =>
        whileAlive(server, async () => {
          const sockets = await Promise.all(Array.from({ length: 15 }, () => rawSocket(server.url, "/ws")));
          await Promise.all(sockets.map((socket) => unfinished(socket, 60)));
          await ownerGetsIn(server);
          for (const socket of sockets) assert.ok(await socket.ended(), "the server ended the socket");
        }));

      await t.step("300 connections are silent, or stop in the middle", () =>
        whileAlive(server, async () => {
          const beginnings = [
            "",
            "GET / HTTP/1.1\r\nHost: x\r\nX-A",
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
            "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
          ];
          const sockets = await Promise.all(
            Array.from({ length: 300 }, (_, n) => rawSocket(server.url, undefined, beginnings[n % beginnings.length])),
          );
          await ownerGetsIn(server);
          for (const socket of sockets) assert.ok(await socket.ended(), "the server ended the connection");
        }));

      await t.step(
        "a member sends 1 MB frames of brackets, and of JSON that is slow to read",
        () =>
          whileAlive(server, async () => {
            const valid = JSON.stringify({
              type: "x",
              list: Array.from({ length: 15_000 }, (_, n) => "x".repeat(50) + n),
            });
            for (const text of [brackets, valid]) {
              const socket = await rawSocket(server.url, `/ws?token=${access}`);
              const frame = webSocketFrame(1, text);
              for (let i = 0; i < 50; i++) {
                if (!await socket.write(frame)) break;
              }
              await ownerGetsIn(server);
              assert.ok(await socket.ended(), "too much at once");
            }
          }),
      );
      await until(async () => await ownerGetsIn(server));
    } finally {
      await server.kill();
      await Deno.remove(dataDir, { recursive: true });
    }
  },
);
