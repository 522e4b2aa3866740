// A listener that is to listen anew and cannot.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { silentLogger } from "../kernel/log.ts";
import { until } from "../tests/support/wait.ts";
import { watchListener } from "./listen_watch.ts";

Deno.test("listening anew that fails is tried again until it works", async () => {
  const server = createServer((_, response) => response.end("here"));
  const listen = (port: number) =>
    new Promise<void>((done, failed) => {
      server.once("error", failed);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", failed);
        done();
      });
    });
  await listen(0);
  const { port } = server.address() as { port: number };
  let tries = 0;
  const stop = watchListener(
    server,
    { hostname: "127.0.0.1", port },
    () => {
      tries++;
      return listen(port);
    },
    silentLogger,
    20,
  );
  server.close();
  const other = Deno.listen({ hostname: "127.0.0.1", port });
  const taken = (async () => {
    for await (const connection of other) connection.close();
  })();
  await until(() => tries >= 2);
  assert.equal(server.listening, false);
  other.close();
  await taken;
  await until(() => server.listening);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), "here");
  stop();
  server.closeAllConnections();
  server.close();
});
