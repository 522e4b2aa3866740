// How a person wants notifications: per type by push, also by mail, or not at all; and quiet hours.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { json, sql } from "../../../db/sql.ts";
import {
  DEFAULT_PREFERENCES,
  type Preferences,
  type PreferencesUpdate,
} from "../../../protocol/notifications/notifications.ts";
import type { Ctx } from "../../context.ts";

/** The caller's preferences; defaults when never set. Needs `notifications.read`. */
export async function getPreferences(ctx: Ctx): Promise<Preferences> {
  authorize(ctx.actor, "notifications.read");
  const row = await ctx.app.db.maybe<{ value: Preferences }>(sql`
    select value from notification_preferences
    where user_id = ${requireUser(ctx.actor)} and organization_id = ${ctx.actor.organizationId}`);
  return row?.value ?? DEFAULT_PREFERENCES;
}

/** Sets the given parts; parts that are absent stay. Needs `notifications.read`. */
export async function updatePreferences(ctx: Ctx, update: PreferencesUpdate): Promise<Preferences> {
  const value: Preferences = { ...await getPreferences(ctx), ...update };
  const wantsEmail = value.default === "email" || Object.values(value.types).includes("email");
  const { organizationId } = ctx.actor, userId = requireUser(ctx.actor);
  const written = await ctx.app.db.run(sql`
    insert into notification_preferences (user_id, organization_id, value, wants_email)
    select id, organization_id, ${json(value)}, ${wantsEmail}::boolean from users
    where id = ${userId} and organization_id = ${organizationId}
    on conflict (user_id) do update set value = excluded.value, wants_email = excluded.wants_email`);
  if (!written) throw notFound("user");
  return value;
}
