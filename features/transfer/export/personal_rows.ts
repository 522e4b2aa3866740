// What the export of one person says: one statement per file, each of one column `line` of JSON text. Only what is the
// person's own: their words everywhere, other people's words only where they are part of a direct conversation that the
// person can read. Secrets (password hashes, keys of sessions, tokens and devices) are in none of them.
import { rawSql, type Sql, sql } from "../../../db/sql.ts";

export interface PersonalFile {
  name: string;
  rows: Sql;
}

/** @param readable the channels that the person may read, from which position on (`features/chat`) */
export function personalFiles(organizationId: string, userId: string, readable: Sql): PersonalFile[] {
  const org = organizationId, me = userId;
  const file = (name: string, columns: string, rest: Sql): PersonalFile => ({
    name,
    rows: sql`select row_to_json(r)::text as line from (select ${rawSql(columns)} ${rest}) r`,
  });
  const own = (name: string, columns: string, table: string, order: string) =>
    file(
      name,
      columns,
      sql`from ${rawSql(table)} where organization_id = ${org} and user_id = ${me} order by ${rawSql(order)}`,
    );
  const message = `m.id, m.channel_id, c.type as channel_type, c.name as channel_name, m.root_id, m.reply_to_id,
    m.user_id, m.content, m.attachments, m.created_at, m.edited_at`;
  return [
    file(
      "profile",
      `id, username, email, phone, display_name, avatar_url, role, status, status_text, status_until, locale, is_active,
       created_at, last_seen_at, banned_until, banned_reason`,
      sql`from users where organization_id = ${org} and id = ${me}`,
    ),
    own("sessions", "id, method, ip, user_agent, created_at, last_seen_at, expires_at, revoked_at", "sessions", "id"),
    own("devices", "name, network, first_seen_at, last_seen_at", "sign_in_devices", "first_seen_at"),
    own("identities", "provider, issuer, subject, name, created_at, last_used_at", "user_identities", "id"),
    own("authenticator_apps", "created_at, enabled_at", "second_factors", "user_id"),
    own("passkeys", "id, name, backed_up, created_at, last_used_at", "passkeys", "id"),
    own("api_tokens", "id, name, prefix, scopes, created_at, last_used_at, expires_at", "api_tokens", "id"),
    own("preferences", "value", "notification_preferences", "user_id"),
    own("push_devices", "id, created_at", "push_subscriptions", "id"),
    file(
      "contacts",
      "c.contact_id, u.username, u.display_name, c.name, c.created_at",
      sql`from contacts c join users u on u.id = c.contact_id
        where c.organization_id = ${org} and c.user_id = ${me} order by c.contact_id`,
    ),
    file(
      "channels",
      `c.id, c.type, c.name, m.role, m.joined_at, m.favorite, m.muted_until, m.notify`,
      sql`from channel_members m join channels c on c.id = m.channel_id
        where m.organization_id = ${org} and m.user_id = ${me} order by c.id`,
    ),
    file(
      "messages",
      message,
      sql`from messages m join channels c on c.id = m.channel_id
        where m.organization_id = ${org} and m.user_id = ${me} and m.deleted_at is null order by m.created_at, m.id`,
    ),
    file(
      "direct_messages",
      `${message}, coalesce(m.sender_name, u.username) as sender`,
      sql`from ${readable} r join channels c on c.id = r.channel_id and c.type = 'direct'
        join messages m on m.channel_id = c.id and m.seq > r.visible_after_seq and m.deleted_at is null
        left join users u on u.id = m.user_id
        order by m.channel_id, m.seq`,
    ),
    own("reactions", "message_id, channel_id, emoji, created_at", "message_reactions", "created_at, message_id"),
    own("drafts", "channel_id, root_id, content, attachments, updated_at", "chat_drafts", "updated_at"),
    own(
      "scheduled",
      "id, kind, channel_id, reply_to_id, content, attachments, send_at, status, created_at",
      "scheduled_messages",
      "id",
    ),
    file(
      "notifications",
      "n.id, n.type, n.message, n.data, n.sender_name, n.created_at, x.read_at",
      sql`from notification_recipients r join notifications n on n.id = r.notification_id
        left join notification_reads x on x.user_id = r.user_id and x.notification_id = r.notification_id
        where r.organization_id = ${org} and r.user_id = ${me} order by n.id`,
    ),
    file(
      "reports",
      "id, message_id, channel_id, category, reason, status, created_at",
      sql`from moderation_reports where organization_id = ${org} and reporter_id = ${me} order by id`,
    ),
    file(
      "moderation",
      "id, action_type, reason, channel_id, created_at, expires_at, revoked_at",
      sql`from moderation_actions where organization_id = ${org} and user_id = ${me} order by id`,
    ),
    file(
      "files",
      "id, filename, mime_type, size, width, height, sha256, kind, created_at",
      sql`from media where organization_id = ${org} and owner_id = ${me} order by id`,
    ),
    file(
      "activity",
      // What was done to somebody else tells of them (names, addresses, reasons).
      `id, action, subject_type, subject_id, ip,
       case when subject_type = 'user' and subject_id = actor_id::text then details end as details, created_at`,
      sql`from audit_log where organization_id = ${org} and actor_id = ${me} order by id`,
    ),
  ];
}
