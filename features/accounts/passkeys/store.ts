// Rows of passkeys and of the challenges that wait for an answer.
import { type Queryable, sql } from "../../../db/sql.ts";
import type { Owner } from "../second_factor/store.ts";
import { USER_COLUMNS, type UserRow } from "../people/store.ts";

export interface PasskeyRow {
  id: string;
  credential_id: string;
  transports: string[];
  backed_up: boolean;
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

/** The person's passkeys, the oldest first. */
export function passkeyRows(q: Queryable, of: Owner): Promise<PasskeyRow[]> {
  return q.rows<PasskeyRow>(sql`select id, credential_id, transports, backed_up, name, created_at, last_used_at
    from passkeys where organization_id = ${of.organizationId} and user_id = ${of.userId} order by id`);
}

export interface NewPasskey {
  id: string;
  credentialId: string;
  publicKey: Uint8Array;
  counter: number;
  transports: string[];
  backedUp: boolean;
  name: string;
  now: Date;
}

/** @throws SqlError 23505 `passkeys_credential_key` when somebody has this credential already. */
export async function insertPasskey(q: Queryable, of: Owner, p: NewPasskey): Promise<void> {
  await q.run(sql`insert into passkeys (id, user_id, organization_id, credential_id, public_key, counter, transports,
      backed_up, name, created_at)
    values (${p.id}, ${of.userId}, ${of.organizationId}, ${p.credentialId}, ${p.publicKey}, ${p.counter},
      ${p.transports}::text[], ${p.backedUp}, ${p.name}, ${p.now})`);
}

/** Undefined when it is none of the person's. Else its name from before. */
export async function renamePasskeyRow(
  q: Queryable,
  of: Owner,
  id: string,
  name: string,
): Promise<string | undefined> {
  const row = await q.maybe<{ name: string }>(sql`update passkeys p set name = ${name}
    from (select id, name from passkeys where id = ${id} for update) before
    where p.id = before.id and p.organization_id = ${of.organizationId} and p.user_id = ${of.userId}
    returning before.name`);
  return row?.name;
}

/** The name of what was deleted; undefined when it is none of the person's. */
export async function deletePasskeyRow(q: Queryable, of: Owner, id: string): Promise<string | undefined> {
  const row = await q.maybe<{ name: string }>(sql`delete from passkeys
    where id = ${id} and organization_id = ${of.organizationId} and user_id = ${of.userId} returning name`);
  return row?.name;
}

/** Returns how many there were. */
export function deletePasskeyRows(q: Queryable, of: Owner): Promise<number> {
  return q.run(sql`delete from passkeys
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
}

export type CredentialRow = UserRow & {
  organization_active: boolean;
  password_hash: string | null;
  passkey_id: string;
  public_key: Uint8Array;
  counter: number;
};

/** For signing in only: the person of this credential, whatever the organisation. */
export function userByCredential(q: Queryable, credentialId: string): Promise<CredentialRow | undefined> {
  return q.maybe<CredentialRow>(sql`select ${USER_COLUMNS}, u.password_hash, o.is_active as organization_active,
      p.id as passkey_id, p.public_key, p.counter
    from passkeys p join users u on u.id = p.user_id join organizations o on o.id = u.organization_id
    where p.credential_id = ${credentialId}`);
}

/** Notes a use; false when another one has come first with this counter, or the passkey is gone. */
export async function notePasskeyUse(
  q: Queryable,
  organizationId: string,
  id: string,
  counter: number,
  now: Date,
): Promise<boolean> {
  const noted = await q.run(sql`update passkeys set counter = ${counter}, last_used_at = ${now}
    where id = ${id} and organization_id = ${organizationId} and (counter < ${counter} or (counter = 0 and ${counter} = 0))`);
  return noted > 0;
}

/** Challenges for signing in that may wait at once; the oldest go first. */
const MAX_WAITING = 20_000;
const MAX_PER_SESSION = 5;

/** Keeps a challenge. What has ended, and what is too many, goes. */
export async function putChallenge(
  q: Queryable,
  challenge: string,
  sessionId: string | null,
  times: { now: Date; expiresAt: Date },
): Promise<void> {
  await q.run(sql`delete from passkey_challenges where expires_at <= ${times.now} or challenge in (
    select challenge from passkey_challenges where session_id is not distinct from ${sessionId}::uuid
    order by expires_at desc offset ${sessionId ? MAX_PER_SESSION - 1 : MAX_WAITING - 1})`);
  await q.run(sql`insert into passkey_challenges (challenge, session_id, expires_at)
    values (${challenge}, ${sessionId}, ${times.expiresAt})`);
}

/** Takes the challenge away; false when there is none for this session (null: for signing in), or it has ended. */
export async function takeChallenge(
  q: Queryable,
  challenge: string,
  sessionId: string | null,
  now: Date,
): Promise<boolean> {
  const row = await q.maybe<{ expires_at: Date }>(sql`delete from passkey_challenges
    where challenge = ${challenge} and session_id is not distinct from ${sessionId}::uuid returning expires_at`);
  return row !== undefined && row.expires_at > now;
}
