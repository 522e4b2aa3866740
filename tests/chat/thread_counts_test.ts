// Unread replies of the threads that somebody follows, told to their open windows as they come, go and are read.
import assert from "node:assert/strict";
import { channels } from "../../protocol/wire/channels.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

for (const db of testedKinds()) {
  Deno.test(`threads (${db}): who follows one hears at once how many replies are unread, and nobody else`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis"), eva = await t.person();
    const { id } = await ok(t, ana, "POST", "/channels", { name: "plaza", user_ids: [luis.id, eva.id] });
    const listen = async (who: Person) => {
      const socket = await openSocket(`${t.url}/ws?token=${who.access}`);
      await socket.ask({ type: "subscribe", channels: [channels.userChat("me")] });
      return socket;
    };
    await using own = await listen(ana);
    await using hers = await listen(eva);
    const told = async (count: number) => {
      const { data } = await own.wait((f) => f.type === "thread_unread" && f.data.thread_unread_count === count);
      assert.equal(data.channel_id, id);
      own.frames.splice(0);
      const { thread_unread_count } = await ok(t, ana, "GET", `/channels/${id}`);
      assert.equal(thread_unread_count, count);
    };
    const say = (content: string, reply_to_id?: string) =>
      ok(t, luis, "POST", `/channels/${id}/messages`, { content, reply_to_id });
    const root = await ok(t, ana, "POST", `/channels/${id}/messages`, { content: "who comes?" });
    await say("me", root.id);
    await told(1);
    const second = await say("and my sister", root.id);
    await told(2);
    await ok(t, luis, "DELETE", `/messages/${second.id}`);
    await told(1);
    const third = await say("no, just me", root.id);
    await ok(t, ana, "PUT", `/messages/${root.id}/thread`, { read_message_id: third.id });
    await told(0);
    await say("not a reply");
    assert.deepEqual(hers.frames.filter((f) => f.type === "thread_unread"), []);
  });
}
