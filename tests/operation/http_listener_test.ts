// The limit of a body and its answer, on real connections with a short limit.
import assert from "node:assert/strict";
import { bodyArrived, listenHttp } from "../../kernel/http_listener.ts";
import { silentLogger } from "../../kernel/log.ts";
import { until } from "../support/wait.ts";

const BODY_MS = 400;

Deno.test("who has checked a body may take longer for the answer; who has not is cut off", async () => {
  const waiting: (() => void)[] = [];
  const listener = listenHttp({
    hostname: "127.0.0.1",
    port: 0,
    log: silentLogger,
    takesLong: () => false,
    bodyMs: BODY_MS,
    sweepMs: 50,
    async handler(request) {
      await request.text();
      if (request.url.endsWith("/checked")) bodyArrived(request);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return new Response("done");
    },
  });
  const post = (path: string) => fetch(`http://127.0.0.1:${listener.addr.port}/${path}`, { method: "POST", body: "x" });
  const checked = post("checked");
  // The one that is cut off tells that the limit has passed for both.
  await assert.rejects(post("other").then((answer) => answer.text()));
  for (const answer of waiting) answer();
  const answer = await checked;
  assert.deepEqual([answer.status, await answer.text()], [200, "done"]);
  await listener.shutdown();
});

/** More than the buffers of both ends of a local connection hold. */
const LARGE_BYTES = 48 * 1024 * 1024;
const LIMIT_MS = 1500;

async function askLarge(answer: () => Response) {
  const listener = listenHttp({
    hostname: "127.0.0.1",
    port: 0,
    log: silentLogger,
    takesLong: () => false,
    keepAliveMs: LIMIT_MS,
    stallMs: LIMIT_MS,
    sweepMs: 50,
    handler: () => answer(),
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
  return { listener, connection };
}

const LARGE = [
  { name: "text", answer: () => new Response("x".repeat(LARGE_BYTES), { headers: { "x-mark": "a" } }) },
  { name: "bytes", answer: () => new Response(new Uint8Array(LARGE_BYTES), { headers: { "x-mark": "a" } }) },
];

for (const { name, answer } of LARGE) {
  Deno.test(`a large answer (${name}) may take longer than the limit while it moves`, async () => {
    const { listener, connection } = await askLarge(answer);
    const began = performance.now(), buffer = new Uint8Array(256 * 1024);
    let head = "", total = 0;
    while (total < LARGE_BYTES) {
      const count = await connection.read(buffer);
      if (count === null) break;
      head ||= new TextDecoder().decode(buffer.subarray(0, 500)).split("\r\n\r\n")[0]!;
      total += count;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    const size = head.length + 4 + LARGE_BYTES;
    while (total < size) total += (await connection.read(buffer)) ?? size;
    assert.equal(total, size, "every byte came");
    assert.ok(performance.now() - began > LIMIT_MS, "it took longer than the limit");
    assert.match(head, new RegExp(`content-length: ${LARGE_BYTES}`, "i"));
    assert.match(head, /x-mark: a/i);
    connection.close();
    await listener.shutdown();
  });

  Deno.test(`who stops reading a large answer (${name}) is cut off`, async () => {
    const { listener, connection } = await askLarge(answer);
    await connection.read(new Uint8Array(1000));
    await until(() => listener.connections() === 0, { timeoutMs: 30_000, what: "the connection has ended" });
    connection.close();
    await listener.shutdown();
  });
}
