// Whom a message calls after its text was changed. The counts follow at once, the inboxes right behind it (notify/notify.ts).
// Naming somebody by an edit calls that person as sending would have; `@channel` and `@here` that an edit adds stay plain
// words, because nobody confirmed them, and those that it takes out call nobody any more.
import { sql, type Tx } from "../../../db/sql.ts";
import type { Mention } from "../../../protocol/chat/chat.ts";
import { callsEverybody, mentionedIds } from "../../../protocol/chat/mentions.ts";
import { findMentions } from "./mentions.ts";
import { followThreads, mentionRows, mentionTargets } from "./write.ts";
import type { MessageRow } from "./views.ts";

/** Whom the new text of a message means. */
export async function mentionsAfterEdit(tx: Tx, row: MessageRow, content: string): Promise<Mention[]> {
  const words = findMentions(content);
  // Like @channel, a group that an edit adds stays plain words: nobody confirmed it.
  const others = row.mentions.filter((m) =>
    m.type === "group" ? words.names.includes(m.handle) : callsEverybody(m) && (words.channel || words.here)
  );
  if (words.names.length === 0) return others;
  const people = await tx.rows<{ id: string; username: string }>(sql`
    select u.id, u.username from users u join channel_members m on m.user_id = u.id and m.channel_id = ${row.channel_id}
    where lower(u.username) = any(${words.names}::text[]) and u.is_active order by u.username`);
  return [...people.map((person) => ({ type: "user" as const, ...person })), ...others];
}

/** Makes the counted mentions those of the new text; who is named anew follows the thread. The message is locked. */
export async function moveMentions(tx: Tx, row: MessageRow, mentions: readonly Mention[], now: Date): Promise<void> {
  const before = mentionTargets(row.mentions), after = mentionTargets(mentions);
  const gone = before.filter((id) => !after.includes(id)), come = after.filter((id) => !before.includes(id));
  if (gone.length) {
    await tx.run(sql`
      delete from message_mentions where message_id = ${row.id} and organization_id = ${row.organization_id}
        and (user_id = any(${gone.filter((id) => id !== null)}::uuid[]) or (${
      gone.includes(null)
    } and user_id is null))`);
  }
  if (come.length) {
    await Promise.all(mentionRows(tx, [{
      ...row,
      mentions: come.map((id): Mention => id === null ? { type: "channel" } : { type: "user", id, username: "" }),
    }]));
  }
  const rootId = row.root_id ?? (row.reply_count > 0 ? row.id : null);
  const known = new Set(mentionedIds(row.mentions));
  const named = mentionedIds(mentions).filter((id) => !known.has(id));
  if (rootId) {
    const { organization_id, channel_id } = row;
    await Promise.all(followThreads(
      tx,
      named.map((user_id) => ({ root_id: rootId, user_id, organization_id, channel_id, read_seq: 0, updated_at: now })),
    ));
  }
}
