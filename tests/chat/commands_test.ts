// The built-in slash commands on both kinds of database: each obeys the rights of the action behind it.
import assert from "node:assert/strict";
import { nearest, parseCommand, parseDuration, parseReminder } from "../../features/chat/commands/built_in_list.ts";
import { sendDue } from "../../features/chat/scheduled/sender.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

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
}
