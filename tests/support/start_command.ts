// The server as `deno task start` of deno.json starts it, word for word (without the build before it), with an eye inside: on
// SIGUSR2 it tries what it may not do, from the main thread and from a Worker, and prints what came of it.
import { freePort } from "./child_server.ts";
import { until } from "./wait.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Name of what was tried → "done", "refused" for want of a permission, or another error. */
export type Attempts = Record<string, string>;

export interface StartedServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Of standard output and error. */
  output(): string;
  /** What the process, and a Worker that it makes now, may do. */
  attempts(): Promise<{ main: Attempts; worker: Attempts }>;
  /** SIGTERM; returns the exit status. */
  stop(): Promise<number>;
}

/** The words of the task, and the variables in front of them. */
async function startTask(): Promise<{ env: Record<string, string>; words: string[] }> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const words: string[] = tasks.start.split("&&").at(-1).trim().split(/\s+/);
  const env: Record<string, string> = {};
  while (words[0]!.includes("=")) {
    const [name, value] = words.shift()!.split("=");
    env[name!] = value!;
  }
  return { env, words: words.slice(1) };
}

/** @param inside files that the server must reach, outside ones that it must not, with a file in `outside` */
function probe(outside: string, inside: string): string {
  const attempt = `async () => {
    const out = {};
    const attempt = async (name, work) => {
      try { await work(); out[name] = "done"; } catch (error) {
        out[name] = error.name === "NotCapable" || /requires import access/i.test(error.message) ? "refused" : String(error);
      }
    };
    const outside = ${JSON.stringify(outside)}, inside = ${JSON.stringify(inside)};
    await attempt("read outside", () => Deno.readTextFile(outside + "/mine"));
    await attempt("list outside", () => Array.fromAsync(Deno.readDir(outside)));
    await attempt("write outside", () => Deno.writeTextFile(outside + "/theirs", "x"));
    await attempt("copy out", () => Deno.copyFile(inside + "/secret", outside + "/stolen"));
    await attempt("move out", () => Deno.rename(inside + "/secret", outside + "/stolen"));
    await attempt("link out", () => Deno.link(inside + "/secret", outside + "/stolen"));
    await attempt("link to outside", () => Deno.symlink(outside + "/mine", inside + "/link"));
    await attempt("climb", () => Deno.readTextFile(inside + "/../outside/mine"));
    await attempt("read /etc/passwd", () => Deno.readTextFile("/etc/passwd"));
    await attempt("read /proc/self/environ", () => Deno.readTextFile("/proc/self/environ"));
    await attempt("write the code", () => Deno.writeTextFile(${JSON.stringify(`${ROOT}written-by-a-test`)}, "x"));
    await attempt("run", () => new Deno.Command("true").output());
    await attempt("ffi", () => Deno.dlopen("libc.so.6", {}));
    await attempt("import", () => import("https://localhost:9/x.js"));
    await attempt("write inside", () => Deno.writeTextFile(inside + "/probe", "x"));
    await attempt("read inside", () => Deno.readTextFile(inside + "/probe"));
    return out;
  }`;
  return `Deno.addSignalListener("SIGUSR2", async () => {
    const main = await (${attempt})();
    const source = URL.createObjectURL(new Blob([${
    JSON.stringify(`postMessage(await (${attempt})())`)
  }], { type: "text/javascript" }));
    const made = new Worker(source, { type: "module" });
    made.onmessage = ({ data }) => {
      made.terminate();
      console.log("ATTEMPTS" + JSON.stringify({ main, worker: data }) + "END");
    };
  });`;
}

/**
 * @param folder has `outside/mine`, a file that is nobody's business, and the data folder `data`
 * @param env settings
 */
export async function startAsDocumented(folder: string, env: Record<string, string>): Promise<StartedServer> {
  const task = await startTask(), port = freePort(), url = `http://127.0.0.1:${port}`;
  const preload = `${folder}/probe.js`;
  await Deno.writeTextFile(preload, probe(`${folder}/outside`, `${folder}/data`));
  const [run, ...words] = task.words;
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, "--preload", preload, ...words],
    cwd: ROOT,
    env: { ...task.env, PULPO_PORT: String(port), PULPO_HOST: "127.0.0.1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "", ended = false;
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  });
  const status = child.status.finally(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    const { code } = await status;
    await Promise.all(reading);
    return code;
  };
  await until(async () => {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return ended || response?.ok;
  }, { timeoutMs: 120_000, everyMs: 50, what: "the server is ready" });
  if (ended) throw new Error(`the server ended:\n${output}`);
  return {
    url,
    pid: child.pid,
    output: () => output,
    async attempts() {
      child.kill("SIGUSR2");
      const told = () => /ATTEMPTS(.*)END/.exec(output)?.[1];
      await until(() => told() !== undefined, { timeoutMs: 60_000, what: "the server has tried" });
      const found = JSON.parse(told()!);
      output = output.replace(/ATTEMPTS.*END/, "");
      return found;
    },
    stop,
    [Symbol.asyncDispose]: async () => void await stop(),
  };
}
