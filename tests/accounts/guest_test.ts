// A guest sees the channels named and nothing else: every operation of the OpenAPI document and every channel of the socket, with
// the ids of all that is hidden, and no answer or push that has a word of it.
import assert from "node:assert/strict";
import { call, madeUp, operationsOf } from "../support/api_operations.ts";
import { png } from "../support/picture_files.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

/** In every name and text that a guest must not see. */
const MARK = "zzhidden";

async function made(t: TestApp, method: string, path: string, token: string, body?: unknown) {
  const answer = await t.call(method, path, { token, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function invite(t: TestApp, owner: Person): Promise<{ guest: Person; channel: string; host: Person }> {
  const host = await t.person("member", "host");
  const guest = await t.person("guest", "visitor");
  const channel = (await made(t, "POST", "/channels", host.access, { name: "project", type: "private" })).id;
  await made(t, "POST", `/channels/${channel}/members`, host.access, { user_ids: [guest.id] });
  await made(t, "PUT", "/organization", owner.access, { name: "First" });
  return { guest, channel, host };
}

/** Ids of one of everything that the guest has nothing to do with. */
async function hiddenThings(t: TestApp, owner: Person): Promise<Record<string, string>> {
  const other = await t.person("member", `${MARK}-ana`);
  const as = other.access;
  const open = (await made(t, "POST", "/channels", as, { name: `${MARK}-open`, type: "public", topic: MARK })).id;
  const closed = (await made(t, "POST", "/channels", as, { name: `${MARK}-closed`, type: "private" })).id;
  const message = (await made(t, "POST", `/channels/${open}/messages`, as, { content: `${MARK} plan` })).id;
  const inClosed = (await made(t, "POST", `/channels/${closed}/messages`, as, { content: `${MARK} plan` })).id;
  const upload = await fetch(`${t.url}/api/v1/media/upload?filename=${MARK}.txt`, {
    method: "PUT",
    headers: { authorization: `Bearer ${as}` },
    body: MARK,
  }).then((r) => r.json());
  await made(t, "POST", `/channels/${open}/messages`, as, { content: MARK, attachments: [upload.id] });
  const pictured = await fetch(`${t.url}/api/v1/users/${other.id}/avatar`, {
    method: "PUT",
    headers: { authorization: `Bearer ${as}`, "content-type": "image/png" },
    body: await png(8, 8),
  }).then((r) => r.json());
  await made(t, "POST", "/notify", owner.access, { type: "test", message: `${MARK} to all`, persist: true });
  await made(t, "POST", "/admin/commands", owner.access, {
    trigger: `${MARK}-deploy`,
    url: "https://example.org/deploy",
    description: MARK,
  });
  const group = await made(t, "POST", "/user-groups", owner.access, {
    name: MARK,
    handle: `${MARK}-team`,
    user_ids: [other.id],
  });
  const service = (await made(t, "POST", "/service-accounts", owner.access, { username: `${MARK}-bot` })).id;
  return {
    group: group.id,
    service,
    other: other.id,
    open,
    closed,
    message,
    inClosed,
    media: upload.id,
    avatar: pictured.avatar_url.split("/").at(-1),
  };
}

/** They end the guest's own session or account. */
const ENDS = /logout|change-password|DELETE \/api\/v1\/auth\/me/;

for (const db of testedKinds()) {
  Deno.test(`${db}: guests: no operation tells a guest of anything outside the channels named`, async () => {
    await using t = await createTestApp({
      db,
      settings: { registration: "open", "rate-limit-per-minute": "0", "webhook-private": "allow" },
    });
    const owner = await t.owner();
    const { guest, channel, host } = await invite(t, owner);
    const hidden = await hiddenThings(t, owner);
    const document = (await t.call("GET", "//openapi.json")).body;
    const operations = operationsOf(document, t.app.permissionTable).filter((op) =>
      !op.socket && op.needs !== undefined
    );
    const wrong: string[] = [];
    const look = async (op: typeof operations[number], ids: typeof madeUp, what: string) => {
      const answer = await call(t, op, ids, guest.access);
      const told = answer.text.replaceAll(/"request_id":"[^"]*"/g, "");
      if (told.includes(MARK)) wrong.push(`${op.name} (${what}) tells ${told.slice(0, 200)}`);
      return answer;
    };
    for (const op of operations.filter((op) => !ENDS.test(op.name))) {
      const unknown = await look(op, madeUp, "nothing");
      if (!op.path.includes("{")) continue;
      for (const [what, id] of Object.entries(hidden)) {
        const ids: typeof madeUp = (path) => {
          const [first] = Object.keys(madeUp(path));
          return { ...madeUp(path), [first!]: id };
        };
        const answer = await look(op, ids, what);
        // Whether it exists cannot be told either.
        if (answer.status !== unknown.status) {
          wrong.push(`${op.name} (${what}): ${answer.status}, not ${unknown.status}`);
        }
      }
    }
    assert.deepEqual(wrong, []);

    // What is asked for by name, and what an id is sent for in a body.
    const as = { token: guest.access };
    for (
      const path of [
        "/users?q=zz",
        "/users/online",
        "/channels?archived=false",
        "/channels?member=false",
        "/channels?type=public",
        "/search/suggest?q=zz",
        "/search/suggest?q=%40zz",
        `/messages/search?q=${MARK}`,
        `/messages/search?q=${encodeURIComponent(`from:${MARK}-ana plan`)}`,
        "/notifications",
        "/commands",
        "/threads",
      ]
    ) {
      const { items: _, ...rest } = (await t.call("GET", path, as)).body;
      const { text } = await t.call("GET", path, as);
      const answered = path.startsWith("/messages/search") ? JSON.stringify(rest.items ?? "") : text;
      assert.ok(!answered.includes(MARK), `${path}: ${text}`);
    }
    const asked = (id: string) => ({ ...as, body: { type: "direct", user_ids: [id] } });
    const stranger = await t.call("POST", "/channels", asked(hidden.other!));
    const nobody = await t.call("POST", "/channels", asked(crypto.randomUUID()));
    assert.deepEqual([stranger.status, stranger.body.errors], [nobody.status, nobody.body.errors]);
    assert.equal((await t.call("POST", "/channels", asked(host.id))).status, 201);
    for (const [type, name] of [["public", "mine"], ["private", "mine"]]) {
      assert.equal((await t.call("POST", "/channels", { ...as, body: { type, name } })).status, 403);
    }
    const say = (text: string) => t.call("POST", `/channels/${channel}/commands`, { ...as, body: { text } });
    for (
      const [real, fake] of [
        [`/msg @${MARK}-ana hello`, "/msg @zzmadeup-ana hello"],
        [`/invite @${MARK}-ana`, "/invite @zzmadeup-ana"],
        [`/join #${MARK}-open`, "/join #zzmadeup-open"],
        [`/${MARK}-deploy`, "/zzmadeup-deploy"],
      ]
    ) {
      const [one, other] = [await say(real!), await say(fake!)];
      assert.equal(one.status, other.status, `${real}: ${one.text}`);
      assert.ok(one.status >= 400);
    }
    assert.equal(
      (await t.call("POST", `/channels/${channel}/members`, { ...as, body: { user_ids: [hidden.other] } })).status,
      403,
    );
    assert.equal(
      (await t.call("POST", `/channels/${channel}/messages`, { ...as, body: { content: "@channel hi" } })).status,
      403,
    );

    // What is named is there: people, messages, files.
    const people = (await t.call("GET", "/users", as)).body.items.map((user: Person) => user.username);
    assert.deepEqual(people.sort(), ["host", "visitor"]);
    assert.equal((await t.call("GET", `/users/${host.id}`, as)).status, 200);
    assert.equal((await t.call("GET", "/organization", as)).body.users, 2);
    assert.equal(
      (await t.call("POST", `/channels/${channel}/messages`, { ...as, body: { content: "@host hello" } })).status,
      201,
    );
    const mine = (await t.call("GET", "/channels", as)).body.items;
    assert.deepEqual(mine.map((one: { name: string | null }) => one.name).sort(), ["project", null].sort());
  });

  Deno.test(`${db}: guests: sockets and streams carry nothing but the channels named`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open", "rate-limit-per-minute": "0" } });
    const owner = await t.owner();
    const { guest, channel, host } = await invite(t, owner);
    const hidden = await hiddenThings(t, owner);
    const refused = [
      "broadcast",
      "presence",
      "notify:builds",
      `channel:${hidden.open}`,
      `channel:${hidden.closed}`,
      `user:${hidden.other}:chat`,
      `user:${hidden.other}:notifications`,
      "dashboard",
      "moderation",
      "transfers",
      "agents",
    ];
    const own = [`channel:${channel}`, "user:me:chat", "user:me:notifications"];
    const socket = await openSocket(`${t.url}/ws?token=${guest.access}`);
    socket.send({ type: "subscribe", id: 1, channels: [...own, ...refused] });
    const { data } = await socket.wait((f) => f.type === "ack");
    assert.deepEqual(Object.keys(data.channels).sort(), [...own].sort());
    assert.deepEqual(Object.keys(data.denied).sort(), [...refused].sort());
    assert.equal(data.denied[`channel:${hidden.open}`], data.denied[`channel:${hidden.closed}`]);
    for (const path of [`/sse/activity/${hidden.open}`, "/sse/dashboard", "/sse?channels=broadcast"]) {
      const answer = await fetch(`${t.url}/api/v1${path}`, { headers: { authorization: `Bearer ${guest.access}` } });
      const text = answer.ok
        ? new TextDecoder().decode((await answer.body!.getReader().read()).value)
        : await answer.text();
      assert.ok(answer.status >= 400 || /denied|forbidden/.test(text), `${path}: ${answer.status} ${text}`);
    }
    // Life outside goes on; the guest hears of what is said where they are.
    await made(t, "POST", "/notify", owner.access, { type: "test", message: MARK, persist: true });
    await made(
      t,
      "POST",
      `/channels/${hidden.open}/messages`,
      (await t.login({ username: `${MARK}-ana`, password: owner.password })).body.access_token,
      {
        content: `@visitor ${MARK}`,
      },
    );
    await made(t, "POST", `/channels/${channel}/messages`, host.access, { content: "@visitor done" });
    await until(() => socket.frames.some((f) => JSON.stringify(f).includes("@visitor done")));
    assert.ok(
      !socket.frames.some((f) => JSON.stringify(f).includes(MARK) && f.type !== "ack"),
      JSON.stringify(socket.frames),
    );
    // Who is taken out reads no more; who becomes a member is let into what everybody has.
    await made(t, "DELETE", `/channels/${channel}/members/${guest.id}`, host.access);
    await until(() => socket.frames.some((f) => f.type === "error" && f.subject === `channel:${channel}`));
    assert.deepEqual((await made(t, "GET", "/channels", guest.access)).items, []);
    await made(t, "PUT", `/users/${guest.id}`, owner.access, { role: "member" });
    const names = (await made(t, "GET", "/channels?member=true", guest.access)).items.map((c: { name: string }) =>
      c.name
    );
    assert.deepEqual(names, ["general"]);
    socket.close();
  });
}
