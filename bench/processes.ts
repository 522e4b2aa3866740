// Child processes under measurement: free ports, memory, waiting until they answer, and an end that is certain.
import { readFileSync } from "node:fs";

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Resident memory of a process in bytes. @throws Error where neither /proc nor ps knows. */
export async function residentBytes(pid: number): Promise<number> {
  if (Deno.build.os === "linux") {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
  }
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] }).output();
  const kilobytes = Number(new TextDecoder().decode(stdout).trim());
  if (!kilobytes) throw new Error("the memory of another process cannot be read on this system");
  return kilobytes * 1024;
}

export interface Running {
  pid: number;
  port: number;
  /** Milliseconds from starting the process to the first 200. */
  startMs: number;
  /** What it has printed lately. */
  output(): string;
  /** SIGTERM, and SIGKILL when that does not end it within 12 s. Returns the exit status. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a program and waits until GET `path` answers 200. @throws Error with its output when it ends before that. */
export async function startProgram(
  options: {
    command: string;
    args: string[];
    env?: Record<string, string>;
    port: number;
    path: string;
    limitMs?: number;
  },
): Promise<Running> {
  const started = performance.now();
  const child = new Deno.Command(options.command, {
    args: options.args,
    env: options.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const drained = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output = (output + text).slice(-8000);
  });
  let ended = false;
  const status = child.status.then(async (s) => {
    ended = true;
    await Promise.all(drained);
    return s;
  });
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    const timer = setTimeout(() => !ended && child.kill("SIGKILL"), 12_000);
    const { code } = await status;
    clearTimeout(timer);
    return code;
  };
  const kill = async () => {
    if (!ended) child.kill("SIGKILL");
    await status;
  };
  const limit = options.limitMs ?? 60_000;
  for (;;) {
    if (ended) throw new Error(`${options.command} ended before it answered:\n${output}`);
    if (performance.now() - started > limit) {
      await stop();
      throw new Error(`${options.command} did not answer within ${limit} ms:\n${output}`);
    }
    try {
      const response = await fetch(`http://127.0.0.1:${options.port}${options.path}`);
      await response.body?.cancel();
      if (response.status === 200) break;
    } catch { /* not listening yet */ }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { pid: child.pid, port: options.port, startMs: performance.now() - started, output: () => output, stop, kill };
}
