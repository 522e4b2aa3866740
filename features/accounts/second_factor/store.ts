// Rows of second factors and recovery codes.
import { type Queryable, rawSql, sql } from "../../../db/sql.ts";

/** Whose rows. */
export interface Owner {
  organizationId: string;
  userId: string;
}

export interface FactorRow {
  secret: Uint8Array;
  created_at: Date;
  enabled_at: Date | null;
  last_step: number;
  wrong_codes: number;
  locked_until: Date | null;
}

export function factorRow(
  q: Queryable,
  { organizationId, userId }: Owner,
  options: { lock?: boolean } = {},
): Promise<FactorRow | undefined> {
  return q.maybe<FactorRow>(sql`select secret, created_at, enabled_at, last_step, wrong_codes, locked_until
    from second_factors where organization_id = ${organizationId} and user_id = ${userId}
    ${rawSql(options.lock ? "for update" : "")}`);
}

/** Keeps a secret that waits for its first code, instead of an earlier one that still does; false when one is in use. */
export async function putPendingFactor(q: Queryable, of: Owner, secret: Uint8Array, now: Date): Promise<boolean> {
  const changed = await q.run(sql`insert into second_factors as f (user_id, organization_id, secret, created_at)
    values (${of.userId}, ${of.organizationId}, ${secret}, ${now})
    on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0,
      wrong_codes = 0, locked_until = null
    where f.enabled_at is null`);
  return changed > 0;
}

export async function enableFactorRow(q: Queryable, of: Owner, step: number, now: Date): Promise<void> {
  await q.run(sql`update second_factors set enabled_at = ${now}, last_step = ${step}
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
}

/** A code was right: those before it are over, and the wrong ones are forgotten. */
export async function noteRightCode(q: Queryable, of: Owner, step: number): Promise<void> {
  await q.run(sql`update second_factors set last_step = ${step}, wrong_codes = 0, locked_until = null
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
}

export async function noteWrongCode(q: Queryable, of: Owner, wrong: number, lockedUntil: Date | null): Promise<void> {
  await q.run(sql`update second_factors set wrong_codes = ${wrong}, locked_until = ${lockedUntil}
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
}

/** False when there was none. Recovery codes go with it. */
export async function deleteFactorRow(q: Queryable, of: Owner): Promise<boolean> {
  const deleted = await q.run(sql`delete from second_factors
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
  return deleted > 0;
}

/** Puts these codes in the place of all earlier ones. */
export async function replaceRecoveryCodes(q: Queryable, of: Owner, macs: readonly string[]): Promise<void> {
  await q.run(sql`delete from recovery_codes
    where organization_id = ${of.organizationId} and user_id = ${of.userId}`);
  await q.run(sql`insert into recovery_codes (user_id, organization_id, code_mac)
    select ${of.userId}::uuid, ${of.organizationId}::uuid, mac from unnest(${[...macs]}::text[]) as mac`);
}

/** Uses the code up; false when it is none of the person's, or was used before. */
export async function useRecoveryCode(q: Queryable, of: Owner, mac: string, now: Date): Promise<boolean> {
  const used = await q.run(sql`update recovery_codes set used_at = ${now}
    where organization_id = ${of.organizationId} and user_id = ${of.userId} and code_mac = ${mac} and used_at is null`);
  return used > 0;
}

export async function countRecoveryCodes(q: Queryable, of: Owner): Promise<number> {
  const { n } = await q.one<{ n: number }>(sql`select count(*) as n from recovery_codes
    where organization_id = ${of.organizationId} and user_id = ${of.userId} and used_at is null`);
  return n;
}
