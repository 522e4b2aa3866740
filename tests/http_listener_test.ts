// The limit of a body and its answer, on real connections with a short limit.
import assert from "node:assert/strict";
import { bodyArrived, listenHttp } from "../kernel/http_listener.ts";
import { silentLogger } from "../kernel/log.ts";

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
