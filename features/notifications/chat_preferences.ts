// How a person wants to hear of chat. Who has none has DEFAULT_CHAT_PREFERENCES; the columns beside the value let the
// statements of chat's consumers find those who want more than that.
import { authorize, requireUser } from "../../kernel/actor.ts";
import { notFound } from "../../kernel/errors.ts";
import { json, sql } from "../../db/sql.ts";
import { type ChatPreferences, type ChatPreferencesUpdate, DEFAULT_CHAT_PREFERENCES } from "../../protocol/push.ts";
import type { Ctx } from "../context.ts";

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

/** Sets the given parts; parts that are absent stay. Needs `notifications.read`. */
export async function updateChatPreferences(ctx: Ctx, update: ChatPreferencesUpdate): Promise<ChatPreferences> {
  const value = { ...await getChatPreferences(ctx), ...update };
  value.keywords = [...new Map(value.keywords.map((word) => [word.toLowerCase(), word])).values()];
  const { organizationId } = ctx.actor, userId = requireUser(ctx.actor);
  const written = await ctx.app.db.run(sql`
    insert into chat_preferences (user_id, organization_id, value, listens, digest)
    select id, organization_id, ${json(value)}, ${value.level === "all" || value.keywords.length > 0}::boolean,
      ${value.digest}
    from users where id = ${userId} and organization_id = ${organizationId}
    on conflict (user_id) do update set value = excluded.value, listens = excluded.listens, digest = excluded.digest`);
  if (!written) throw notFound("user");
  return value;
}
