// The real program as a child process, as a person starts it, for tests that kill it.
import { until } from "./wait.ts";

export interface ChildServer {
  readonly url: string;
  readonly process: Deno.ChildProcess;
  /** What it printed to standard error so far. */
  output(): string;
  /** SIGKILL: nothing is closed, nothing is flushed. */
  kill(): Promise<void>;
  /** SIGTERM; returns the exit status. */
  stop(): Promise<number>;
}

export const ADMIN = { email: "ana@example.org", password: "correct horse battery" };
const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** Of `deno task start`: the embedded database's code is not optimised. */
const V8_FLAGS = "--v8-flags=--wasm-tiering-budget=200000000";

/**
 * Starts `pulpo serve` and waits until it is ready.
 * @param env further settings, PULPO_DATA_DIR among them
 * @param program what is run instead, with its arguments
 */
export async function startChild(
  env: Record<string, string>,
  port = freePort(),
  program = [MAIN, "serve"],
): Promise<ChildServer> {
  const url = `http://127.0.0.1:${port}`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", V8_FLAGS, ...program],
    env: {
      PULPO_PORT: String(port),
      PULPO_HOST: "127.0.0.1",
      PULPO_ADMIN_EMAIL: ADMIN.email,
      PULPO_ADMIN_PASSWORD: ADMIN.password,
      ...env,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let output = "", ended = false;
  const reading = (async () => {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) output += text;
  })();
  void process.status.then(() => ended = true);
  await until(async () => {
    if (ended) return true;
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok;
  }, { timeoutMs: 90_000, everyMs: 50, what: "the server is ready" });
  if (ended) {
    await reading;
    throw new Error(`the server ended:\n${output}`);
  }
  const ending = async () => {
    const { code } = await process.status;
    await reading;
    return code;
  };
  return {
    url,
    process,
    output: () => output,
    async kill() {
      process.kill("SIGKILL");
      await ending();
    },
    async stop() {
      process.kill("SIGTERM");
      return await ending();
    },
  };
}

/** Runs one command of the program to its end. */
export async function pulpo(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", V8_FLAGS, MAIN, ...args],
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** POST with JSON; the parsed answer and its status. Rejects when the connection breaks. */
// deno-lint-ignore no-explicit-any
export async function post(url: string, body: unknown, token?: string): Promise<{ status: number; body: any }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Signs the first owner in and makes an API token with the scope `notify`. */
export async function ownerToken(url: string): Promise<{ access: string; token: string }> {
  const login = await post(`${url}/api/v1/auth/login`, ADMIN);
  const access = login.body.access_token;
  const made = await post(`${url}/api/v1/auth/tokens`, { name: "test", scopes: ["notify"] }, access);
  return { access, token: made.body.token };
}
