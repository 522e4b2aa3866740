// Slash commands on both kinds of database: the built-in ones obey the rights of the actions behind them; custom ones call
// a real server, signed and bounded, never into private networks when that is off; later answers end.
import assert from "node:assert/strict";
import { nearest, parseCommand, parseDuration, parseReminder } from "../features/chat/command_list.ts";
import { sendDue } from "../features/chat/scheduled_sender.ts";
import { toMarkdown } from "../features/chat/slack_text.ts";
import { sweepResponses } from "../features/chat/command_calls.ts";
import { openSocket } from "./socket_client.ts";
import { createTestApp, type Person, type TestApp } from "./test_app.ts";
import { testedKinds } from "./test_db.ts";
import { until } from "./wait.ts";

Deno.test("commands are taken apart", () => {
  assert.deepEqual(parseCommand("/Topic  a\nb "), { name: "topic", rest: "a\nb" });
  assert.deepEqual(parseCommand("/"), { name: "", rest: "" });
  assert.deepEqual(nearest("topci", ["topic", "help", "join"]), ["topic"]);
  assert.deepEqual(nearest("inv", ["invite", "help"]), ["invite"]);
  assert.deepEqual(nearest("xyzzy", ["topic", "help"]), []);
  assert.deepEqual([parseDuration("1h30m"), parseDuration("2 days"), parseDuration("5 parsecs")], [
    5400,
    172_800,
    undefined,
  ]);
  const reminders: [string, unknown][] = [
    ["me in 10m drink water", { target: "me", seconds: 600, text: "drink water" }],
    ["me in 1h 30m call mum", { target: "me", seconds: 5400, text: "call mum" }],
    ["#ops deploy in 3h", { target: "ops", seconds: 10_800, text: "deploy" }],
    ["me en 2 días llamar", { target: "me", seconds: 172_800, text: "llamar" }],
    ["me in 10 minutes 3 apples", { target: "me", seconds: 600, text: "3 apples" }],
    ["me in 5m", undefined],
    ["somebody in 5m x", undefined],
  ];
  for (const [text, expected] of reminders) assert.deepEqual(parseReminder(text), expected, text);
});

Deno.test("Slack's markup as Markdown", () => {
  const cases: [string, string][] = [
    ["*bold* and ~gone~ and 2*3*4", "**bold** and ~~gone~~ and 2*3*4"],
    ["**already** fine", "**already** fine"],
    ["<https://a.example/x_*y*|see *this*>", "[see *this*](https://a.example/x_*y*)"],
    ["<https://a.example?a=1&amp;b=2>", "https://a.example?a=1&b=2"],
    ["`*code* &lt;b&gt;`", "`*code* <b>`"],
    ["<!here> <@ana> <#C1|ops> <mailto:a@b.example|mail>", "@here @ana #ops [mail](mailto:a@b.example)"],
    ["<javascript:alert(1)|click>", "click"],
    ["&lt;script&gt; \u{e000}0\u{e000}", "<script> 0"],
    ["<https://x.example/)[evil](http://y.example|a]b>", "[a\\]b](https://x.example/%29[evil]%28http://y.example)"],
  ];
  for (const [slack, markdown] of cases) assert.equal(toMarkdown(slack), markdown);
});

interface Received {
  headers: Headers;
  body: string;
  fields: Record<string, string>;
}

/** The server of a custom command, a real one. */
function commandServer(answer: (fields: Record<string, string>) => Response | Promise<Response>) {
  const received: Received[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = await request.text();
    const json = request.headers.get("content-type")?.startsWith("application/json");
    const fields = json ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    received.push({ headers: request.headers, body, fields });
    return await answer(fields);
  });
  return { url: `http://127.0.0.1:${server.addr.port}/x`, received, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function hmac(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))).toHex();
}

