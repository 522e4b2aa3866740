// The server under measurement: the real one as a child process, with the embedded database in a temporary folder, an
// owner, an access token (15 minutes) and an API token.
import { fileURLToPath } from "node:url";
import { HttpConnection, httpRequest } from "./http_load.ts";
import { freePort, type Running, startProgram } from "./processes.ts";
import { stamp } from "./wire.ts";
import type { Publish } from "./fanout.ts";

const EMAIL = "bench@example.org", PASSWORD = "correct horse battery staple";

export interface Pulpo extends Running {
  /** Headers of a signed-in person. */
  person: Record<string, string>;
  /** Headers of an API token that may send and subscribe. */
  token: Record<string, string>;
  /** Of the second listener, for WebSockets alone. */
  wsPort: number;
  /** Where it keeps its data; survives `stop`. */
  dataDir: string;
}

/** The executable itself when it is compiled, else what `deno task start` runs. */
function serveCommand(flags: string[]): { command: string; args: string[] } {
  const main = `${fileURLToPath(new URL("..", import.meta.url))}main.ts`;
  return {
    command: Deno.execPath(),
    args: Deno.build.standalone ? ["serve"] : [
      "run",
      "-A",
      "--no-prompt",
      "--no-check",
      "--v8-flags=--min-semi-space-size=1,--max-semi-space-size=4,--wasm-tiering-budget=200000000",
      ...flags,
      main,
      "serve",
    ],
  };
}

/** Starts it and waits until it is ready; nobody has signed in yet. */
export async function launchPulpo(
  dataDir: string,
  flags: string[] = [],
  settings: Record<string, string> = {},
): Promise<Running> {
  const port = freePort();
  return await startProgram({
    ...serveCommand(flags),
    env: {
      PULPO_PORT: String(port),
      PULPO_HOST: "127.0.0.1",
      PULPO_DATA_DIR: dataDir,
      PULPO_ADMIN_EMAIL: EMAIL,
      PULPO_ADMIN_PASSWORD: PASSWORD,
      PULPO_LOG_LEVEL: "warn",
      // All readers come with one token.
      PULPO_MAX_CONNECTIONS_PER_PERSON: "20000",
      // Whatever the developer's environment says, this is the embedded database and the in-process bus.
      DATABASE_URL: "",
      REDIS_URL: "",
      UPSTASH_REDIS_REST_URL: "",
      UPSTASH_REDIS_REST_TOKEN: "",
      ...settings,
    },
    port,
    path: "/health/ready",
  });
}

/** @param flags further flags for Deno, such as --cpu-prof; only without a compiled executable. */
export async function startPulpo(
  dataDir: string,
  flags: string[] = [],
  settings: Record<string, string> = {},
): Promise<Pulpo> {
  const wsPort = freePort();
  const running = await launchPulpo(dataDir, flags, { PULPO_WS_PORT: String(wsPort), ...settings });
  const { port } = running;
  try {
    const person = await signIn(port);
    const made = await post(port, "/api/v1/auth/tokens", person, { name: "bench", scopes: ["notify"] }, 201);
    return { ...running, person, token: { Authorization: `Bearer ${made.token}` }, wsPort, dataDir };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Headers of a person; the first owner without further arguments. */
export async function signIn(port: number, email = EMAIL, password = PASSWORD): Promise<Record<string, string>> {
  const login = await post(port, "/api/v1/auth/login", {}, { email, password }, 200);
  return { Authorization: `Bearer ${login.access_token}` };
}

export async function post(port: number, path: string, headers: Record<string, string>, body: unknown, expect: number) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== expect) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Pushes without position (offset, epoch) get as many bytes more in their text: both kinds are about 200 bytes long. */
const POSITION_BYTES = 38;

/** The body of one notification. */
export function notification(persist: boolean): string {
  const pad = persist ? "" : "x".repeat(POSITION_BYTES);
  return `{"type":"bench","message":"${stamp()}${pad}","persist":${persist}}`;
}

/** A connection that publishes through POST /notify: batches of up to 500. */
export async function pulpoPublisher(pulpo: Pulpo, persist: boolean): Promise<{ publish: Publish; close: () => void }> {
  const connection = await HttpConnection.open(pulpo.port);
  const publish = async (n: number) => {
    const items = Array.from({ length: n }, () => notification(persist));
    const body = n === 1 ? items[0]! : `{"notifications":[${items.join(",")}]}`;
    const reply = await connection.send(httpRequest("POST", "/notify", pulpo.token, body));
    if (reply.status !== 202) throw new Error(`POST /notify answered ${reply.status}: ${reply.body.slice(0, 500)}`);
  };
  return { publish, close: () => connection.close() };
}
