// What becomes of a person's rows when the account is deleted: every column of every table that may hold the id of a
// person, with what happens to it and why. tests/accounts/delete_account_test.ts compares this list with the catalogue of the
// database, so a new column fails there until it stands here.
import { DELETED_USERNAME } from "../../../protocol/accounts/deleted_user.ts";
import { rawSql, sql, type Tx } from "../../../db/sql.ts";

export type Fate =
  /** The row goes with the account, by its foreign key. */
  | "cascade"
  /** The row is deleted here. */
  | "delete"
  /** The row stays, without saying whose it was. */
  | "clear"
  /** The row stays as it is. */
  | "keep";

export interface PersonColumn {
  column: string;
  fate: Fate;
  /** The table has no organisation's rows: the id alone says whose it is. */
  unscoped?: true;
  /** Further columns that say who it was: column → SQL of its new value. Only with `clear`. */
  also?: Record<string, string>;
  /** Why it stays. */
  why?: string;
}

/** How a name reads where its person is gone; nobody can have it (a reserved name). */
const GONE = `'${DELETED_USERNAME}'`;
const MESSAGES = "a conversation stays whole for the others; shown as a deleted user, the id names nobody any more";
const MODERATION = "what moderators did and why must be answered for; under its own retention";
const FIGURES = "figures of days that are over; the id names nobody any more";

/** What the server itself words (chat) says in `data` who sent it; other data is what a program sent. */
function withoutSender(then: string, otherwise: string): string {
  return `case when jsonb_typeof(data) = 'object' and data ? 'sender' then ${then} else ${otherwise} end`;
}

/** The title is the first line, with the name at its start or its end, in every language. */
function titleWithoutName(): string {
  const line = "length(split_part(message, chr(10), 1))", name = "length(sender_name)";
  return withoutSender(
    `case when sender_name = '' then message
      when starts_with(message, sender_name) then overlay(message placing ${GONE} from 1 for ${name})
      when right(left(message, ${line}), ${name}) = sender_name
        then overlay(message placing ${GONE} from ${line} - ${name} + 1 for ${name})
      else message end`,
    "message",
  );
}

const cascade = (...columns: string[]): PersonColumn[] => columns.map((column) => ({ column, fate: "cascade" }));
const keep = (why: string, ...columns: string[]): PersonColumn[] =>
  columns.map((column) => ({ column, fate: "keep", why }));

export const PERSON_COLUMNS: readonly PersonColumn[] = [
  ...cascade(
    "account_links.created_by",
    "account_links.user_id",
    "agent_join_tokens.created_by",
    "api_tokens.user_id",
    "channel_members.user_id",
    "chat_digest_state.user_id",
    "chat_digests.user_id",
    "chat_drafts.user_id",
    "chat_preferences.user_id",
    "chat_restrictions.user_id",
    "command_responses.user_id",
    "contacts.contact_id",
    "contacts.user_id",
    "default_channel_joins.user_id",
    "first_steps_hidden.user_id",
    "invites.created_by",
    "message_actions.user_id",
    "message_reactions.user_id",
    "moderation_blocks.user_id",
    "notification_mails.user_id",
    "notification_preferences.user_id",
    "notification_reads.user_id",
    "notification_recipients.user_id",
    "notification_state.user_id",
    "passkeys.user_id",
    "provider_sign_ins.link_user_id",
    "push_subscriptions.user_id",
    "recovery_codes.user_id",
    "scheduled_messages.user_id",
    "second_factors.user_id",
    "sessions.user_id",
    "sign_in_devices.user_id",
    "thread_members.user_id",
    "tickets.user_id",
    "user_group_members.user_id",
    "user_identities.user_id",
  ),
  { column: "media_uploads.owner_id", fate: "delete" },
  { column: "sign_in_codes.owner_id", fate: "delete", unscoped: true },
  { column: "scim_resources.resource_id", fate: "delete" },
  // Who that was in the chat that was imported.
  { column: "transfer_ids.internal_id", fate: "delete" },
  // Nobody's any more: what no message shows goes with the next sweep.
  { column: "media.owner_id", fate: "clear", also: { used_at: "to_timestamp(0)" } },
  {
    column: "notifications.sender_id",
    fate: "clear",
    also: { sender_name: GONE, data: withoutSender("data - 'sender'", "data"), message: titleWithoutName() },
  },
  {
    column: "transfer_runs.created_by",
    fate: "clear",
    // The own archive must not outlive the account.
    also: {
      created_by_name: GONE,
      cancel_requested: "cancel_requested or kind = 'personal'",
      expires_at: "case when kind = 'personal' then least(expires_at, to_timestamp(0)) else expires_at end",
    },
  },
  { column: "transfer_files.owner_id", fate: "clear" },
  { column: "incoming_webhooks.created_by", fate: "clear" },
  { column: "outgoing_webhooks.created_by", fate: "clear" },
  { column: "custom_commands.created_by", fate: "clear" },
  { column: "moderation_filters.updated_by", fate: "clear" },
  { column: "analytics_settings.updated_by", fate: "clear" },
  { column: "chat_retention.updated_by", fate: "clear" },
  ...keep("the log of what was done must not change", "audit_log.actor_id"),
  ...keep(
    MESSAGES,
    "messages.user_id",
    "messages.pinned_by",
    "message_edits.edited_by",
    "message_mentions.user_id",
    "message_mentions.sender_id",
    "channels.created_by",
  ),
  ...keep(
    MODERATION,
    "moderation_reports.author_id",
    "moderation_reports.reporter_id",
    "moderation_reports.assigned_to",
    "moderation_reports.reviewed_by",
    "moderation_actions.user_id",
    "moderation_actions.moderator_id",
    "moderation_actions.revoked_by",
  ),
  ...keep(FIGURES, "stats_people.user_id", "stats_channels.user_id"),
  ...keep("how far a run over all people is, not a person", "default_channel_fills.last_user_id"),
  ...keep("a machine, not a person", "agent_commands.agent_id", "agent_metrics.agent_id"),
];

/** Does what the list says for `delete` and `clear`. Before the row of the person goes, in the same transaction. */
export async function forgetPerson(tx: Tx, organizationId: string, userId: string): Promise<void> {
  // The picture is nobody's file: what shows it is the account's row, which goes.
  await tx.run(sql`update media m set used_at = to_timestamp(0) from users u
    where u.id = ${userId} and u.organization_id = ${organizationId} and m.organization_id = u.organization_id
      and m.id = u.avatar_media_id`);
  for (const { column, fate, also = {}, unscoped } of PERSON_COLUMNS) {
    const [table, name] = column.split(".") as [string, string];
    const scope = unscoped ? rawSql("true") : sql`organization_id = ${organizationId}`;
    const own = sql`where ${scope} and ${rawSql(name)} = ${userId}`;
    if (fate === "delete") await tx.run(sql`delete from ${rawSql(table)} ${own}`);
    if (fate !== "clear") continue;
    const sets = Object.entries({ [name]: "null", ...also }).map(([key, value]) => `${key} = ${value}`).join(", ");
    await tx.run(sql`update ${rawSql(table)} set ${rawSql(sets)} ${own}`);
  }
  // The name that a program wrote under with this person's token, or that an import brought along.
  await tx.run(sql`update messages set sender_name = null
    where organization_id = ${organizationId} and user_id = ${userId} and sender_name is not null`);
}
