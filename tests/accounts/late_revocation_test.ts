// Credentials that are taken back while somebody comes in with them: between the moment when they were looked at and the one from
// which news finds the connection. Whatever the way in is, the connection ends; looking again costs few statements, and none while
// there is no news.
import assert from "node:assert/strict";
import type { Sql } from "../../db/sql.ts";
import { runtimeOf } from "../../features/accounts/runtime.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { CLOSE } from "../../protocol/errors.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { statementsOf } from "../support/statements.ts";
import { openStream } from "../support/stream_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const CROWD = 20;

interface Credential {
  token: string;
  /** The path that takes it back. */
  path: string;
}

async function apiToken(t: TestApp, person: Person): Promise<Credential> {
  const body = { name: crypto.randomUUID(), scopes: ["chat.read", "channels.subscribe"] };
  const made = await t.call("POST", "/auth/tokens", { token: person.access, body });
  assert.equal(made.status, 201, made.text);
  return { token: made.body.token, path: `/auth/tokens/${made.body.id}` };
}

async function session(t: TestApp, person: Person): Promise<Credential> {
  const ids = async () => {
    const { body } = await t.call("GET", "/auth/sessions", { token: person.access });
    return (body.items as { id: string }[]).map(({ id }) => id);
  };
  const before = await ids();
  const { body } = await t.login(person);
  const id = (await ids()).find((id) => !before.includes(id));
  return { token: body.access_token, path: `/auth/sessions/${id}` };
}

/** Answers of `ask` from now on wait, once they have been read, until they are let go. */
function hold<A extends unknown[], T>(ask: (...args: A) => Promise<T>, about: (...args: A) => boolean = () => true) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  const state = { held: 0, letGo };
  const holding = async (...args: A) => {
    const answer = await ask(...args);
    if (about(...args)) {
      state.held++;
      await promise;
    }
    return answer;
  };
  return [holding, state] as const;
}

/** Holds what is read about credentials; what comes after `letGo` is not held. */
function holdCredentials(t: TestApp) {
  const { tokens, sessions } = runtimeOf(t.app);
  const [token, first] = hold(tokens.ask.bind(tokens));
  const [person, second] = hold(sessions.ask.bind(sessions));
  Object.assign(tokens, { ask: token });
  Object.assign(sessions, { ask: person });
  return {
    held: () => first.held + second.held,
    /** What is asked from now on is not held, what is held stays so. */
    pass() {
      delete (tokens as { ask?: unknown }).ask;
      delete (sessions as { ask?: unknown }).ask;
    },
    letGo() {
      first.letGo();
      second.letGo();
    },
  };
}

for (const kind of testedKinds()) {
  for (const [what, make] of [["an API token", apiToken], ["a session", session]] as const) {
    Deno.test(`${kind}: ${what} that is taken back while somebody comes in with it lets nobody stay`, async () => {
      await using t = await createTestApp({ db: kind });
      const ana = await t.person();
      const body = { name: "plans", type: "private" };
      const made = await t.call("POST", "/channels", { token: (await t.owner()).access, body });
      const members = { user_ids: [ana.id] };
      await t.call("POST", `/channels/${made.body.id}/members`, { token: (await t.owner()).access, body: members });
      const channel = channels.chat(made.body.id);
      /** Takes it back, and waits until the news is here. */
      const takeBack = async ({ path }: Credential) => {
        const later = await make(t, ana);
        await using witness = await openSocket(`${t.url}/ws?token=${later.token}`);
        await witness.ask({ type: "ping" });
        for (const each of [path, later.path]) {
          const ended = await t.call("DELETE", each, { token: ana.access });
          assert.equal(ended.status, 204, ended.text);
        }
        await witness.waitClosed();
      };
      const stays = async (socket: SocketClient) => assert.equal((await socket.ask({ type: "ping" })).type, "pong");

      // An event stream whose channels are being looked at.
      const credential = await make(t, ana);
      const { rows } = t.app.db;
      let waits = true;
      const [holding, state] = hold(
        rows.bind(t.app.db) as (statement: Sql) => Promise<never>,
        ({ text }) => waits && text.includes("channel_members"),
      );
      t.app.db.rows = holding as typeof rows;
      const opening = openStream(`${t.url}/sse?channels=${channel}&token=${credential.token}`);
      await until(() => state.held);
      waits = false;
      await takeBack(credential);
      state.letGo();
      t.app.db.rows = rows;
      await using stream = await opening;
      await until(() => stream.ended);
      assert.deepEqual(stream.events, []);

      // A socket at its upgrade, by its first frame, and by one that renews what it has.
      const kept = await make(t, ana);
      for (const how of ["upgrade", "frame", "renewal"]) {
        const credential = await make(t, ana);
        const auth = { type: "auth", token: credential.token };
        let opened: Promise<SocketClient> | undefined;
        if (how === "renewal") {
          opened = openSocket(`${t.url}/ws?token=${kept.token}`);
          await stays(await opened);
        }
        const looking = holdCredentials(t);
        if (how === "upgrade") opened = openSocket(`${t.url}/ws?token=${credential.token}&channels=${channel}`);
        else (await (opened ??= openSocket(`${t.url}/ws`))).send(auth);
        await until(() => looking.held() === 1, { what: `${how} is looked at` });
        looking.pass();
        await takeBack(credential);
        looking.letGo();
        await using socket = await opened!;
        assert.equal((await socket.waitClosed()).code, CLOSE.unauthenticated, how);
        assert.ok(!socket.frames.some((frame) => frame.data?.channels), how);
      }
      await using socket = await openSocket(`${t.url}/ws?token=${kept.token}`);
      await stays(socket);
    });
  }

  Deno.test(`${kind}: looking again at ${CROWD} who came at once is a few statements, and none without news`, async () => {
    await using t = await createTestApp({ db: kind });
    const ana = await t.person();
    const statements = statementsOf(t.app);
    const crowd: Credential[] = [];
    for (let i = 0; i < CROWD; i++) crowd.push(await apiToken(t, ana));
    const costs: number[] = [];
    for (const news of [false, true]) {
      const looking = holdCredentials(t);
      const sockets = await Promise.all(crowd.map(() => openSocket(`${t.url}/ws`)));
      const texts = await statements.count(/from api_tokens/, async () => {
        const answers = Promise.all(sockets.map((socket, i) => socket.ask({ type: "auth", token: crowd[i]!.token })));
        await until(() => looking.held() === CROWD);
        looking.pass();
        if (news) t.app.realtime.rightsChanged(() => false);
        looking.letGo();
        for (const answer of await answers) assert.equal(answer.type, "ack");
      });
      costs.push(texts.length);
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
      await t.call("PUT", `/users/${ana.id}`, { token: (await t.owner()).access, body: { display_name: `${news}` } });
      await until(() => runtimeOf(t.app).cache.get(crowd[0]!.token, Date.now()) === undefined);
    }
    console.log(`    statements for ${CROWD} without and with news: ${costs}`);
    const [without, withNews] = costs as [number, number];
    assert.ok(without > 0 && withNews > without && withNews <= without + 5, `${costs}`);
  });
}
