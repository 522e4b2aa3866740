// Rows of one-time codes, and the accounts that numbers and addresses belong to.
import { type Queryable, sql } from "../../../db/sql.ts";
import { type LoginRow, USER_COLUMNS } from "../people/store.ts";

/** What a code is asked for. */
export interface CodeKey {
  purpose: "sign_in" | "attach";
  /** A number in E.164, or an address in small letters. */
  target: string;
  /** attach: whose account. sign_in: who has asked on a device of theirs, else NOBODY. */
  ownerId: string;
}

/** The owner of codes that sign in on any device. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

export interface CodeTimes {
  created_at: Date;
  expires_at: Date;
}

/** Takes the place of an older code that was asked for before `askedBefore`; false when the last one is too fresh. */
export async function issueCode(
  q: Queryable,
  key: CodeKey,
  code: { id: string; now: Date; expiresAt: Date; askedBefore: Date },
): Promise<boolean> {
  return await q.run(sql`
    insert into sign_in_codes (purpose, target, owner_id, id, created_at, expires_at)
    values (${key.purpose}, ${key.target}, ${key.ownerId}, ${code.id}, ${code.now}, ${code.expiresAt})
    on conflict (purpose, target, owner_id) do update set id = excluded.id, tries = 0, ended = false,
      created_at = excluded.created_at, expires_at = excluded.expires_at
    where sign_in_codes.created_at <= ${code.askedBefore}`) > 0;
}

export function codeTimes(q: Queryable, key: CodeKey): Promise<CodeTimes | undefined> {
  return q.maybe<CodeTimes>(sql`select created_at, expires_at from sign_in_codes
    where purpose = ${key.purpose} and target = ${key.target} and owner_id = ${key.ownerId}`);
}

/** Counts a try before it is judged, so that tries at once cannot be more than `most`; undefined: there is no live code. */
export function claimTry(q: Queryable, key: CodeKey, most: number, now: Date): Promise<{ id: string } | undefined> {
  return q.maybe<{ id: string }>(sql`update sign_in_codes set tries = tries + 1
    where purpose = ${key.purpose} and target = ${key.target} and owner_id = ${key.ownerId}
      and not ended and expires_at > ${now} and tries < ${most}
    returning id`);
}

/** Ends the code; false when somebody else was faster. The row stays: when a code was asked for still counts. */
export async function endCode(q: Queryable, id: string, now: Date): Promise<boolean> {
  return await q.run(
    sql`update sign_in_codes set ended = true where id = ${id} and not ended and expires_at > ${now}`,
  ) > 0;
}

/** The live code of this id, for the job that sends it. */
export function liveCode(q: Queryable, id: string, now: Date): Promise<(CodeKey & { id: string }) | undefined> {
  return q.maybe(sql`select id, purpose, target, owner_id as "ownerId" from sign_in_codes
    where id = ${id} and not ended and expires_at > ${now}`);
}

export async function deleteEndedCodes(q: Queryable, now: Date): Promise<void> {
  await q.run(sql`delete from sign_in_codes where expires_at < ${now}`);
}

/** The account that codes to this number or address let in. An address that was only claimed lets nobody in. */
export function userForCode(q: Queryable, target: string): Promise<LoginRow | undefined> {
  const where = target.startsWith("+")
    ? sql`u.phone = ${target}`
    : sql`lower(u.email) = ${target} and (u.email_verified_at is not null or not u.email_claimed)`;
  return q.maybe<LoginRow>(sql`select ${USER_COLUMNS}, u.password_hash, o.is_active as organization_active
    from users u join organizations o on o.id = u.organization_id where ${where}`);
}

/** Whether any account has this address, proven or not. */
export async function addressTaken(q: Queryable, email: string): Promise<boolean> {
  return await q.maybe(sql`select 1 as one from users where lower(email) = lower(${email})`) !== undefined;
}

/** The person has just read a mail to this address. */
export async function proveAddress(q: Queryable, organizationId: string, userId: string, now: Date): Promise<void> {
  await q.run(sql`update users set email_verified_at = coalesce(email_verified_at, ${now}), email_claimed = false
    where organization_id = ${organizationId} and id = ${userId}`);
}

/** A sign-in with a code to the number before ends. @throws SqlError 23505 `users_phone_key` when another account has it. */
export async function setPhone(q: Queryable, organizationId: string, userId: string, phone: string | null, now: Date) {
  await q.run(sql`update users set phone = ${phone}, updated_at = ${now},
      sign_in_epoch = sign_in_epoch + case when phone is distinct from ${phone}::text and phone is not null then 1 else 0 end
    where organization_id = ${organizationId} and id = ${userId}`);
}
