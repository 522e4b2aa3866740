import assert from "node:assert/strict";
import type { Message } from "../../../../protocol/chat/chat.ts";
import { buildRows } from "./rows.ts";
import { applyEvent, EMPTY_TIMELINE, mergeMessages, withLive, withNewer, withOlder } from "./timeline_state.ts";

const ME = "me";
function message(seq: number, extra: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    channel_id: "c",
    seq,
    user: { id: "u", username: "u", display_name: "U", avatar_url: null, is_bot: false },
    content: `text ${seq}`,
    message_type: "text",
    reply_to_id: null,
    root_id: null,
    reply_count: 0,
    last_reply_at: null,
    attachments: [],
    cards: [],
    reactions: [],
    mentions: [],
    previews: [],
    system: null,
    is_pinned: false,
    created_at: new Date(2026, 0, 16, 12, 0, seq).toISOString(),
    edited_at: null,
    is_deleted: false,
    client_id: null,
    ...extra,
  };
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const seqs = (items: readonly Message[]) => items.map((item) => item.seq);

Deno.test("timeline: merging sorts, keeps one of each, and takes the newer version", () => {
  const merged = mergeMessages([message(3), message(1)], [message(2), message(3, { content: "edited" })]);
  assert.deepEqual(seqs(merged), [1, 2, 3]);
  assert.equal(merged[2]!.content, "edited");
});

Deno.test("timeline: older and newer pages, and the far end goes when there are too many", () => {
  let state = withLive({ items: range(101, 200), hasOlder: true, hasNewer: false }, message(201), 150);
  state = withOlder(state, range(41, 100), true, 150);
  assert.deepEqual([state.items[0]!.seq, state.items.at(-1)!.seq, state.hasOlder, state.hasNewer], [
    41,
    190,
    true,
    true,
  ]);
  // Not the end any more: a new message does not follow on what is held.
  assert.equal(withLive(state, message(300), 150), state);
  state = withNewer(state, range(191, 220), false, 150);
  assert.deepEqual([state.items[0]!.seq, state.items.at(-1)!.seq, state.hasOlder, state.hasNewer], [
    71,
    220,
    true,
    false,
  ]);
  assert.equal(withLive(state, message(221), 150).items.at(-1)!.seq, 221);
});

Deno.test("timeline: events change what is held, once, and nothing else", () => {
  const state = { items: range(1, 3), hasOlder: false, hasNewer: false };
  const edited = applyEvent(state, "message_edited", { message: message(2, { content: "new", edited_at: "x" }) });
  assert.equal(edited.items[1]!.content, "new");
  const root = { id: "m1", reply_count: 1, last_reply_at: "2026-01-16T13:00:00.000Z" };
  const reply = { message: message(9, { root_id: "m1" }), root };
  const once = applyEvent(edited, "chat_message", reply);
  assert.deepEqual([once.items[0]!.reply_count, once.items[0]!.last_reply_at], [1, root.last_reply_at]);
  // A second time changes nothing.
  assert.equal(applyEvent(once, "chat_message", reply).items[0]!.reply_count, 1);
  const gone = applyEvent(once, "message_deleted", { message_id: "m2", root_id: null });
  assert.deepEqual([gone.items[1]!.is_deleted, gone.items[1]!.content], [true, ""]);
  const fewer = applyEvent(gone, "message_deleted", { message_id: "m9", root_id: "m1", reply_count: 0 });
  assert.equal(fewer.items[0]!.reply_count, 0);
  const reacted = applyEvent(fewer, "reaction_added", {
    message_id: "m3",
    reactions: [{ emoji: "x", count: 1, user_ids: [] }],
  });
  assert.equal(reacted.items[2]!.reactions.length, 1);
  assert.equal(applyEvent(reacted, "message_pinned", { message_id: "m3" }).items[2]!.is_pinned, true);
  assert.equal(applyEvent(reacted, "message_edited", { message: message(77) }), reacted);
  assert.equal(applyEvent(EMPTY_TIMELINE, "unknown", {}), EMPTY_TIMELINE);
});

Deno.test("rows: days, the line of what is new, and who stands together", () => {
  const other = { id: ME, username: "me", display_name: "Me", avatar_url: null, is_bot: false };
  const rows = buildRows([
    message(1, { created_at: new Date(2026, 0, 15, 23, 59).toISOString() }),
    message(2, { created_at: new Date(2026, 0, 16, 0, 1).toISOString() }),
    message(3, { created_at: new Date(2026, 0, 16, 0, 2).toISOString() }),
    message(4, { created_at: new Date(2026, 0, 16, 0, 20).toISOString() }),
    message(5, { user: other, created_at: new Date(2026, 0, 16, 0, 21).toISOString() }),
    message(6, { created_at: new Date(2026, 0, 16, 0, 22).toISOString() }),
    message(7, { created_at: new Date(2026, 0, 16, 0, 23).toISOString() }),
  ], { complete: true, newAfter: 4, me: ME });
  const shown = rows.map((row) => row.kind === "message" ? `${row.message.seq}${row.compact ? "c" : ""}` : row.kind);
  // One's own message is not new; the line stands before the first of others.
  assert.deepEqual(shown, ["start", "day", "1", "day", "2", "3c", "4", "5", "new", "6", "7c"]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});

Deno.test("rows: a message keeps its key when it comes back from the server", () => {
  const key = (entry: Message) => buildRows([entry], { complete: false, newAfter: null, me: ME }).at(-1)!.key;
  assert.equal(key(message(1, { id: "out:x", client_id: "x" })), key(message(1, { id: "real", client_id: "x" })));
});

Deno.test("rows: system messages of one kind in a row are one line", () => {
  const system = (seq: number, event: string, actor: string, user = `p${seq}`): Message =>
    message(seq, {
      message_type: "system",
      system: {
        event: event as "user_joined",
        user: { id: user, username: user },
        actor: { id: actor, username: actor },
      },
    });
  const rows = buildRows([
    system(1, "user_joined", "a"),
    system(2, "user_joined", "b"),
    system(3, "user_joined", "c"),
    system(4, "user_added", "a"),
    system(5, "user_added", "a"),
    system(6, "user_added", "b"),
    system(7, "topic_changed", "b"),
    system(8, "topic_changed", "b"),
    message(9),
    system(10, "user_joined", "a"),
  ], { complete: false, newAfter: null, me: ME });
  const shown = rows.flatMap((row) => row.kind === "message" ? [[row.message.seq, row.folded?.length ?? 1]] : []);
  assert.deepEqual(shown, [[3, 3], [5, 2], [6, 1], [7, 1], [8, 1], [9, 1], [10, 1]]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});
