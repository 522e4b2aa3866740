// For every durable event of a channel: the state before it, with the event applied, is the state that the server tells
// afterwards. The reducer of messages is the console's own. A new event type without a step here fails the test.
import assert from "node:assert/strict";
import {
  applyEvent,
  EMPTY_TIMELINE,
  mergeMessages,
  type TimelineState,
} from "../../console/areas/chat/lib/timeline_state.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { type ChannelInfo, channelInfo, type Member, type Message } from "../../protocol/chat/chat.ts";
import { CHANNEL_EVENTS, type ChannelEvents } from "../../protocol/pushes/chat.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

interface Snapshot {
  channel: ChannelInfo | null;
  members: Record<string, Omit<Member, "read_seq">>;
  messages: readonly Message[];
  pins: string[];
}

async function pages<T>(t: TestApp, path: string, token: string): Promise<T[]> {
  const items: T[] = [];
  let cursor = "";
  do {
    const { body } = await t.call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=3${cursor}`, { token });
    items.push(...body.items);
    cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : "";
  } while (cursor);
  return items;
}

/** Read receipts are no durable events, as little as who is typing: a page that missed some asks for the members again. */
function lasting({ read_seq: _, ...member }: Member): Omit<Member, "read_seq"> {
  return member;
}

/** What the server tells of a channel now, read page by page. */
async function snapshot(t: TestApp, id: string, token: string): Promise<Snapshot> {
  const { status, body } = await t.call("GET", `/channels/${id}`, { token });
  if (status === 404) return { channel: null, members: {}, messages: [], pins: [] };
  const members = await pages<Member>(t, `/channels/${id}/members`, token);
  const messages = await pages<Message>(t, `/channels/${id}/messages`, token);
  const pins = await t.call("GET", `/channels/${id}/pins`, { token });
  return {
    channel: channelInfo.parse(body),
    members: Object.fromEntries(members.map((member) => [member.user.id, lasting(member)])),
    messages: mergeMessages([], messages),
    pins: pins.body.items.map((message: Message) => message.id).sort(),
  };
}

function reduce(state: Snapshot, type: keyof ChannelEvents, raw: unknown): Snapshot {
  const data = raw as never;
  const timeline: TimelineState = { ...EMPTY_TIMELINE, items: state.messages };
  const withCount = (member_count: number) => state.channel && { ...state.channel, member_count };
  switch (type) {
    case "chat_message": {
      const { message } = data as ChannelEvents["chat_message"];
      const items = mergeMessages(applyEvent(timeline, type, data).items, [message]);
      return { ...state, messages: items };
    }
    case "user_joined": {
      const { user, role, by_group, joined_at, member_count } = data as ChannelEvents["user_joined"];
      const member = { user_id: user.id!, user, role, permissions: {}, by_group, joined_at };
      return { ...state, channel: withCount(member_count), members: { ...state.members, [user.id!]: member } };
    }
    case "user_left": {
      const { user, member_count } = data as ChannelEvents["user_left"];
      const { [user.id!]: _, ...members } = state.members;
      return { ...state, channel: withCount(member_count), members };
    }
    case "member_updated": {
      const { member } = data as ChannelEvents["member_updated"];
      return { ...state, members: { ...state.members, [member.user.id!]: lasting(member) } };
    }
    case "channel_updated":
      return { ...state, channel: (data as ChannelEvents["channel_updated"]).channel };
    case "channel_deleted":
      return { channel: null, members: {}, messages: [], pins: [] };
    default: {
      const { items } = applyEvent(timeline, type, data);
      return { ...state, messages: items, pins: items.filter((m) => m.is_pinned).map((m) => m.id).sort() };
    }
  }
}

for (const db of testedKinds()) {
  Deno.test(`chat (${db}): old snapshot + events = fresh snapshot, for every event`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const eva = await t.person("member", "eva");
    const call = async (who: Person, method: string, path: string, body?: unknown) => {
      const answer = await t.call(method, path, { token: who.access, body });
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    };
    const { id } = await call(owner, "POST", "/channels", { name: "replay", user_ids: [ana.id] });
    const crew: string = (await call(owner, "POST", "/user-groups", {
      name: "Crew",
      handle: "crew",
      user_ids: [ana.id, luis.id, eva.id],
    })).id;
    const at = `/channels/${id}`;
    const send = (who: Person, content: string, reply_to_id?: string): Promise<Message> =>
      call(who, "POST", `${at}/messages`, { content, reply_to_id });
    const first = await send(owner, "first");
    const emoji = encodeURIComponent("👍");
    let reply: Message;

    const steps: [string, () => Promise<unknown>][] = [
      ["send", () => send(ana, "hello @owner")],
      ["reply", async () => reply = await send(ana, "an answer", first.id)],
      ["second reply", () => send(owner, "another", first.id)],
      ["edit", () => call(owner, "PUT", `/messages/${first.id}`, { content: "first, better @ana" })],
      ["edit a reply", () => call(ana, "PUT", `/messages/${reply.id}`, { content: "an answer!" })],
      ["react", () => call(ana, "PUT", `/messages/${first.id}/reactions/${emoji}`)],
      ["react too", () => call(owner, "PUT", `/messages/${first.id}/reactions/${emoji}`)],
      ["react twice", () => call(owner, "PUT", `/messages/${first.id}/reactions/${emoji}`)],
      ["take back", () => call(ana, "DELETE", `/messages/${first.id}/reactions/${emoji}`)],
      ["pin", () => call(ana, "PUT", `/messages/${first.id}/pin`)],
      ["pin a second", () => call(ana, "PUT", `/messages/${reply.id}/pin`)],
      ["unpin", () => call(owner, "DELETE", `/messages/${first.id}/pin`)],
      ["delete a pinned reply", () => call(ana, "DELETE", `/messages/${reply.id}`)],
      ["delete the first", () => call(owner, "DELETE", `/messages/${first.id}`)],
      ["join", () => call(luis, "POST", `${at}/join`)],
      ["change a role", () => call(owner, "POST", `${at}/members`, { user_id: luis.id, role: "moderator" })],
      ["narrow", () => call(owner, "POST", `${at}/members`, { user_id: luis.id, permissions: { mention_all: false } })],
      ["leave", () => call(luis, "POST", `${at}/leave`)],
      ["add", () => call(owner, "POST", `${at}/members`, { user_ids: [luis.id] })],
      ["remove", () => call(owner, "DELETE", `${at}/members/${luis.id}`)],
      ["a group comes", () => call(owner, "PUT", `${at}/groups/${crew}`, { role: "moderator" })],
      ["one of them by themselves", () => call(owner, "POST", `${at}/members`, { user_id: luis.id })],
      ["its role changes", () => call(owner, "PUT", `${at}/groups/${crew}`, { role: "member" })],
      ["its people change", () => call(owner, "PUT", `/user-groups/${crew}`, { user_ids: [owner.id] })],
      ["a group goes", () => call(owner, "DELETE", `${at}/groups/${crew}`)],
      ["remove again", () => call(owner, "DELETE", `${at}/members/${luis.id}`)],
      ["rename", () => call(owner, "PUT", at, { name: "replayed", topic: "a topic", description: "words" })],
      ["policy", () => call(owner, "PUT", at, { policy: { post: "moderator" }, auto_archive_days: 30 })],
      ["archive", () => call(owner, "DELETE", at)],
      ["bring back", () => call(owner, "PUT", at, { is_archived: false })],
      ["the admin leaves", () => call(owner, "POST", `${at}/leave`)],
      ["the admin comes back", () => call(owner, "POST", `${at}/join`)],
      ["erase", () => call(owner, "DELETE", `${at}?purge=true`)],
    ];
    const seen = new Set<string>();
    let before = await snapshot(t, id, ana.access);
    for (const [name, step] of steps) {
      const from = t.events.length;
      await step();
      const events = t.events.slice(from).filter((event) => event.channel === channels.chat(id));
      assert.ok(events.length > 0 || name === "react twice", `${name}: no event`);
      let state = before;
      for (const event of events) {
        const { type, data } = JSON.parse(event.body);
        seen.add(type);
        state = reduce(state, type, data);
      }
      const fresh = await snapshot(t, id, ana.access);
      assert.deepEqual(state, fresh, name);
      before = fresh;
    }
    assert.deepEqual([...seen].sort(), [...CHANNEL_EVENTS].sort());
  });
}
