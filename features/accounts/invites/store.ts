// Rows of invitations. A token is found by its SHA-256 only.
import type { Role } from "../../../kernel/actor.ts";
import { type Queryable, rawSql, sql } from "../../../db/sql.ts";

export interface InviteRow {
  id: string;
  organization_id: string;
  created_by: string | null;
  token_hash: string;
  mail_token_hash: string | null;
  email: string | null;
  role: Role;
  uses: number;
  uses_left: number;
  channel_ids: string[];
  created_at: Date;
  expires_at: Date;
}

const COLUMNS = rawSql(`i.id, i.organization_id, i.created_by, i.token_hash, i.mail_token_hash, i.email, i.role, i.uses,
  i.uses_left, i.channel_ids, i.created_at, i.expires_at`);

export async function insertInvite(q: Queryable, i: InviteRow): Promise<void> {
  await q.run(sql`insert into invites (id, organization_id, created_by, token_hash, mail_token_hash, email, role, uses,
      uses_left, channel_ids, created_at, expires_at)
    values (${i.id}, ${i.organization_id}, ${i.created_by}, ${i.token_hash}, ${i.mail_token_hash}, ${i.email}, ${i.role},
      ${i.uses}, ${i.uses_left}, ${i.channel_ids}::uuid[], ${i.created_at}, ${i.expires_at})`);
}

/** One that can still be used, of whatever organisation that is active. */
export function openInvite(q: Queryable, hash: string, now: Date): Promise<InviteRow | undefined> {
  return q.maybe<InviteRow>(sql`select ${COLUMNS} from invites i join organizations o on o.id = i.organization_id
    where (i.token_hash = ${hash} or i.mail_token_hash = ${hash}) and i.uses_left > 0 and i.expires_at > ${now}
      and o.is_active`);
}

/** Uses it once; of two at once on the last use one gets undefined. */
export function takeInvite(q: Queryable, hash: string, now: Date): Promise<InviteRow | undefined> {
  return q.maybe<InviteRow>(sql`update invites i set uses_left = uses_left - 1 from organizations o
    where (i.token_hash = ${hash} or i.mail_token_hash = ${hash}) and i.uses_left > 0 and i.expires_at > ${now}
      and o.id = i.organization_id and o.is_active
    returning ${COLUMNS}`);
}

export function inviteById(q: Queryable, organizationId: string, id: string): Promise<InviteRow | undefined> {
  return q.maybe<InviteRow>(
    sql`select ${COLUMNS} from invites i where i.organization_id = ${organizationId} and i.id = ${id}`,
  );
}

export type ListedInvite = InviteRow & { author_username: string | null; author_display_name: string | null };

/** The newest first. @param by only those of this person */
export function inviteRows(
  q: Queryable,
  organizationId: string,
  page: { by?: string; before?: string; limit: number },
): Promise<ListedInvite[]> {
  return q.rows<ListedInvite>(sql`
    select ${COLUMNS}, u.username as author_username, u.display_name as author_display_name
    from invites i left join users u on u.id = i.created_by
    where i.organization_id = ${organizationId}
      and (${page.by ?? null}::uuid is null or i.created_by = ${page.by ?? null}::uuid)
      and (${page.before ?? null}::uuid is null or i.id < ${page.before ?? null}::uuid)
    order by i.id desc limit ${page.limit}`);
}

export async function countOpenInvites(q: Queryable, organizationId: string, now: Date): Promise<number> {
  const row = await q.one<{ open: number }>(sql`select count(*)::int as open from invites
    where organization_id = ${organizationId} and uses_left > 0 and expires_at > ${now}`);
  return row.open;
}

export async function deleteInviteRow(q: Queryable, organizationId: string, id: string): Promise<boolean> {
  const gone = await q.maybe(sql`
    delete from invites where organization_id = ${organizationId} and id = ${id} returning id`);
  return gone !== undefined;
}

/** Forgets what has been over for a week. */
export async function deleteOldInvites(q: Queryable, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 7 * 86_400_000);
  await q.run(sql`delete from invites where expires_at <= ${before}`);
}
