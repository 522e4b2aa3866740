// The second listener when a process has no descriptors left: it takes connections again when there are some.
import assert from "node:assert/strict";
import { rawSocket } from "../../bench/raw_socket.ts";
import { until } from "../support/wait.ts";

const LIMIT = 100, FLOOD = 200;
const CHILD = new URL("../support/ws_server_child.ts", import.meta.url).pathname;

Deno.test({ name: "a listener that had no descriptors listens again", ignore: Deno.build.os !== "linux" }, async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", `ulimit -n ${LIMIT}; exec "${Deno.execPath()}" run -A --no-check --no-prompt "${CHILD}"`],
    stdout: "piped",
    stdin: "null",
  }).spawn();
  try {
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const url = (await output.read()).value!.trim();
    output.releaseLock();
    const answers = async () => {
      const socket = await rawSocket(url, "/ws");
      const answered = socket.text().startsWith("HTTP/1.1 418 ");
      socket.close();
      return answered;
    };
    assert.ok(await answers());
    const { hostname, port } = new URL(url);
    const flood: Deno.TcpConn[] = [];
    for (let i = 0; i < FLOOD; i++) flood.push(await Deno.connect({ hostname, port: Number(port) }));
    const used = () => [...Deno.readDirSync(`/proc/${child.pid}/fd`)].length;
    await until(() => used() >= LIMIT - 2, { what: "no descriptor is left" });
    for (const connection of flood) connection.close();
    await until(() => used() < LIMIT / 2);
    await until(
      async () => await Promise.race([answers(), new Promise((resolve) => setTimeout(resolve, 500, false))]),
      {
        timeoutMs: 30_000,
        what: "it answers again",
      },
    );
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await child.stdout.cancel().catch(() => {});
  }
});
