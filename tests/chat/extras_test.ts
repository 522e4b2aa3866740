// Drafts, scheduled messages and a person's settings of a channel, on both kinds of database, over HTTP and real sockets.
import assert from "node:assert/strict";
import { sendDue } from "../../features/chat/scheduled/sender.ts";
import { sweepDrafts } from "../../features/chat/messages/drafts.ts";
import { removeUnused } from "../../features/media/remove.ts";
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import { MAX_DRAFTS, MAX_SCHEDULED } from "../../protocol/chat/extras.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const HOUR = 3_600_000;

async function channelOf(t: TestApp, owner: Person, input: Record<string, unknown>, members: Person[] = []) {
  const made = await t.call("POST", "/channels", {
    token: owner.access,
    body: { ...input, user_ids: members.map((m) => m.id) },
  });
  assert.ok(made.status === 201 || made.status === 200, made.text);
  return made.body;
}

const messagesOf = async (t: TestApp, person: Person, channelId: string): Promise<string[]> =>
  (await t.call("GET", `/channels/${channelId}/messages`, { token: person.access })).body.items
    // deno-lint-ignore no-explicit-any
    .filter((m: any) => m.message_type !== "system").map((m: any) => m.content).reverse();

/** A socket that hears the person's own chat channel. */
async function devices(t: TestApp, person: Person) {
  const socket = await openSocket(`${t.url}/ws?token=${person.access}`);
  const ack = await socket.ask({ type: "subscribe", channels: ["user:me:chat"] });
  assert.deepEqual(ack.data.denied, {});
  return socket;
}

