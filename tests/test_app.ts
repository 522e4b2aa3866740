// A server for tests that cross parts, always over real sockets on port 0: `await using t = await createTestApp({ db })`.
// Passwords are hashed at the least cost, so that tests are quick; `logs` holds every line that was written, at level debug.
import assert from "node:assert/strict";
import { closeAccounts, completeSetup, onControlEvent, setupLink } from "../features/accounts/mod.ts";
import type { App } from "../features/context.ts";
import { features } from "../features/mod.ts";
import { type Config, loadConfig } from "../kernel/config.ts";
import { SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import { deriveKeys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import { createLogger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import type { Realtime } from "../kernel/ports.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import type { LoggedEvent } from "../db/sql.ts";
import { channels } from "../protocol/channels.ts";
import { createHttpApp, type HttpOptions } from "../routes/app.ts";
import { createPasswordHasher } from "../workers/passwords.ts";
import { type DbKind, openTestDb } from "./test_db.ts";

export interface TestAppOptions {
  db?: DbKind;
  /** Settings by flag name: `{ registration: "open", "rate-limit-per-minute": "5" }`. */
  settings?: Record<string, string>;
  passwordCost?: number;
  now?: () => Date;
  mount?: (app: App) => HttpOptions["mount"];
}

export interface CallOptions {
  token?: string;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed JSON, or undefined. */
  // deno-lint-ignore no-explicit-any
  body: any;
}

export interface Person {
  id: string;
  email: string;
  username: string;
  password: string;
  access: string;
  refresh: string;
}

export interface TestApp {
  readonly app: App;
  readonly url: string;
  readonly logs: string[];
  /** Durable events that were committed, in order. */
  readonly events: LoggedEvent[];
  /** A call below /api/v1 (or anywhere, with a path that starts with `//`). */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The owner of the first organisation; made at the first call. */
  owner(): Promise<Person>;
  /** A new person of that organisation, signed in. */
  person(role?: string, username?: string): Promise<Person>;
  /** The owner of a further organisation (needs registration=open). */
  stranger(username?: string): Promise<Person>;
  login(person: { username: string; password: string }): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const PASSWORD = "correct horse battery";

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const server = await startForTest(options);
  const { app, url } = server;
  const call: TestApp["call"] = async (method, path, { token, body, headers } = {}) => {
    const response = await fetch(url + (path.startsWith("//") ? path.slice(1) : `/api/v1${path}`), {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      redirect: "manual",
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body: json };
  };
  const personOf = (answer: Answer, password: string): Person => {
    const { user, access_token, refresh_token } = answer.body;
    return { ...user, password, access: access_token, refresh: refresh_token };
  };
  const login: TestApp["login"] = ({ username, password }) =>
    call("POST", "/auth/login", { body: { username, password } });
  let count = 0;
  let firstOwner: Promise<Person> | undefined;
  const owner = () => firstOwner ??= makeOwner(app, (answer) => personOf(answer, PASSWORD), login);
  return {
    ...server,
    call,
    login,
    owner,
    async person(role = "member", username = `person${++count}`) {
      const { access } = await owner();
      const body = { email: `${username}@example.org`, username, password: PASSWORD, role };
      const made = await call("POST", "/users", { token: access, body });
      assert.equal(made.status, 201, made.text);
      return personOf(await login({ username, password: PASSWORD }), PASSWORD);
    },
    async stranger(username = `stranger${++count}`) {
      const body = { email: `${username}@example.net`, username, password: PASSWORD, organization_name: "Elsewhere" };
      const made = await call("POST", "/auth/register", { body });
      assert.equal(made.status, 201, made.text);
      return personOf(made, PASSWORD);
    },
  };
}

async function makeOwner(
  app: App,
  person: (answer: Answer) => Person,
  login: TestApp["login"],
): Promise<Person> {
  const token = (await setupLink(app)).split("#token=")[1]!;
  const owner = { email: "owner@example.org", username: "owner", password: PASSWORD };
  const ctx = { app, requestId: "test", ip: null, userAgent: null, log: app.log };
  await completeSetup(ctx, { token, ...owner, organization_name: "First" });
  return person(await login(owner));
}

/** The parts that HTTP needs, put together as cli/server.ts does. */
async function startForTest(options: TestAppOptions) {
  const config: Config = loadConfig({ flags: { host: "127.0.0.1", port: "0", ...options.settings }, env: {} });
  const logs: string[] = [];
  const log = createLogger({ format: "json", level: "debug", write: (line) => logs.push(line) });
  const events: LoggedEvent[] = [];
  const database = await openTestDb(options.db ?? "embedded", {
    log,
    onCommitted(committed) {
      events.push(...committed);
      for (const event of committed) {
        if (event.organizationId === SYSTEM_ORGANIZATION && event.channel === channels.control()) {
          onControlEvent(app, JSON.parse(event.body).data);
        }
      }
    },
  });
  const load = new LoadMeter();
  const limits = createRateLimits({ redisUrl: config.redisUrl, log });
  const passwords = createPasswordHasher({ log, cost: options.passwordCost ?? 4 });
  let url = "";
  const app: App = {
    config,
    db: database.db,
    log,
    realtime: quietRealtime,
    jobs: { enqueue: () => Promise.resolve() },
    mailer: { enabled: false, send: () => Promise.reject(new Error("no mail server")) },
    keys: await deriveKeys("a secret for tests that is long enough"),
    passwords,
    limits,
    permissionTable: buildPermissionTable(features),
    load,
    uptimeSeconds: () => 0,
    publicUrl: () => config.publicUrl ?? url,
    now: options.now ?? (() => new Date()),
  } as App;
  const http = createHttpApp(app, { mount: options.mount?.(app) });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request, info) => http.fetch(request, info),
  );
  url = `http://127.0.0.1:${server.addr.port}`;
  return {
    app,
    url,
    logs,
    events,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await closeAccounts(app);
      passwords.close();
      limits.close();
      load.close();
      await database.close();
    },
  };
}

const quietRealtime = {
  publishEphemeral() {},
  publishLocal() {},
  organizationsReading: () => [],
  busStatus: () => Promise.resolve({ kind: "memory", status: "ok" }),
  accepting: () => true,
  onlineUsers: () => [],
} as unknown as Realtime;
