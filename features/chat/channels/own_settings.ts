// A person's own settings of a channel: favourite, muted, which messages notify, hidden. Nobody else sees them. A direct
// channel that was hidden reappears with its next message (messages/write.ts).
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { joinSql, type Sql, sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ChannelSettings, ChannelSettingsInput } from "../../../protocol/chat/extras.ts";
import type { UserChatEvents } from "../../../protocol/pushes/chat.ts";
import type { Ctx } from "../../context.ts";
import { loadAccess } from "./access.ts";

type SettingsRow = Omit<ChannelSettings, "muted_until"> & { muted_until: Date | null };

/**
 * Changes what is given, and tells the person's devices.
 * @throws AppError not_found, forbidden when not a member, validation_failed for hiding what is not a direct channel
 */
export async function updateChannelSettings(
  ctx: Ctx,
  channelId: string,
  input: ChannelSettingsInput,
): Promise<ChannelSettings> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  const { channel, member } = await loadAccess(app.db, actor, channelId, app.now());
  if (!member) throw new AppError("forbidden", "Join the channel first.");
  if (input.hidden && channel.type !== "direct") {
    const message = "Only direct channels can be hidden; leave this one instead.";
    throw new AppError("validation_failed", message, { errors: [{ path: "hidden", message }] });
  }
  const sets: Sql[] = [];
  if (input.favorite !== undefined) sets.push(sql`favorite = ${input.favorite}`);
  if (input.notify !== undefined) sets.push(sql`notify = ${input.notify}`);
  if (input.hidden !== undefined) sets.push(sql`hidden = ${input.hidden}`);
  if (input.muted_until !== undefined) {
    const until = input.muted_until === null ? null : new Date(input.muted_until);
    sets.push(sql`muted_until = ${until && until > app.now() ? until : null}::timestamptz`);
  }
  const columns = sql`favorite, muted_until, notify, hidden`;
  const where = sql`channel_id = ${channelId} and user_id = ${userId} and organization_id = ${actor.organizationId}`;
  const row = await app.db.maybe<SettingsRow>(
    sets.length
      ? sql`update channel_members set ${joinSql(sets, ", ")} where ${where} returning ${columns}`
      : sql`select ${columns} from channel_members where ${where}`,
  );
  if (!row) throw new AppError("forbidden", "Join the channel first.");
  const settings: ChannelSettings = { ...row, muted_until: row.muted_until?.toISOString() ?? null };
  if (sets.length) {
    const data: UserChatEvents["channel_settings"] = { channel_id: channelId, ...settings };
    app.realtime.publishEphemeral(actor.organizationId, channels.userChat(userId), "channel_settings", data);
  }
  return settings;
}