for (const kind of testedKinds()) {
  Deno.test(`drafts on ${kind}`, async (s) => {
    let shift = 0;
    await using t = await createTestApp({ db: kind, now: () => new Date(Date.now() + shift) });
    const owner = await t.owner(), ana = await t.person(), ben = await t.person();
    const team = await channelOf(t, owner, { name: "team" }, [ana, ben]);
    const secret = await channelOf(t, owner, { name: "secret", type: "private" });
    const put = (person: Person, body: unknown, query = "", id = team.id) =>
      t.call("PUT", `/channels/${id}/draft${query}`, { token: person.access, body });
    const drafts = async (person: Person) => (await t.call("GET", "/drafts", { token: person.access })).body.items;
    const send = (person: Person, body: unknown) =>
      t.call("POST", `/channels/${team.id}/messages`, { token: person.access, body });

    await s.step("kept, told to one's other devices, seen by nobody else", async () => {
      await using phone = await devices(t, ana);
      await using other = await devices(t, ben);
      const saved = await put(ana, { content: "Hola a to" });
      assert.equal(saved.status, 200, saved.text);
      const push = await phone.wait((f) => f.type === "draft_changed");
      assert.deepEqual([push.data.channel_id, push.data.root_id, push.data.content], [team.id, null, "Hola a to"]);
      assert.equal((await drafts(ana)).length, 1);
      assert.deepEqual(await drafts(ben), []);
      await put(ben, { content: "x" });
      await other.wait((f) => f.type === "draft_changed");
      assert.equal(other.frames.filter((f) => f.type === "draft_changed").length, 1);
    });

    await s.step("the newest wins, also over what was removed", async () => {
      const old = new Date(Date.now() - HOUR).toISOString();
      const stale = await put(ana, { content: "older", updated_at: old });
      assert.equal(stale.body.content, "Hola a to");
      assert.equal((await t.call("DELETE", `/channels/${team.id}/draft`, { token: ana.access })).status, 204);
      assert.deepEqual(await drafts(ana), []);
      await put(ana, { content: "older", updated_at: old });
      assert.deepEqual(await drafts(ana), []);
      // A clock that is ahead does not win for ever.
      const ahead = await put(ana, { content: "now", updated_at: new Date(Date.now() + HOUR).toISOString() });
      assert.ok(Date.parse(ahead.body.updated_at) <= Date.now() + 1000);
      await put(ana, { content: "then" });
      assert.equal((await drafts(ana))[0].content, "then");
    });

    await s.step("sending clears the place, and only what was written before", async () => {
      await using phone = await devices(t, ana);
      const root = (await send(ben, { content: "a thread" })).body;
      await put(ana, { content: "reply in", attachments: [] }, `?root_id=${root.id}`);
      await send(ana, { content: "then" });
      const cleared = await phone.wait((f) => f.type === "draft_changed" && f.data.content === "");
      assert.equal(cleared.data.root_id, null);
      assert.deepEqual((await drafts(ana)).map((d: { root_id: string }) => d.root_id), [root.id]);
      await send(ana, { content: "reply", reply_to_id: root.id });
      await until(async () => (await drafts(ana)).length === 0);
    });

    await s.step("what a program sends was not in the composer", async () => {
      const token = (await t.call("POST", "/auth/tokens", {
        token: ana.access,
        body: { name: "bot", scopes: ["chat.send", "chat.read"] },
      })).body.token;
      await put(ana, { content: "mine" });
      await send({ ...ana, access: token }, { content: "from a program" });
      await send(ben, { content: "after" });
      await put(ben, { content: "marker" });
      await send(ben, { content: "clears ben's" });
      await until(async () => (await drafts(ben)).length === 0);
      assert.equal((await drafts(ana))[0].content, "mine");
    });

    await s.step("only where one may read; threads must be there", async () => {
      assert.equal((await put(ana, { content: "x" }, "", secret.id)).status, 404);
      assert.equal((await put(ana, { content: "x" }, "", newId())).status, 404);
      assert.equal((await put(ana, { content: "x" }, `?root_id=${newId()}`)).status, 404);
      assert.equal((await put(ana, { content: "\0" })).status, 422);
      const far = await channelOf(t, owner, { name: "far" }, [ana]);
      const root = (await send(ben, { content: "here" })).body;
      assert.equal((await put(ana, { content: "x" }, `?root_id=${root.id}`, far.id)).status, 422);
      await put(ana, { content: "in far" }, "", far.id);
      await t.call("POST", `/channels/${far.id}/leave`, { token: ana.access });
      assert.ok(!(await drafts(ana)).some((d: { channel_id: string }) => d.channel_id === far.id));
    });

    await s.step("bounded; marks of removed ones make room and are swept", async () => {
      await t.app.db.run(sql`
        insert into chat_drafts (user_id, channel_id, root_id, organization_id, content, updated_at)
        select ${ben.id}, ${team.id}, gen_random_uuid(), organization_id, case when n = 1 then '' else 'x' end, now()
        from channels, generate_series(1, ${MAX_DRAFTS}) n where id = ${team.id}`);
      assert.equal((await put(ben, { content: "room by the mark" })).status, 200);
      const other = await channelOf(t, owner, { name: "other" }, [ben]);
      assert.equal((await put(ben, { content: "one too many" }, "", other.id)).status, 409);
      assert.equal((await put(ben, { content: "changed" })).status, 200);
      await put(ana, { content: "" });
      shift = 25 * HOUR;
      await sweepDrafts(t.app);
      const { count } = await t.app.db.one<{ count: number }>(sql`
        select count(*)::int as count from chat_drafts where content = '' and attachments = '[]'`);
      assert.equal(count, 0);
    });
  });

  Deno.test(`scheduled messages on ${kind}`, async (s) => {
    let shift = 0;
    const now = () => new Date(Date.now() + shift);
    await using t = await createTestApp({ db: kind, now });
    const owner = await t.owner(), ana = await t.person(), ben = await t.person();
    const team = await channelOf(t, owner, { name: "team" }, [ana, ben]);
    const at = (ms: number) => new Date(now().getTime() + ms).toISOString();
    // The clock runs ahead of the tokens: they are renewed when it is moved.
    const renew = async () => {
      for (const person of [owner, ana, ben]) person.access = (await t.login(person)).body.access_token;
    };
    const move = async (ms: number) => {
      shift += ms;
      await renew();
    };
    const plan = (person: Person, more: Record<string, unknown> = {}) =>
      t.call("POST", "/scheduled", {
        token: person.access,
        body: { channel_id: team.id, content: "Buenos días", send_at: at(HOUR), ...more },
      });
    const list = async (person: Person, status = "pending") =>
      (await t.call("GET", `/scheduled?status=${status}`, { token: person.access })).body.items;

    await s.step("waits, is sent at its time in its author's name, once, and told", async () => {
      await using phone = await devices(t, ana);
      const planned = await plan(ana);
      assert.equal(planned.status, 201, planned.text);
      await phone.wait((f) => f.type === "scheduled_changed" && f.data.id === planned.body.id);
      await sendDue(t.app);
      assert.deepEqual(await messagesOf(t, ben, team.id), []);
      assert.deepEqual(await list(ben), []);
      await move(HOUR + 1000);
      // The server's own loop finds it.
      const sent = await until(async () => (await list(ana, "sent"))[0]);
      const { body } = await t.call("GET", `/messages/${sent.message_id}`, { token: ben.access });
      assert.deepEqual([body.content, body.user.id, body.user.is_bot], ["Buenos días", ana.id, false]);
      await sendDue(t.app);
      assert.deepEqual(await messagesOf(t, ben, team.id), ["Buenos días"]);
    });

    await s.step("a crash between sending and noting it sends nothing twice", async () => {
      const { body } = await plan(ana, { content: "once", send_at: at(60_000) });
      await move(61_000);
      await until(async () => (await list(ana, "sent")).length === 2);
      await t.app.db.run(sql`
        update scheduled_messages set status = 'pending', message_id = null, claimed_at = ${new Date(
        now().getTime() - 120_000,
      )}
        where id = ${body.id}`);
      await Promise.all([sendDue(t.app), sendDue(t.app)]);
      await until(async () => (await list(ana, "sent")).length === 2);
      assert.equal((await messagesOf(t, ana, team.id)).filter((m) => m === "once").length, 1);
    });

    await s.step("a fresh claim of another instance is left alone", async () => {
      const { body } = await plan(ana, { content: "claimed", send_at: at(60_000) });
      await t.app.db.run(sql`update scheduled_messages set claimed_at = ${new Date(now().getTime() + 60_000)}
        where id = ${body.id}`);
      await move(61_000);
      await sendDue(t.app);
      assert.equal((await list(ana))[0].id, body.id);
      for (const [method, path] of [["PUT", ""], ["POST", "/send"], ["DELETE", ""]] as const) {
        const answer = await t.call(method, `/scheduled/${body.id}${path}`, {
          token: ana.access,
          body: method === "PUT" ? { content: "no" } : undefined,
        });
        assert.equal(answer.status, 409, `${method} ${path}: ${answer.text}`);
      }
      await t.app.db.run(sql`update scheduled_messages set claimed_at = null where id = ${body.id}`);
      await sendDue(t.app);
      assert.deepEqual(await list(ana), []);
    });

    await s.step("changed, sent at once, cancelled: by its author only", async () => {
      const { body } = await plan(ana, { content: "first" });
      const path = `/scheduled/${body.id}`;
      for (const other of [ben, owner]) {
        assert.equal((await t.call("PUT", path, { token: other.access, body: { content: "theirs" } })).status, 404);
        assert.equal((await t.call("POST", `${path}/send`, { token: other.access })).status, 404);
        assert.equal((await t.call("DELETE", path, { token: other.access })).status, 404);
      }
      const changed = await t.call("PUT", path, {
        token: ana.access,
        body: { content: "second", send_at: at(2 * HOUR) },
      });
      assert.equal(changed.body.content, "second", changed.text);
      assert.equal((await t.call("PUT", path, { token: ana.access, body: { content: " " } })).status, 422);
      const sent = await t.call("POST", `${path}/send`, { token: ana.access });
      assert.equal(sent.body.status, "sent", sent.text);
      assert.equal((await t.call("POST", `${path}/send`, { token: ana.access })).status, 409);
      assert.equal((await t.call("PUT", path, { token: ana.access, body: { content: "late" } })).status, 409);
      assert.ok((await messagesOf(t, ben, team.id)).includes("second"));
      const gone = (await plan(ana, { content: "never" })).body;
      assert.equal((await t.call("DELETE", `/scheduled/${gone.id}`, { token: ana.access })).status, 204);
      await move(3 * HOUR);
      await sendDue(t.app);
      assert.ok(!(await messagesOf(t, ben, team.id)).includes("never"));
    });

    await s.step("rights count when it is sent: whoever left writes nothing and hears why", async () => {
      const { body } = await plan(ana, { content: "from outside" });
      const gone = await t.call("POST", `/channels/${team.id}/leave`, { token: ana.access });
      assert.ok(gone.status < 300, gone.text);
      await move(HOUR + 1000);
      const failed = await until(async () => (await list(ana, "failed"))[0]);
      assert.equal(failed.id, body.id);
      assert.equal(failed.failure.code, "forbidden");
      assert.ok(!(await messagesOf(t, ben, team.id)).includes("from outside"));
      const inbox = await until(async () => {
        const { items } = (await t.call("GET", "/notifications", { token: ana.access })).body;
        return items.find((i: { type: string }) => i.type === "scheduled_failed");
      });
      assert.equal(inbox.data.scheduled_id, body.id);
      // Back in the channel, a new time gives it another try.
      await t.call("POST", `/channels/${team.id}/join`, { token: ana.access });
      const again = await t.call("PUT", `/scheduled/${body.id}`, { token: ana.access, body: { send_at: at(HOUR) } });
      assert.equal(again.body.status, "pending", again.text);
      await move(HOUR + 1000);
      await until(async () => (await messagesOf(t, ben, team.id)).includes("from outside"));
    });

    await s.step("its files and those of drafts are kept meanwhile; others go after a day", async () => {
      const upload = async (name: string) => {
        const made = await t.call("PUT", `/media/upload?filename=${name}`, {
          token: ana.access,
          body: name,
          headers: { "content-type": "text/plain" },
        });
        assert.equal(made.status, 201, made.text);
        return made.body.id as string;
      };
      const [file, drafted, unused] = [await upload("a.txt"), await upload("b.txt"), await upload("c.txt")];
      const { body } = await plan(ana, { content: "", attachments: [file], send_at: at(50 * HOUR) });
      await t.call("PUT", `/channels/${team.id}/draft`, {
        token: ana.access,
        body: { content: "see", attachments: [drafted] },
      });
      await move(26 * HOUR);
      await removeUnused(t.app);
      const exists = async (id: string) => (await t.call("GET", `/media/${id}`, { token: ana.access })).status;
      assert.deepEqual([await exists(file), await exists(drafted), await exists(unused)], [200, 200, 404]);
      await move(25 * HOUR);
      const sent = await until(async () => (await list(ana, "sent")).find((i: { id: string }) => i.id === body.id));
      const message = (await t.call("GET", `/messages/${sent.message_id}`, { token: ben.access })).body;
      assert.deepEqual(message.attachments.map((a: { id: string }) => a.id), [file]);
    });

    await s.step("an account that was switched off sends nothing", async () => {
      const { body } = await plan(ben, { content: "ghost" });
      await t.call("PUT", `/users/${ben.id}`, { token: owner.access, body: { is_active: false } });
      shift += HOUR + 1000;
      owner.access = (await t.login(owner)).body.access_token;
      ana.access = (await t.login(ana)).body.access_token;
      const row = await until(async () =>
        await t.app.db.maybe<{ failure_code: string }>(sql`
          select failure_code from scheduled_messages where id = ${body.id} and status = 'failed'`)
      );
      assert.equal(row.failure_code, "account_disabled");
      assert.ok(!(await messagesOf(t, ana, team.id)).includes("ghost"));
    });

    await s.step("refused today: the past, too far ahead, channels one may not write in, too many", async () => {
      assert.equal((await plan(ana, { send_at: at(-HOUR) })).status, 422);
      assert.equal((await plan(ana, { send_at: at(367 * 24 * HOUR) })).status, 422);
      assert.equal((await plan(ana, { content: "" })).status, 422);
      assert.equal((await plan(ana, { reply_to_id: newId() })).status, 422);
      const secret = await channelOf(t, owner, { name: "secret", type: "private" });
      assert.equal((await plan(ana, { channel_id: secret.id })).status, 404);
      const open = await channelOf(t, owner, { name: "open" });
      assert.equal((await plan(ana, { channel_id: open.id })).status, 403);
      const viewer = await t.person("viewer");
      assert.equal((await plan(viewer)).status, 403);
      await t.app.db.run(sql`
        insert into scheduled_messages (id, organization_id, user_id, kind, channel_id, content, send_at, status,
          created_at, updated_at)
        select gen_random_uuid(), organization_id, ${ana.id}, 'message', id, 'x', ${new Date(now().getTime() + HOUR)},
          'pending', now(), now() from channels, generate_series(1, ${MAX_SCHEDULED - 1}) where id = ${team.id}`);
      assert.equal((await plan(ana)).status, 201);
      assert.equal((await plan(ana)).status, 409);
      const first = (await t.call("GET", "/scheduled?limit=60", { token: ana.access })).body;
      const second =
        (await t.call("GET", `/scheduled?limit=60&cursor=${first.next_cursor}`, { token: ana.access })).body;
      const ids = new Set([...first.items, ...second.items].map((i: { id: string }) => i.id));
      assert.deepEqual([ids.size, second.next_cursor], [MAX_SCHEDULED, null]);
    });
  });

  Deno.test(`settings of a channel on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner(), ana = await t.person(), ben = await t.person();
    const team = await channelOf(t, owner, { name: "team" }, [ana]);
    const direct = await channelOf(t, ana, { type: "direct" }, [ben]);
    const put = (person: Person, id: string, body: unknown) =>
      t.call("PUT", `/channels/${id}/settings`, { token: person.access, body });
    const seen = async (person: Person, id: string) =>
      (await t.call("GET", `/channels/${id}`, { token: person.access })).body;

    await s.step("changed in part, own alone, told to one's devices", async () => {
      await using phone = await devices(t, ana);
      const answer = await put(ana, team.id, { favorite: true, notify: "mentions" });
      assert.deepEqual(answer.body, { favorite: true, muted_until: null, notify: "mentions", hidden: false });
      const push = await phone.wait((f) => f.type === "channel_settings");
      assert.deepEqual([push.data.channel_id, push.data.favorite], [team.id, true]);
      await put(ana, team.id, { muted_until: "9999-12-31T00:00:00.000Z" });
      const channel = await seen(ana, team.id);
      assert.deepEqual([channel.favorite, channel.muted_until, channel.notify], [
        true,
        "9999-12-31T00:00:00.000Z",
        "mentions",
      ]);
      assert.equal((await put(ana, team.id, { muted_until: "2001-01-01T00:00:00.000Z" })).body.muted_until, null);
      const others = await seen(owner, team.id);
      assert.deepEqual([others.favorite, others.notify], [false, "default"]);
    });

    await s.step("a hidden direct channel reappears with its next message; others cannot be hidden", async () => {
      assert.equal((await put(ana, direct.id, { hidden: true })).body.hidden, true);
      assert.equal((await seen(ben, direct.id)).hidden, false);
      await t.call("POST", `/channels/${direct.id}/messages`, { token: ben.access, body: { content: "hola" } });
      assert.equal((await seen(ana, direct.id)).hidden, false);
      assert.equal((await put(ana, team.id, { hidden: true })).status, 422);
    });

    await s.step("members only", async () => {
      assert.equal((await put(ben, team.id, { favorite: true })).status, 403);
      assert.equal((await put(owner, direct.id, { favorite: true })).status, 404);
      assert.equal((await put(ana, team.id, { notify: "loud" })).status, 422);
    });
  });
}
