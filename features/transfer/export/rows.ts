// What an export says about each kind of row: one statement per file, whose rows go out as PostgreSQL's own JSON, so that
// nothing is rounded. Secrets (password hashes, sessions, tokens, keys of webhooks) are in none of them. The files are
// described in docs/export_format.md; a change there is a new version of the format.
import { rawSql, type Sql, sql } from "../../../db/sql.ts";
import type { ExportOptions } from "../../../protocol/operation/transfer.ts";

export interface ExportFile {
  name: string;
  /** Rows of one column `line`, JSON text. */
  rows: Sql;
}

/** The channels that the options let out, as a sub-select of ids. */
function chosen(organizationId: string, options: ExportOptions): Sql {
  const types = [
    "public",
    ...(options.include_private ? ["private"] : []),
    ...(options.include_direct ? ["direct"] : []),
  ];
  return sql`(select id from channels where organization_id = ${organizationId} and type = any(${types}::text[]))`;
}

export function exportFiles(organizationId: string, options: ExportOptions): ExportFile[] {
  const org = organizationId, channels = chosen(org, options);
  const file = (name: string, columns: string, rest: Sql): ExportFile => ({
    name: `${name}.ndjson`,
    rows: sql`select row_to_json(r)::text as line from (select ${rawSql(columns)} ${rest}) r`,
  });
  return [
    file("organization", "id, name, created_at", sql`from organizations where id = ${org}`),
    file(
      "users",
      `id, username, email, display_name, avatar_url, role, is_service, status_text, locale, is_active, created_at, last_seen_at,
       banned_until, banned_reason`,
      sql`from users where organization_id = ${org} and pending is null order by id`,
    ),
    file(
      "preferences",
      "user_id, value",
      sql`from notification_preferences where organization_id = ${org} order by user_id`,
    ),
    file(
      "restrictions",
      "id, user_id, channel_id, kind, reason, expires_at",
      sql`from chat_restrictions where organization_id = ${org} and (channel_id is null or channel_id in ${channels})
        order by id`,
    ),
    file(
      "channels",
      `id, type, name, description, topic, created_by, created_at, updated_at, archived_at, history, policy, is_default,
       auto_archive_days, member_count, root_count, last_seq, last_message_at`,
      sql`from channels where id in ${channels} order by id`,
    ),
    file(
      "members",
      `channel_id, user_id, role, permissions, joined_at, visible_after_seq, read_seq, read_at, favorite, muted_until,
       notify, hidden`,
      sql`from channel_members where organization_id = ${org} and channel_id in ${channels} order by channel_id, user_id`,
    ),
    file(
      "messages",
      `m.id, m.channel_id, m.seq, m.user_id, m.sender_name, m.root_id, m.reply_to_id, m.message_type,
       case when m.deleted_at is null then m.content else '' end as content,
       case when m.deleted_at is null then m.mentions else '[]' end as mentions,
       case when m.deleted_at is null then m.attachments else '[]' end as attachments,
       case when m.deleted_at is null then m.props - 'hook' else m.props - 'hook' - 'cards' - 'previews' end as props, m.created_at, m.edited_at, m.deleted_at, m.pinned_at, m.pinned_by, m.reply_count, m.last_reply_at,
       (select json_agg(json_build_object('content', e.content, 'cards', e.cards, 'edited_by', e.edited_by, 'edited_at', e.edited_at)
          order by e.version) from message_edits e where e.message_id = m.id and m.deleted_at is null) as edits,
       (select json_agg(json_build_object('emoji', x.emoji, 'user_id', x.user_id, 'created_at', x.created_at)
          order by x.created_at, x.emoji, x.user_id) from message_reactions x
          where x.message_id = m.id and m.deleted_at is null) as reactions`,
      sql`from messages m where m.organization_id = ${org} and m.channel_id in ${channels} order by m.channel_id, m.seq`,
    ),
    file(
      "threads",
      "root_id, user_id, channel_id, coalesce(following, false) as following, read_seq",
      sql`from thread_members where organization_id = ${org} and channel_id in ${channels} order by root_id, user_id`,
    ),
    file(
      "reports",
      `id, message_id, channel_id, author_id, reporter_id, source, category, reason, rule, status, note, assigned_to,
       created_at, updated_at, reviewed_by, reviewed_at`,
      sql`from moderation_reports where organization_id = ${org} and channel_id in ${channels} order by id`,
    ),
    file(
      "actions",
      "*",
      sql`from moderation_actions where organization_id = ${org}
      and (channel_id is null or channel_id in ${channels}) order by id`,
    ),
    file(
      "media",
      "id, owner_id, filename, mime_type, size, width, height, sha256, kind, created_at",
      mediaOf(org, channels),
    ),
    file(
      "agents",
      `id, name, hostname, os, arch, version, labels, capabilities, cpu_cores, memory_total_bytes, disk_total_bytes,
       created_at, last_seen_at`,
      sql`from agents where organization_id = ${org} order by id`,
    ),
    file(
      "audit",
      "id, actor_id, actor_name, actor_kind, action, subject_type, subject_id, ip, details, created_at",
      sql`from audit_log where organization_id = ${org} order by id`,
    ),
  ];
}

/** Files of messages that the export holds. */
function mediaOf(organizationId: string, channels: Sql): Sql {
  return sql`from media m where m.organization_id = ${organizationId} and exists (
      select from message_attachments a join messages x on x.id = a.message_id
      where a.media_id = m.id and a.channel_id in ${channels} and x.deleted_at is null)
    order by m.id`;
}

export function exportMedia(organizationId: string, options: ExportOptions): Sql {
  return sql`select id, size ${mediaOf(organizationId, chosen(organizationId, options))}`;
}
