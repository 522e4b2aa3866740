// A server for tests that cross parts, always over real sockets on port 0: `await using t = await createTestApp({ db })`.
// Passwords are hashed at the least cost, so that tests are quick; `logs` holds every line that was written, at level debug.
import assert from "node:assert/strict";
import { startServer } from "../../server/mod.ts";
import { completeSetup, setupLink } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { declared } from "../../features/declared.ts";
import type { Feature } from "../../features/define.ts";
import { loadConfig } from "../../kernel/config.ts";
import { createLogger } from "../../kernel/log.ts";
import type { LoggedEvent } from "../../db/sql.ts";
import { pushProblem } from "../../protocol/wire/pushes.ts";
import type { Broker } from "../../realtime/broker.ts";
import type { Hub } from "../../realtime/hub.ts";
import { type DbKind, openTestDb } from "./test_db.ts";

export interface TestAppOptions {
  db?: DbKind;
  /** Settings by flag name: `{ registration: "open", "rate-limit-per-minute": "5" }`. */
  settings?: Record<string, string>;
  /** Settings that are not in the list of settings: PULPO_OIDC_…. */
  env?: Record<string, string>;
  passwordCost?: number;
  now?: () => Date;
  /** Keep data here (embedded) and leave it there; otherwise a fresh database is used and thrown away. */
  dataDir?: string;
  /** Which transport carries WebSockets (`TestApp.sockets`); default native. */
  transport?: SocketKind;
  /** Joins another instance's bus. */
  broker?: Broker;
  /** Features of the test's own, besides those of the product. */
  features?: Feature[];
}

/** Deno's own on the one port, or npm `ws` on a listener of its own. */
export type SocketKind = "native" | "ws";
export const SOCKET_KINDS: readonly SocketKind[] = ["native", "ws"];

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
  readonly hub: Hub;
  readonly url: string;
  /** Of the second listener, where the settings want one. */
  readonly socketUrl: string | undefined;
  /** Where WebSockets connect to. */
  readonly sockets: string;
  readonly dataDir: string;
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
  stop(): Promise<void>;
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

/** The whole server as `pulpo serve` starts it, on a database from a template. */
async function startForTest(options: TestAppOptions) {
  const dataDir = options.dataDir ?? await Deno.makeTempDir({ prefix: "pulpo-test-" });
  const flags = {
    host: "127.0.0.1",
    port: "0",
    "data-dir": dataDir,
    "log-level": "debug",
    secret: "a secret for tests that is long enough",
    ...(options.transport === "ws" ? { "ws-port": "0" } : {}),
    ...options.settings,
  };
  const config = loadConfig({ flags, env: options.env ?? {} });
  const logs: string[] = [];
  const events: LoggedEvent[] = [];
  const server = await startServer({
    config,
    log: createLogger({ format: "json", level: "debug", write: (line) => logs.push(line) }),
    now: options.now,
    broker: options.broker,
    ...(options.features ? { features: options.features } : {}),
    passwordCost: options.passwordCost ?? 4,
    open: options.dataDir || config.databaseUrl ? undefined : async ({ log }) => {
      const database = await openTestDb(options.db ?? "embedded", { log });
      database.db.onCommitted((committed) => void events.push(...committed));
      return database;
    },
  });
  const wrong = watchPushes(server.hub, server.app);
  return {
    ...server,
    sockets: server.socketUrl ?? server.url,
    dataDir,
    logs,
    events,
    async [Symbol.asyncDispose]() {
      await server.stop();
      if (!options.dataDir) await Deno.remove(dataDir, { recursive: true });
      assert.deepEqual([...wrong], [], "pushes that are not as protocol/wire/pushes.ts declares them");
    },
  };
}

/** Holds every push that arises on this instance against its declaration. @returns what was wrong, filled from now on */
function watchPushes(hub: Hub, app: App): ReadonlySet<string> {
  const known = declared(app.features).channels;
  const wrong = new Set<string>();
  const look = (channel: string, push: Record<string, unknown>, stored: boolean) => {
    const problem = pushProblem(channel, push, stored, known);
    if (problem) wrong.add(problem);
  };
  const { publish, publishLocal } = hub;
  app.db.onCommitted((events) => {
    for (const { channel, body } of events) look(channel, JSON.parse(body), true);
  });
  hub.publish = (messages) => {
    for (const { channel, body } of messages) look(channel, JSON.parse(body), false);
    publish(messages);
  };
  hub.publishLocal = (organizationId, channel, push) => {
    const { type, data, extra } = push;
    look(channel, JSON.parse(JSON.stringify({ type, ...extra, data })), false);
    publishLocal.call(hub, organizationId, channel, push);
  };
  const signal = hub.live.signal.bind(hub.live) as typeof hub.live.signal;
  hub.live.signal = (organizationId, channel, type, data, options) => {
    const push = JSON.parse(JSON.stringify({ type, ...options?.extra, data }));
    // Tests of the classes of delivery have channels of their own.
    if (known.some((one) => one.channel.pattern.test(channel))) look(channel, push, false);
    signal(organizationId, channel, type, data, options);
  };
  return wrong;
}
