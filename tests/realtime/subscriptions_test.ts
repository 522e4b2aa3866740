// Many channels at a time: what subscribing, resuming and losing rights cost in statements, that many questions get the answers
// that each would get alone, and that somebody who reads a thousand channels loses them as fast as one.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { createGateway } from "../../features/gateway.ts";
import { authenticate } from "../../features/accounts/mod.ts";
import { features } from "../../features/mod.ts";
import type { Actor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { silentLogger } from "../../kernel/log.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { acted } from "../support/moderation_app.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { statementsOf } from "../support/statements.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

/** Subscribing and rechecks ask these tables, and nothing else does while a test waits. */
const ASKED = /event_channels|channel_members|from channels|\bsessions\b/;
const peer = { connectionId: "test", ip: null, userAgent: null, log: silentLogger };

/** Private channels straight into the database, with these people in them. */
async function fillChannels({ app }: TestApp, owner: Person, count: number, people: readonly Person[]) {
  const rows = await app.db.rows<{ id: string }>(sql`
    with o as (select organization_id as id from users where id = ${owner.id}),
      made as (
        insert into channels (id, organization_id, type, name, created_by, created_at, updated_at)
        select gen_random_uuid(), o.id, 'private', 'c' || n || left(gen_random_uuid()::text, 8), ${owner.id}, now(), now()
        from o, generate_series(1, ${count}) n returning id, organization_id
      ), joined as (
        insert into channel_members (channel_id, user_id, organization_id, joined_at)
        select made.id, p.id, made.organization_id, now() from made, unnest(${people.map((p) => p.id)}::uuid[]) p (id)
      )
    select id from made`);
  return rows.map((row) => row.id);
}

async function subscribeAll(socket: SocketClient, names: string[], since?: Record<string, unknown>) {
  for (let from = 0; from < names.length; from += 500) {
    const ack = await socket.ask({ type: "subscribe", channels: names.slice(from, from + 500), since });
    assert.deepEqual(ack.data?.denied, {}, JSON.stringify(ack).slice(0, 300));
  }
}

for (const kind of testedKinds()) {
  Deno.test(`${kind}: statements of subscribing, resuming and checking again do not grow with the channels`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner(),
      ana = await t.person("member", "ana"),
      moderator = await t.person("moderator", "mod");
    const statements = statementsOf(t.app);
    const ids = await fillChannels(t, owner, 200, [ana, moderator]);
    const names = ids.map(channels.chat);
    const costs: Record<string, number[]> = {};
    for (const some of [1, 20, 200]) {
      const url = `${t.url}/ws?token=${ana.access}`;
      await using socket = await openSocket(url);
      await socket.ask({ type: "subscribe", channels: ["broadcast"] });
      const mine = names.slice(0, some);
      const first = await statements.count(ASKED, () => subscribeAll(socket, mine));
      await using other = await openSocket(`${t.url}/ws?token=${moderator.access}`);
      const again = await statements.count(ASKED, () => subscribeAll(other, mine));
      // Everything has one push; who comes from before it gets it from the log.
      const epoch = (await t.app.db.one(sql`select value from meta where key = 'epoch'`)).value as string;
      await t.app.db.withTx((tx) => {
        const { organizationId } = actorOf(t);
        const data = { message_id: crypto.randomUUID(), root_id: null };
        for (const channel of mine) tx.emit({ organizationId, channel, type: "message_deleted", data });
        return Promise.resolve();
      });
      await until(() => socket.frames.filter((f) => f.type === "message_deleted").length >= some);
      await socket[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await until(() => t.hub.stats().channels <= 2);
      await using back = await openSocket(url);
      const since = Object.fromEntries(mine.map((name) => [name, { epoch, offset: 0 }]));
      const resumed = await statements.count(ASKED, async () => {
        await subscribeAll(back, mine, since);
        await until(() => back.frames.filter((f) => f.type === "message_deleted").length >= some);
      });
      // Rights that grow cost one look at the person; those that shrink one more at the channels.
      const grown = await statements.count(ASKED, async () => {
        await setRole(t, owner, ana, "moderator");
        await until(() => actorOf(t, ana)?.role === "moderator");
      });
      const shrunk = await statements.count(ASKED, async () => {
        await setRole(t, owner, ana, "member");
        await until(() => actorOf(t, ana)?.role === "member" && t.hub.rechecks.idle);
      });
      for (const [what, texts] of Object.entries({ first, again, resumed, grown, shrunk })) {
        (costs[what] ??= []).push(texts.length);
      }
    }
    console.log(`    statements for 1, 20 and 200 channels: ${JSON.stringify(costs)}`);
    // Other parts look at sessions meanwhile, and topics that others read know their position: a statement more or less.
    for (const [what, counts] of Object.entries(costs)) assert.ok(Math.max(...counts) <= 8, `${what}: ${counts}`);
  });

  Deno.test(`${kind}: asked together, every channel has the answer that it has alone, whoever asks`, async () => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner();
    const [ana, luis, guest, viewer, moderator] = [
      await t.person("member", "ana"),
      await t.person("member", "luis"),
      await t.person("guest", "gast"),
      await t.person("viewer", "view"),
      await t.person("moderator", "mod"),
    ];
    const stranger = await t.stranger();
    const make = async (type: string, members: Person[], by = owner) => {
      const body = { name: `c ${crypto.randomUUID().slice(0, 8)}`, type, user_ids: members.map((p) => p.id) };
      const made = await t.call("POST", "/channels", { token: by.access, body });
      assert.equal(made.status, 201, made.text);
      return made.body.id as string;
    };
    const everybody = [ana, luis, guest, viewer, moderator];
    const open = await make("public", [ana, guest]), closed = await make("private", everybody);
    const archived = await make("private", everybody), unread = await make("private", everybody);
    const mine = await make("private", []), elsewhere = await make("private", [], stranger);
    const patched = await t.call("PUT", `/channels/${archived}`, {
      token: owner.access,
      body: { is_archived: true },
    });
    assert.equal(patched.status, 200, patched.text);
    for (const person of [ana, guest]) {
      const body = { user_ids: [person.id], permissions: { read: false } };
      assert.equal((await t.call("POST", `/channels/${unread}/members`, { token: owner.access, body })).status, 200);
    }
    await acted(t, moderator, { user_id: ana.id, action_type: "ban", channel_id: closed, reason: "x" });
    await acted(t, moderator, { user_id: ana.id, action_type: "ban", channel_id: open, reason: "x" });
    const scoped = async (person: Person, scopes: string[]) =>
      (await t.call("POST", "/auth/tokens", { token: person.access, body: { name: "t", scopes } })).body
        .token as string;
    const credentials = [
      ...[owner, ...everybody, stranger].map((person) => person.access),
      await scoped(luis, ["chat.read"]),
      await scoped(luis, ["chat.send"]),
      await scoped(ana, ["channels.subscribe"]),
    ];
    const actors: Actor[] = [];
    for (const credential of credentials) actors.push(await authenticate(t.app, credential));
    const chats = [open, closed, archived, unread, mine, elsewhere, crypto.randomUUID()].map(channels.chat);
    const names = [
      ...chats,
      channels.broadcast(),
      channels.notify("alerts"),
      channels.presence(),
      channels.dashboard(),
      channels.moderation(),
      channels.transfers(),
      channels.control(),
      ...[ana, luis, stranger].flatMap((p) => [channels.userNotifications(p.id), channels.userChat(p.id)]),
      "channel:nonsense",
      "",
    ];
    const gateway = createGateway(t.app, features);
    const told = (answer: unknown) => answer instanceof AppError ? `${answer.code}: ${answer.detail}` : "allowed";
    const alone = new Map<Actor, string[]>();
    for (const actor of actors) {
      const answers: string[] = [];
      for (const name of names) answers.push(told((await gateway.authorizeChannels(actor, [name], peer))[0]));
      alone.set(actor, answers);
    }
    const mixed = (list: string[]) => list.map((name) => ({ name, at: Math.random() })).sort((a, b) => a.at - b.at);
    for (let round = 0; round < 5; round++) {
      await Promise.all(actors.map(async (actor) => {
        const order = mixed([...names, ...names.slice(0, round)]).map(({ name }) => name);
        const answers = await gateway.authorizeChannels(actor, order, peer);
        order.forEach((name, i) => {
          assert.equal(told(answers[i]), alone.get(actor)![names.indexOf(name)], `${actor.username} ${name}`);
        });
      }));
    }
    // And the single answers are those that chat gives over HTTP.
    for (const [i, credential] of credentials.slice(0, 7).entries()) {
      for (const [n, name] of chats.entries()) {
        const id = name.slice("channel:".length);
        const { status } = await t.call("GET", `/channels/${id}/messages`, { token: credential });
        const here = alone.get(actors[i]!)![n]!;
        assert.equal(status === 200, here === "allowed", `${actors[i]!.username} ${name}: ${status}, ${here}`);
      }
    }
    const answers = [...alone.values()].flat().map((text) => text.split(":")[0]);
    for (const code of ["allowed", "forbidden", "not_found", "banned", "unknown_channel"]) {
      assert.ok(answers.includes(code), `no case of ${code}`);
    }
  });

  Deno.test(`${kind}: somebody who reads a thousand channels loses them at once`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const ids = await fillChannels(t, owner, 1000, [ana, luis]);
    const names = ids.map(channels.chat);
    await using socket = await openSocket(`${t.url}/ws?token=${ana.access}`);
    await subscribeAll(socket, names);
    await using other = await openSocket(`${t.url}/ws?token=${luis.access}`);
    await subscribeAll(other, names);
    assert.equal(t.hub.stats().subscriptions, 2000);

    // A role without the right: the connection stays, every subscription ends and says so.
    const roles = { remove: ["chat.read"], add: [] };
    let from = performance.now();
    const changed = await t.call("PUT", "/organization/roles", {
      token: owner.access,
      body: { roles: { member: roles } },
    });
    assert.equal(changed.status, 200, changed.text);
    await until(() => t.hub.stats().subscriptions === 0, { timeoutMs: 20_000 });
    console.log(
      `    2,000 subscriptions had ended ${Math.round(performance.now() - from)} ms after the role lost the right`,
    );
    await until(() => socket.frames.filter((f) => f.type === "error" && f.code === "forbidden").length === 1000);
    assert.equal(socket.closed, undefined);
    await t.call("PUT", "/organization/roles", {
      token: owner.access,
      body: { roles: { member: { add: [], remove: [] } } },
    });
    await until(() => actorOf(t, ana)?.permissions.has("chat.read"));

    await subscribeAll(socket, names);
    await subscribeAll(other, names);
    from = performance.now();
    await acted(t, owner, { user_id: ana.id, action_type: "ban", reason: "x" });
    await socket.waitClosed();
    await until(() => t.hub.stats().subscriptions === 1000);
    console.log(`    a ban had ended 1,000 subscriptions after ${Math.round(performance.now() - from)} ms`);
    assert.equal(other.closed, undefined);
    assert.equal((await t.login({ username: "ana", password: PASSWORD })).body.code, "banned");
  });
}

/** The rights that the open connection of this person has now. */
function actorOf(t: TestApp, person?: Person): Actor;
function actorOf(t: TestApp, person: Person): Actor | undefined;
function actorOf(t: TestApp, person?: Person): Actor | undefined {
  return [...t.hub.connections].find(({ actor }) => actor && (!person || actor.userId === person.id))?.actor;
}

async function setRole(t: TestApp, owner: Person, person: Person, role: string): Promise<void> {
  const changed = await t.call("PUT", `/users/${person.id}`, { token: owner.access, body: { role } });
  assert.equal(changed.status, 200, changed.text);
}
