import assert from "node:assert/strict";
import type { Message } from "../../../../protocol/chat/chat.ts";
import { Seen } from "./seen.ts";
import type { TimelineState } from "./timeline_state.ts";

const message = (seq: number, extra: Partial<Message> = {}) =>
  ({ id: `m${seq}`, seq, user: { id: "u" }, message_type: "text", is_deleted: false, ...extra }) as Message;
const held = (from: number, to: number, extra: Partial<TimelineState> = {}): TimelineState => ({
  items: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
  hasOlder: false,
  hasNewer: false,
  ...extra,
});

Deno.test("seen: the position stops before the first message that was not on the screen", () => {
  const seen = new Seen(), state = held(1, 60);
  seen.add(state.items.slice(10, 20));
  seen.add(state.items.slice(50, 60)); // a jump to the end
  let { newest, next, all } = seen.reached(state, 10, "me");
  assert.deepEqual([newest?.seq, next?.seq, all], [20, 21, false]);
  assert.equal(seen.countAfter(state.items, 10, "me"), 20);
  seen.add(state.items.slice(20, 50));
  ({ newest, next, all } = seen.reached(state, 20, "me"));
  assert.deepEqual([newest?.seq, next, all], [60, null, true]);
});

Deno.test("seen: one's own, deleted and system messages hold nobody up; what is not held is not known", () => {
  const seen = new Seen(), state = held(1, 5);
  const items = [
    message(1),
    message(2, { user: { ...message(2).user, id: "me" } }),
    message(3, { is_deleted: true }),
    message(4, { message_type: "system" }),
    message(5),
  ];
  let reached = seen.reached({ ...state, items }, 1, "me");
  assert.deepEqual([reached.newest?.seq, reached.next?.seq], [4, 5]);
  seen.add(items);
  reached = seen.reached({ ...state, items, hasNewer: true }, 1, "me");
  assert.deepEqual([reached.newest?.seq, reached.all], [5, false]);
  // A stretch far below the position.
  const far = held(100, 150, { hasOlder: true });
  seen.add(far.items);
  assert.deepEqual(seen.reached(far, 5, "me"), { newest: null, next: null, all: false });
  seen.clear();
  assert.equal(seen.countAfter(items, 0, "me"), 0);
});
