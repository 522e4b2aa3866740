// A small agent as a process of its own, for tests: enrols, signs in by challenge, sends one stream of console lines and one relay of
// frames, and carries commands out. What it is told comes as flags, what happens to it goes out as JSON lines.
//
//   deno run -A tests/support/agent_process.ts <server> <address of sockets> <join token>
//
// Commands: `echo` (answers its data), `count` (how many commands came), `fail`, `silent` (no answer), `lines {count}` and
// `frames {count, fps, bytes}` (answer when all are sent).
import { encodeBinary } from "../../protocol/wire/binary.ts";
import type { ChannelName } from "../../protocol/wire/channels.ts";
import { connectAgent, enrollAgent, newAgentKey } from "./soft_agent.ts";
import type { Frame, SocketClient } from "./socket_client.ts";
import { until } from "./wait.ts";

/** Channels and kinds of what it sends; the test's feature takes them. */
export const AGENT_CONSOLE = "test:console" as ChannelName;
export const AGENT_SCREEN = "test:screen" as ChannelName;
export const SCREEN_KIND = 200;

const say = (event: Record<string, unknown>) => console.log(JSON.stringify(event));

async function run([url, sockets, joinToken]: string[]): Promise<void> {
  const key = await newAgentKey();
  const { status, body } = await enrollAgent(url!, joinToken!, key);
  say({ event: "enrolled", status, agent_id: body.agent_id });
  const link = await connectAgent(sockets!, body.agent_id, key);
  const { heartbeat_seconds } = await link.wait((f) => f.type === "welcome");
  say({ event: "welcome" });
  const beat = setInterval(() => link.send({ type: "ping" }), heartbeat_seconds * 1000);
  let done = 0, count = 0;
  for (;;) {
    await until(() => link.frames.length > done || link.closed, { timeoutMs: 3_600_000 });
    if (link.closed) break;
    const frame = link.frames[done++]!;
    if (frame.type === "ping") link.send({ type: "pong" });
    if (frame.type === "interest") say({ event: "interest", ...frame });
    if (frame.type === "command") void answer(link, frame, ++count);
  }
  clearInterval(beat);
  say({ event: "closed", ...link.closed });
}

async function answer(link: SocketClient, { id, name, data }: Frame, count: number): Promise<void> {
  const result = (data: unknown) => link.send({ type: "result", id, ok: true, data });
  switch (name) {
    case "echo":
      return result(data);
    case "count":
      return result(count);
    case "fail":
      return link.send({ type: "result", id, ok: false, error: { code: "no_disk", message: "The disk is full." } });
    case "silent":
      return say({ event: "silent" });
    case "lines":
      for (let n = 1; n <= data.count; n++) link.send({ type: "console_line", line: `line ${n}` });
      return result(data.count);
    case "frames": {
      const payload = new Uint8Array(data.bytes);
      const start = performance.now();
      for (let seq = 1; seq <= data.count; seq++) {
        payload.fill(seq);
        link.sendRaw(encodeBinary(SCREEN_KIND, AGENT_SCREEN, seq, payload).bytes);
        await new Promise((resolve) =>
          setTimeout(resolve, Math.max(0, start + seq * 1000 / data.fps - performance.now()))
        );
      }
      return result(data.count);
    }
  }
}

if (import.meta.main) await run(Deno.args);
