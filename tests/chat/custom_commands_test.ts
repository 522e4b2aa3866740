// Custom slash commands on both kinds of database: they call a real server, signed and bounded, never into private networks
// when that is off; later answers end.
import assert from "node:assert/strict";
import { sweepResponses } from "../../features/chat/commands/calls.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

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

    await s.step("every call is in the document", async () => {
      const { paths } = (await t.call("GET", "//openapi.json")).body;
      for (
        const path of [
          "/drafts",
          "/channels/{id}/draft",
          "/scheduled/{id}/send",
          "/channels/{id}/settings",
          "/commands",
        ]
          .concat(["/channels/{id}/commands", "/admin/commands/{id}", "/admin/chat-settings"])
      ) assert.ok(paths[`/api/v1${path}`], path);
      assert.ok(paths["/hooks/commands/{token}"].post.responses["404"]);
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
        const actions = [{ type: "button", name: "undo", text: "Undo", value: "1.2" }];
        answer = () => Response.json({ response_type: "in_channel", attachments: [{ title: "Done", actions }] });
        const [action] = (await run(ana, "/deploy 1.2")).body.message.cards[0].actions;
        assert.deepEqual([action.label, action.value], ["Undo", undefined], "a command takes no clicks");
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
