// How a person wants to hear of chat. Who has none has DEFAULT_CHAT_PREFERENCES; the columns beside the value let the
// statements of chat's consumers find those who want more than that.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { json, sql } from "../../../db/sql.ts";
import {
  type ChatPreferences,
  type ChatPreferencesUpdate,
  DEFAULT_CHAT_PREFERENCES,
} from "../../../protocol/notifications/push.ts";
import type { Ctx } from "../../context.ts";

/** A stored value, also one from before a choice existed. */
export const readChatPreferences = (value: Partial<ChatPreferences> | null): ChatPreferences =>
  value ? { ...DEFAULT_CHAT_PREFERENCES, ...value } : DEFAULT_CHAT_PREFERENCES;

/** The caller's choices. Needs `notifications.read`. */
export async function getChatPreferences(ctx: Ctx): Promise<ChatPreferences> {
  authorize(ctx.actor, "notifications.read");
  const row = await ctx.app.db.maybe<{ value: ChatPreferences }>(sql`
    select value from chat_preferences
    where user_id = ${requireUser(ctx.actor)} and organization_id = ${ctx.actor.organizationId}`);
  return readChatPreferences(row?.value ?? null);
}

/** Sets the given parts; parts that are absent stay, also when two changes come at once. Needs `notifications.read`. */
export async function updateChatPreferences(ctx: Ctx, update: ChatPreferencesUpdate): Promise<ChatPreferences> {
  authorize(ctx.actor, "notifications.read");
  const { organizationId } = ctx.actor, userId = requireUser(ctx.actor);
  return await ctx.app.db.withTx(async (tx) => {
    // The person's row is the lock: there may be no choices yet to lock.
    const person = await tx.maybe(sql`
      select 1 from users where id = ${userId} and organization_id = ${organizationId} for no key update`);
    if (!person) throw notFound("user");
    const stored = await tx.maybe<{ value: ChatPreferences }>(sql`
      select value from chat_preferences where user_id = ${userId}`);
    const value = { ...readChatPreferences(stored?.value ?? null), ...update };
    value.keywords = [...new Map(value.keywords.map((word) => [word.toLowerCase(), word])).values()];
    await tx.run(sql`
      insert into chat_preferences (user_id, organization_id, value, listens, digest)
      values (${userId}, ${organizationId}, ${json(value)}, ${
      value.level === "all" || value.keywords.length > 0
    }::boolean,
        ${value.digest})
      on conflict (user_id) do update set value = excluded.value, listens = excluded.listens, digest = excluded.digest`);
    return value;
  });
}