async function makeChannel(t: TestApp, owner: Person, input: Record<string, unknown>, members: Person[] = []) {
  const made = await t.call("POST", "/channels", {
    token: owner.access,
    body: { ...input, user_ids: members.map((m) => m.id) },
  });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

for (const kind of testedKinds()) {
  Deno.test(`built-in commands on ${kind}`, async (s) => {
    let shift = 0;
    await using t = await createTestApp({ db: kind, now: () => new Date(Date.now() + shift) });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const team = await makeChannel(t, ana, { name: "team" }, [ben]);
    const run = (person: Person, text: string, more: Record<string, unknown> = {}, id = team.id) =>
      t.call("POST", `/channels/${id}/commands`, { token: person.access, body: { text, ...more } });
    const channel = async (person = ana, id = team.id) =>
      (await t.call("GET", `/channels/${id}`, { token: person.access })).body;

    await s.step("the list, and help in the caller's language", async () => {
      const { items } = (await t.call("GET", "/commands", { token: ben.access })).body;
      assert.ok(items.length >= 19);
      assert.ok(items.every((c: { description: { es: string; en: string } }) => c.description.en && c.description.es));
      const help = (await run(ben, "/help")).body;
      assert.equal(help.response_type, "ephemeral");
      assert.match(help.text, /`\/topic \[text \| -\]`: Shows/);
      await t.call("PUT", "/auth/me", { token: ben.access, body: { locale: "es" } });
      assert.match((await run(ben, "/help topic")).body.text, /Comandos:[\s\S]*Muestra, cambia/);
    });

    await s.step("messages: me, shrug and the escape, also in threads, harmless to repeat", async () => {
      const me = (await run(ana, "/me waves")).body;
      assert.deepEqual([me.response_type, me.message.content, me.message.user.id], ["in_channel", "_waves_", ana.id]);
      assert.equal((await run(ana, "/shrug who knows")).body.message.content, "who knows ¯\\\\\\_(ツ)\\_/¯");
      const escaped = (await run(ana, "//topic is a command", { root_id: me.message.id })).body.message;
      assert.deepEqual([escaped.content, escaped.root_id], ["/topic is a command", me.message.id]);
      const first = (await run(ana, "/me once", { client_id: "c1" })).body.message.id;
      assert.equal((await run(ana, "/me once", { client_id: "c1" })).body.message.id, first);
      assert.equal((await run(ana, "hello")).status, 422);
    });

    await s.step(
      "the channel: topic, rename, invite, kick, archive, with the rights of the calls behind them",
      async () => {
        assert.equal((await run(ana, "/topic Release on Friday")).status, 200);
        assert.equal((await channel()).topic, "Release on Friday");
        assert.match((await run(ben, "/topic")).body.text, /Release on Friday/);
        for (const text of ["/topic mine", "/rename mine", "/archive", "/kick @ana"]) {
          assert.equal((await run(ben, text)).status, 403, text);
        }
        assert.equal((await run(ana, "/topic -")).status, 200);
        assert.equal((await run(ana, "/rename Equipo")).status, 200);
        assert.deepEqual([(await channel()).topic, (await channel()).name], ["", "Equipo"]);
        const eva = await t.person("member", "eva");
        assert.match((await run(ana, "/invite @eva")).body.text, /@eva/);
        assert.equal((await channel(eva)).is_member, true);
        assert.equal((await run(ana, "/kick @eva")).status, 200);
        assert.equal((await channel(eva)).is_member, false);
        assert.equal((await run(ana, "/invite @nobody")).status, 422);
        assert.equal((await run(ana, `/topic ${"x".repeat(300)}`)).status, 422);
      },
    );

    await s.step("going somewhere: join, msg, leave, search", async () => {
      const news = await makeChannel(t, owner, { name: "big news" });
      const secret = await makeChannel(t, owner, { name: "secret", type: "private" });
      assert.equal((await run(ben, "/join #Big News")).body.goto_channel_id, news.id);
      assert.equal((await channel(ben, news.id)).is_member, true);
      assert.equal((await run(ben, "/join #secret")).status, 422);
      assert.equal((await channel(owner, secret.id)).member_count, 1);
      const written = (await run(ben, "/msg @ana hola, qué tal")).body;
      assert.deepEqual([written.response_type, written.message.content], ["none", "hola, qué tal"]);
      assert.equal((await channel(ana, written.goto_channel_id)).type, "direct");
      assert.equal((await run(ben, "/dm @ana, @owner")).body.message, null);
      assert.equal((await run(ben, "/leave", {}, news.id)).status, 200);
      assert.equal((await channel(ben, news.id)).is_member, false);
      assert.equal((await run(ben, "/search from:ana menu")).body.search, "from:ana menu");
    });

    await s.step("one's own: mute, status", async () => {
      assert.match((await run(ana, "/mute 2h")).body.text, /2 hours/);
      const until = Date.parse((await channel()).muted_until) - Date.now();
      assert.ok(until > 7_000_000 && until <= 7_200_000, String(until));
      await run(ana, "/unmute");
      assert.equal((await channel()).muted_until, null);
      assert.equal((await run(ana, "/mute soon")).status, 422);
      const me = async () => (await t.call("GET", `/users/${ana.id}`, { token: ana.access })).body;
      await run(ana, "/dnd in a meeting");
      assert.deepEqual([(await me()).status, (await me()).status_text], ["busy", "in a meeting"]);
      await run(ana, "/status writing");
      assert.deepEqual([(await me()).status, (await me()).status_text], ["busy", "writing"]);
      await run(ana, "/status");
      assert.equal((await me()).status_text, null);
    });

    await s.step("reminders: to oneself a notification, to a channel a message", async () => {
      assert.match((await run(ana, "/remind me in 10m drink water")).body.text, /10 minutes: drink water/);
      assert.equal((await run(ana, "/remind #equipo in 10m stand up")).status, 200);
      assert.equal((await run(ana, "/remind me tomorrow")).status, 422);
      assert.equal((await run(ana, "/remind me in 999 days x")).status, 422);
      assert.equal((await run(ben, "/remind #secret in 10m x")).status, 422);
      shift = 601_000;
      await sendDue(t.app);
      const inbox = await until(async () =>
        (await t.call("GET", "/notifications", { token: ana.access })).body.items
          .find((i: { type: string }) => i.type === "reminder")
      );
      assert.deepEqual([inbox.message, inbox.data.channel_id], ["drink water", team.id]);
      const [last] = (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ben.access })).body.items;
      assert.deepEqual([last.content, last.user.id], ["**Reminder:** stand up", ana.id]);
      assert.deepEqual(
        (await t.call("GET", "/notifications", { token: ben.access })).body.items
          .filter((i: { type: string }) => i.type === "reminder"),
        [],
      );
    });

    await s.step("unknown ones name near ones; a command clears the draft; viewers only look", async () => {
      const unknown = await run(ana, "/topci x");
      assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown_command"]);
      assert.deepEqual(unknown.body.errors, [{ path: "text", message: "/topic" }]);
      assert.equal((await run(ana, "/ x")).body.code, "unknown_command");
      assert.equal((await run(ana, "/constructor")).body.code, "unknown_command");
      await t.call("PUT", `/channels/${team.id}/draft`, { token: ana.access, body: { content: "/me wa" } });
      assert.equal((await run(ana, "/me waves")).status, 200);
      assert.deepEqual((await t.call("GET", "/drafts", { token: ana.access })).body.items, []);
      const viewer = await t.person("viewer", "vera");
      await t.call("POST", `/channels/${team.id}/members`, { token: ana.access, body: { user_id: viewer.id } });
      assert.equal((await run(viewer, "/me writes")).status, 403);
      assert.equal((await run(viewer, "/help")).status, 200);
      const outsider = await t.person("member", "otto");
      assert.equal((await run(outsider, "/help")).status, 403);
      assert.equal((await run(ana, "/archive")).status, 200);
      assert.equal((await run(ben, "/me late")).body.code, "channel_archived");
    });
  });

  Deno.test(`custom commands on ${kind}`, async (s) => {
    let shift = 0;
    await using t = await createTestApp({
      db: kind,
      settings: { registration: "open", "webhook-private": "allow" },
      now: () => new Date(Date.now() + shift),
    });
    const owner = await t.owner(), ana = await t.person("member", "ana"), stranger = await t.stranger();
    const team = await makeChannel(t, owner, { name: "team" }, [ana]);
    let answer: () => Response | Promise<Response> = () => new Response("");
    await using server = commandServer(() => answer());
    const add = (person: Person, more: Record<string, unknown> = {}) =>
      t.call("POST", "/admin/commands", {
        token: person.access,
        body: { trigger: "deploy", url: server.url, description: "Deploys", usage: "version", ...more },
      });
    const run = (person: Person, text: string, more: Record<string, unknown> = {}) =>
      t.call("POST", `/channels/${team.id}/commands`, { token: person.access, body: { text, ...more } });
    const made = await add(owner);
    assert.equal(made.status, 201, made.text);
    const organization = (await t.call("GET", "/organization", { token: owner.access })).body;

    await s.step("only admins manage them; secrets are shown once; names are unique and not built in", async () => {
      assert.equal((await add(ana, { trigger: "other" })).status, 403);
      assert.equal((await t.call("GET", "/admin/commands", { token: ana.access })).status, 403);
      assert.equal((await add(owner)).status, 409);
      assert.equal((await add(owner, { trigger: "topic" })).status, 422);
      assert.equal((await add(owner, { trigger: "dm" })).status, 422);
      assert.equal((await add(owner, { trigger: "a b" })).status, 422);
      const { items } = (await t.call("GET", "/admin/commands", { token: owner.access })).body;
      assert.deepEqual([items.length, "secret" in items[0], "token" in items[0]], [1, false, false]);
      assert.deepEqual((await t.call("GET", "/admin/commands", { token: stranger.access })).body.items, []);
      const path = `/admin/commands/${made.body.id}`;
      assert.equal((await t.call("PUT", path, { token: stranger.access, body: { enabled: false } })).status, 404);
      assert.equal((await t.call("DELETE", path, { token: stranger.access })).status, 404);
      const listed = (await t.call("GET", "/commands", { token: ana.access })).body.items;
      assert.ok(listed.some((c: { name: string; custom: boolean }) => c.name === "deploy" && c.custom));
    });

    await s.step("the call carries Slack's fields and a signature that a receiver can check", async () => {
      answer = () => Response.json({ response_type: "ephemeral", text: "Started *1.2*" });
      const said = (await run(ana, "/deploy 1.2 now")).body;
      assert.deepEqual([said.response_type, said.text, said.message], ["ephemeral", "Started **1.2**", null]);
      const { headers, body, fields } = server.received.at(-1)!;
      assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
      assert.deepEqual(
        [fields.token, fields.team_id, fields.channel_id, fields.channel_name, fields.user_id, fields.user_name],
        [made.body.token, organization.id, team.id, "team", ana.id, "ana"],
      );
      assert.deepEqual([fields.command, fields.text], ["/deploy", "1.2 now"]);
      assert.match(fields.response_url!, /\/hooks\/commands\/[\w-]{43}$/);
      assert.ok(fields.trigger_id);
      const timestamp = headers.get("x-pulpo-timestamp");
      assert.equal(headers.get("x-pulpo-signature"), `sha256=${await hmac(made.body.secret, `${timestamp}.${body}`)}`);
    });

    await s.step(
      "JSON when asked for; in_channel is a message of the command; plain text is for the caller",
      async () => {
        await t.call("PUT", `/admin/commands/${made.body.id}`, { token: owner.access, body: { format: "json" } });
        answer = () =>
          Response.json({ response_type: "in_channel", text: "Deployed <https://x.example|1.2>", attachments: [{}] });
        const { message } = (await run(ana, "/deploy 1.2")).body;
        assert.equal(server.received.at(-1)!.fields.text, "1.2");
        assert.deepEqual([message.content, message.user.is_bot, message.user.username, message.user.id], [
          "Deployed [1.2](https://x.example)",
          true,
          "deploy (ana)",
          null,
        ]);
        answer = () => new Response("just text");
        assert.equal((await run(ana, "/deploy")).body.text, "just text");
        answer = () => new Response("");
        assert.equal((await run(ana, "/deploy")).body.response_type, "none");
      },
    );

    await s.step("a server that fails, lies or floods is an error for the caller and nothing else", async () => {
      for (
        const bad of [
          () => new Response("no", { status: 500 }),
          () => new Response("{not json"),
          () => Response.json({ text: 5 }),
          () => Response.redirect("http://127.0.0.1:1/", 302),
          () => new Response(`{"text":"${"x".repeat(200_000)}"}`),
        ]
      ) {
        answer = bad;
        const said = await run(ana, "/deploy");
        assert.deepEqual([said.status, said.body.code], [503, "unavailable"], said.text);
      }
      let release = () => {};
      answer = () => new Promise((done) => release = () => done(new Response("too late")));
      const hung = await run(ana, "/deploy");
      release();
      assert.deepEqual([hung.status, hung.body.code], [503, "unavailable"]);
      answer = () => Response.json({ text: "y".repeat(40_000), response_type: "nonsense" });
      const long = (await run(ana, "/deploy")).body;
      assert.equal(long.response_type, "ephemeral");
      assert.ok(long.text.length <= 16 * 1024);
      const { last_status } = (await t.call("GET", "/admin/commands", { token: owner.access })).body.items[0];
      assert.equal(last_status, 200);
    });

    await s.step("later answers: to the caller alone or into the channel, five of them", async () => {
      answer = () => new Response("");
      await using phone = await openSocket(`${t.url}/ws?token=${ana.access}`);
      await phone.ask({ type: "subscribe", channels: ["user:me:chat"] });
      await run(ana, "/deploy later");
      const url = new URL(server.received.at(-1)!.fields.response_url!);
      const post = (body: unknown) => t.call("POST", `/${url.pathname}`, { body });
      assert.equal((await post({ text: "half *way*" })).text, "ok");
      const push = await phone.wait((f) => f.type === "command_response");
      assert.deepEqual(push.data, { channel_id: team.id, root_id: null, command: "deploy", text: "half **way**" });
      assert.equal((await post({ response_type: "in_channel", text: "all done" })).text, "ok");
      const [last] = (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ana.access })).body.items;
      assert.deepEqual([last.content, last.user.username], ["all done", "deploy (ana)"]);
      assert.deepEqual([(await post("{")).text, (await post({ text: "" })).text], ["invalid_payload", "no_text"]);
      assert.equal((await post({ text: "fifth" })).text, "ok");
      const sixth = await post({ text: "sixth" });
      assert.deepEqual([sixth.status, sixth.text], [404, "expired_url"]);
      assert.equal((await t.call("POST", `//hooks/commands/${"a".repeat(43)}`, { body: {} })).status, 404);
    });

    await s.step("later answers end with the time, the command, and the caller's place in the channel", async () => {
      const open = async () => {
        await run(ana, "/deploy later");
        const { pathname } = new URL(server.received.at(-1)!.fields.response_url!);
        return (body: unknown) => t.call("POST", `/${pathname}`, { body });
      };
      const late = await open(), off = await open(), left = await open();
      shift = 31 * 60_000;
      assert.equal((await late({ text: "x" })).text, "expired_url");
      shift = 0;
      const path = `/admin/commands/${made.body.id}`;
      await t.call("PUT", path, { token: owner.access, body: { enabled: false } });
      assert.equal((await off({ text: "x" })).text, "expired_url");
      assert.equal((await run(ana, "/deploy")).body.code, "unknown_command");
      await t.call("PUT", path, { token: owner.access, body: { enabled: true } });
      await t.call("POST", `/channels/${team.id}/leave`, { token: ana.access });
      const refused = await left({ response_type: "in_channel", text: "x" });
      assert.deepEqual([refused.status, refused.text], [403, "action_prohibited"]);
      await t.call("POST", `/channels/${team.id}/join`, { token: ana.access });
      shift = 31 * 60_000;
      await sweepResponses(t.app);
      assert.equal((await t.app.db.rows({ text: "select 1 from command_responses", values: [] } as never)).length, 0);
      shift = 0;
    });

    await s.step("whoever may not write gets no message into the channel; calls are limited", async () => {
      answer = () => Response.json({ response_type: "in_channel", text: "loud" });
      await t.call("PUT", `/channels/${team.id}`, { token: owner.access, body: { policy: { post: "admin" } } });
      assert.equal((await run(ana, "/deploy")).status, 403);
      const count = server.received.length;
      const statuses: number[] = [];
      for (let i = 0; i < 31; i++) statuses.push((await run(ana, "/deploy")).status);
      assert.ok(statuses.includes(429), statuses.join(" "));
      assert.ok(server.received.length - count < 31);
    });
  });

  Deno.test(`custom commands never reach private networks on ${kind}`, async () => {
    await using t = await createTestApp({ db: kind, settings: { "webhook-private": "deny" } });
    const owner = await t.owner();
    const team = await makeChannel(t, owner, { name: "team" });
    await using server = commandServer(() => new Response("reached"));
    const add = (url: string) =>
      t.call("POST", "/admin/commands", { token: owner.access, body: { trigger: "probe", url } });
    for (
      const url of [
        server.url,
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:80/",
        "http://2130706433/",
        "http://10.0.0.1/",
        "ftp://example.org/",
        "http://user:pw@example.org/",
      ]
    ) {
      assert.equal((await add(url)).status, 422, url);
    }
    // A name that is harmless when it is added and private when it is called.
    const made = await add("http://later.invalid/");
    assert.equal(made.status, 201, made.text);
    await t.app.db.run({ text: "update custom_commands set url = $1", values: [server.url] } as never);
    const said = await t.call("POST", `/channels/${team.id}/commands`, {
      token: owner.access,
      body: { text: "/probe" },
    });
    assert.equal(said.status, 503, said.text);
    assert.equal(server.received.length, 0);
    assert.ok(!said.text.includes("127.0.0.1"), "nothing about the inside is told");
  });
}
