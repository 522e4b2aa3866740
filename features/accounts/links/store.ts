// Rows of links for one person (account_links). A token is found by its SHA-256 only.
import { type Queryable, rawSql, sql } from "../../../db/sql.ts";
import { USER_COLUMNS, type UserRow } from "../people/store.ts";

/**
 * `reset`: asked for by the person, by mail; `first`: the first password, by mail; `handed`: made by an administrator and
 * handed on; `confirm`: confirms the address of an account that registered by itself, by mail.
 */
export type LinkPurpose = "reset" | "first" | "handed" | "confirm";

export interface NewLink {
  id: string;
  organizationId: string;
  userId: string;
  purpose: LinkPurpose;
  hash: string;
  createdBy: string | null;
  now: Date;
  expiresAt: Date;
}

/** The person's older link of this purpose is no more. */
export async function insertLink(q: Queryable, l: NewLink): Promise<void> {
  await q.run(sql`
    insert into account_links (id, organization_id, user_id, purpose, token_hash, created_by, created_at, expires_at)
    values (${l.id}, ${l.organizationId}, ${l.userId}, ${l.purpose}, ${l.hash}, ${l.createdBy}, ${l.now}, ${l.expiresAt})
    on conflict (user_id, purpose) do update set id = excluded.id, token_hash = excluded.token_hash,
      created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at`);
}

export type LinkRow = UserRow & {
  link_id: string;
  purpose: LinkPurpose;
  link_created_by: string | null;
  has_password: boolean;
};

/** A link that still holds and its person. @param options.lock keeps both until the transaction ends */
export function linkByHash(
  q: Queryable,
  hash: string,
  purposes: readonly LinkPurpose[],
  now: Date,
  options: { lock?: boolean } = {},
): Promise<LinkRow | undefined> {
  return q.maybe<LinkRow>(sql`
    select ${USER_COLUMNS}, l.id as link_id, l.purpose, l.created_by as link_created_by,
      u.password_hash is not null as has_password
    from account_links l join users u on u.id = l.user_id join organizations o on o.id = u.organization_id
    where l.token_hash = ${hash} and l.purpose = any(${[...purposes]}::text[]) and l.expires_at > ${now}
      and o.is_active and (u.is_active or u.pending is not null)
    ${rawSql(options.lock ? "for update of u, l" : "")}`);
}

export async function deleteLink(q: Queryable, id: string): Promise<void> {
  await q.run(sql`delete from account_links where id = ${id}`);
}

export async function deleteOldLinks(q: Queryable, now: Date): Promise<void> {
  await q.run(sql`delete from account_links where expires_at <= ${now}`);
}
