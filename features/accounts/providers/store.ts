// Rows of accounts at providers, and of sign-ins that are under way there.
import { type Queryable, type Row, sql } from "../../../db/sql.ts";
import { type LoginRow, USER_COLUMNS } from "../people/store.ts";

export interface NewIdentity {
  id: string;
  organizationId: string;
  userId: string;
  provider: string;
  issuer: string;
  subject: string;
  name: string | null;
  now: Date;
}

/** @throws SqlError 23505 `user_identities_subject_key` when it is linked already. */
export async function insertIdentity(q: Queryable, i: NewIdentity): Promise<void> {
  await q.run(sql`insert into user_identities
    (id, organization_id, user_id, provider, issuer, subject, name, created_at, last_used_at)
    values (${i.id}, ${i.organizationId}, ${i.userId}, ${i.provider}, ${i.issuer}, ${i.subject}, ${i.name}, ${i.now}, ${i.now})`);
}

/** The account that this one at the provider signs in. */
export function userByIdentity(q: Queryable, issuer: string, subject: string): Promise<LoginRow | undefined> {
  return q.maybe<LoginRow>(sql`select ${USER_COLUMNS}, u.password_hash, o.is_active as organization_active
    from user_identities i join users u on u.id = i.user_id join organizations o on o.id = u.organization_id
    where i.issuer = ${issuer} and i.subject = ${subject}`);
}

export async function touchIdentity(
  q: Queryable,
  organizationId: string,
  who: { issuer: string; subject: string; name: string | null; provider: string },
  now: Date,
): Promise<void> {
  await q.run(sql`update user_identities set last_used_at = ${now}, name = ${who.name}, provider = ${who.provider}
    where organization_id = ${organizationId} and issuer = ${who.issuer} and subject = ${who.subject}`);
}

/** The person's, oldest first. */
export function identityRows(q: Queryable, organizationId: string, userId: string): Promise<Row[]> {
  return q.rows(sql`select id, provider, name, created_at, last_used_at from user_identities
    where organization_id = ${organizationId} and user_id = ${userId} order by created_at, id limit 200`);
}

/** What was deleted; undefined when the person has no such one. */
export function deleteIdentityRow(
  q: Queryable,
  organizationId: string,
  userId: string,
  id: string,
): Promise<{ provider: string } | undefined> {
  return q.maybe(sql`delete from user_identities
    where organization_id = ${organizationId} and user_id = ${userId} and id = ${id} returning provider`);
}

/** What was deleted: all of the person's. */
export function deleteIdentityRows(
  q: Queryable,
  organizationId: string,
  userId: string,
): Promise<{ provider: string }[]> {
  return q.rows<{ provider: string }>(sql`delete from user_identities
    where organization_id = ${organizationId} and user_id = ${userId} returning provider`);
}

export interface ProviderSignIn {
  provider: string;
  return_to: string;
  /** Set: the provider's account is added to this person's, by this session. */
  link_user_id: string | null;
  link_session_id: string | null;
  /** The invitation that the person comes with (SHA-256 of its token). */
  invite_hash: string | null;
}

export async function insertProviderSignIn(
  q: Queryable,
  s: ProviderSignIn & { stateHash: string; browserHash: string; expiresAt: Date },
): Promise<void> {
  await q.run(
    sql`insert into provider_sign_ins
      (state_hash, browser_hash, provider, return_to, link_user_id, link_session_id, invite_hash, expires_at)
    values (${s.stateHash}, ${s.browserHash}, ${s.provider}, ${s.return_to}, ${s.link_user_id}, ${s.link_session_id},
      ${s.invite_hash}, ${s.expiresAt})`,
  );
}

/** Takes it away: of two who present it, one gets it; another browser, or another provider's address, gets nothing. */
export function redeemProviderSignIn(
  q: Queryable,
  key: { stateHash: string; browserHash: string; provider: string; now: Date },
): Promise<ProviderSignIn | undefined> {
  return q.maybe<ProviderSignIn>(sql`delete from provider_sign_ins
    where state_hash = ${key.stateHash} and browser_hash = ${key.browserHash} and provider = ${key.provider}
      and expires_at > ${key.now}
    returning provider, return_to, link_user_id, link_session_id, invite_hash`);
}

export async function deleteEndedProviderSignIns(q: Queryable, now: Date): Promise<void> {
  await q.run(sql`delete from provider_sign_ins where expires_at < ${now}`);
}
