// Members of a channel as they go over the wire.
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { joinSql, sql, type Tx } from "../../../db/sql.ts";
import {
  type ChannelRole,
  MAX_RECEIPT_MEMBERS,
  type Member,
  type MemberPermissions,
  type MemberQuery,
} from "../../../protocol/chat/chat.ts";
import type { Page } from "../../../protocol/common.ts";
import type { Ctx } from "../../context.ts";
import { accessWith } from "../channels/access.ts";
import { type PersonRow, toChatUser } from "../messages/views.ts";

interface MemberPart {
  role: ChannelRole;
  permissions: MemberPermissions;
  by_group: boolean;
  joined_at: Date;
  read_seq: number | null;
}

const MEMBERS =
  sql`select u.id, u.username, u.display_name, u.avatar_url, m.role, m.permissions, m.by_group, m.joined_at,
    case when c.member_count <= ${MAX_RECEIPT_MEMBERS} then m.read_seq end as read_seq
  from channel_members m join users u on u.id = m.user_id join channels c on c.id = m.channel_id`;

function toMember(row: PersonRow & MemberPart): Member {
  return {
    user_id: row.id,
    user: toChatUser(row),
    role: row.role,
    permissions: row.permissions,
    by_group: row.by_group,
    joined_at: row.joined_at.toISOString(),
    read_seq: row.read_seq,
  };
}

/** These members, by name. */
export async function memberRows(tx: Tx, channelId: string, ids: readonly string[]): Promise<Member[]> {
  const rows = await tx.rows<PersonRow & MemberPart>(sql`
    ${MEMBERS} where m.channel_id = ${channelId} and m.user_id = any(${ids}::uuid[]) order by lower(u.username)`);
  return rows.map(toMember);
}

/** One page of the members, by name. @throws AppError not_found, forbidden */
export async function listMembers(ctx: Ctx, id: string, query: MemberQuery): Promise<Page<Member>> {
  const { app, actor } = ctx;
  await accessWith(app.db, actor, id, "read", app.now());
  const conditions = [sql`m.channel_id = ${id}`, sql`m.organization_id = ${actor.organizationId}`];
  if (query.role) conditions.push(sql`m.role = ${query.role}`);
  if (query.q) {
    const like = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`(unaccent(lower(u.username)) like unaccent(lower(${like}))
      or unaccent(lower(u.display_name)) like unaccent(lower(${like})))`);
  }
  if (query.cursor) conditions.push(sql`lower(u.username) > ${String(decodeCursor(query.cursor, 1)[0])}`);
  const rows = await app.db.rows<PersonRow & MemberPart>(sql`
    ${MEMBERS} where ${joinSql(conditions, " and ")} order by lower(u.username) limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.username.toLowerCase()], toMember);
}
