// Rows of sessions, refresh tokens, API tokens and tickets. Tokens are found by their SHA-256 only.
import { type Queryable, type Row, type Sql, sql } from "../../../db/sql.ts";
import { USER_COLUMNS, type UserRow } from "../people/store.ts";

export interface NewSession {
  id: string;
  userId: string;
  organizationId: string;
  ip: string | null;
  userAgent: string | null;
  method: string;
  now: Date;
  expiresAt: Date;
  factor: string | null;
}

export async function insertSession(q: Queryable, s: NewSession): Promise<void> {
  await q.run(
    sql`insert into sessions
      (id, user_id, organization_id, ip, user_agent, method, created_at, last_seen_at, expires_at, factor)
    values (${s.id}, ${s.userId}, ${s.organizationId}, ${s.ip}, ${s.userAgent}, ${s.method}, ${s.now}, ${s.now},
      ${s.expiresAt}, ${s.factor})`,
  );
}

export async function insertRefreshToken(
  q: Queryable,
  token: { hash: string; sessionId: string; now: Date; expiresAt: Date },
): Promise<void> {
  await q.run(sql`insert into refresh_tokens (token_hash, session_id, created_at, expires_at)
    values (${token.hash}, ${token.sessionId}, ${token.now}, ${token.expiresAt})`);
}

export interface RefreshRow {
  session_id: string;
  user_id: string;
  organization_id: string;
  used_at: Date | null;
  expires_at: Date;
  revoked_at: Date | null;
}

/** Finds the token and locks its session, so that two uses of one family wait for each other. */
export function refreshTokenForUpdate(q: Queryable, hash: string): Promise<RefreshRow | undefined> {
  return q.maybe<RefreshRow>(
    sql`select t.session_id, s.user_id, s.organization_id, t.used_at, t.expires_at, s.revoked_at
    from refresh_tokens t join sessions s on s.id = t.session_id where t.token_hash = ${hash} for update of s, t`,
  );
}

export async function useRefreshToken(q: Queryable, hash: string, now: Date): Promise<void> {
  await q.run(sql`update refresh_tokens set used_at = ${now} where token_hash = ${hash}`);
}

export async function extendSession(q: Queryable, id: string, now: Date, expiresAt: Date): Promise<void> {
  await q.run(sql`update sessions set expires_at = ${expiresAt}, last_seen_at = ${now} where id = ${id}`);
}

/** Ends live sessions of the user; returns those that were live. `only`: these; `except`: all others. */
export async function revokeSessionRows(
  q: Queryable,
  organizationId: string,
  userId: string,
  now: Date,
  which: { only?: string; except?: string } = {},
): Promise<string[]> {
  const rows = await q.rows<{ id: string }>(sql`update sessions set revoked_at = ${now}
    where organization_id = ${organizationId} and user_id = ${userId} and revoked_at is null
      and (${which.only ?? null}::uuid is null or id = ${which.only ?? null}::uuid)
      and (${which.except ?? null}::uuid is null or id <> ${which.except ?? null}::uuid)
    returning id`);
  return rows.map((r) => r.id);
}

/** Live sessions of the user: `first` of them, then the one seen last. */
export function sessionRows(
  q: Queryable,
  organizationId: string,
  userId: string,
  now: Date,
  first: string | undefined,
): Promise<Row[]> {
  return q.rows(sql`select id, ip, user_agent, method, created_at, last_seen_at, expires_at from sessions
    where organization_id = ${organizationId} and user_id = ${userId} and revoked_at is null and expires_at > ${now}
    order by id is not distinct from ${first ?? null}::uuid desc, last_seen_at desc, id desc limit 200`);
}

export interface SessionUserRow extends UserRow {
  /** What the sign-in proved beside its first factor; null: nothing. */
  session_factor: "totp" | "recovery_code" | "passkey" | null;
  session_created_at: Date;
  session_seen_at: Date;
}

export interface SessionKey {
  sessionId: string;
  userId: string;
}

/**
 * The users behind live sessions; undefined when anything of one has ended. Whether it is within the organisation's limits is
 * for limits.ts to say.
 */
export async function usersBySessions(
  q: Queryable,
  keys: readonly SessionKey[],
  now: Date,
): Promise<(SessionUserRow | undefined)[]> {
  const rows = await q.rows<SessionUserRow & { session_id: string }>(sql`
    select ${USER_COLUMNS}, s.id as session_id, s.factor as session_factor,
      s.created_at as session_created_at, s.last_seen_at as session_seen_at
    from unnest(${keys.map((k) => k.sessionId)}::uuid[], ${
    keys.map((k) => k.userId)
  }::uuid[]) as k (session_id, user_id)
    join sessions s on s.id = k.session_id and s.user_id = k.user_id
    join users u on u.id = s.user_id
    join organizations o on o.id = u.organization_id
    where s.revoked_at is null and s.expires_at > ${now} and u.is_active and o.is_active`);
  const found = new Map(rows.map((row) => [`${row.session_id} ${row.id}`, row]));
  return keys.map(({ sessionId, userId }) => found.get(`${sessionId} ${userId}`));
}

export async function userBySession(
  q: Queryable,
  sessionId: string,
  userId: string,
  now: Date,
): Promise<SessionUserRow | undefined> {
  return (await usersBySessions(q, [{ sessionId, userId }], now))[0];
}

export type TokenUserRow = UserRow & { token_id: string; scopes: string[]; token_expires_at: Date | null };

export type TokenKey = { hash: string } | { id: string };

/** The users behind API tokens, by the tokens' hashes or ids. Expiry is for the caller to judge. At most two statements. */
export async function usersByApiTokens(
  q: Queryable,
  keys: readonly TokenKey[],
): Promise<(TokenUserRow | undefined)[]> {
  const hashes = keys.flatMap((key) => "hash" in key ? [key.hash] : []);
  const ids = keys.flatMap((key) => "id" in key ? [key.id] : []);
  const found = new Map<string, TokenUserRow>();
  const read = async (where: Sql) => {
    const rows = await q.rows<TokenUserRow & { token_hash: string }>(sql`
      select ${USER_COLUMNS}, t.id as token_id, t.token_hash, t.scopes, t.expires_at as token_expires_at
      from api_tokens t join users u on u.id = t.user_id join organizations o on o.id = u.organization_id
      where ${where} and u.is_active and o.is_active`);
    for (const { token_hash, ...row } of rows) found.set(row.token_id, row).set(token_hash, row);
  };
  if (hashes.length) await read(sql`t.token_hash = any(${hashes}::text[])`);
  if (ids.length) await read(sql`t.id = any(${ids}::uuid[])`);
  return keys.map((key) => found.get("hash" in key ? key.hash : key.id));
}

export interface NewApiTokenRow {
  id: string;
  organizationId: string;
  userId: string;
  name: string;
  prefix: string;
  hash: string;
  scopes: string[];
  now: Date;
  expiresAt: Date | null;
  /** The token that makes this one, if one does. */
  parentId: string | null;
}

/** Keeps the token until the transaction ends; false when it is gone. */
export async function lockApiToken(q: Queryable, organizationId: string, id: string): Promise<boolean> {
  const row = await q.maybe(
    sql`select id from api_tokens where organization_id = ${organizationId} and id = ${id} for key share`,
  );
  return row !== undefined;
}

export async function insertApiToken(q: Queryable, t: NewApiTokenRow): Promise<void> {
  await q.run(sql`insert into api_tokens
    (id, organization_id, user_id, name, prefix, token_hash, scopes, created_at, expires_at, parent_id)
    values (${t.id}, ${t.organizationId}, ${t.userId}, ${t.name}, ${t.prefix}, ${t.hash}, ${t.scopes}::text[], ${t.now},
      ${t.expiresAt}, ${t.parentId})`);
}

/** The user's tokens, newest first. */
export function apiTokenRows(
  q: Queryable,
  organizationId: string,
  userId: string,
  limit: number,
  beforeId: string | null,
): Promise<Row[]> {
  return q.rows(sql`select id, name, prefix, scopes, created_at, last_used_at, expires_at from api_tokens
    where organization_id = ${organizationId} and user_id = ${userId}
      and (${beforeId}::uuid is null or id < ${beforeId}::uuid)
    order by id desc limit ${limit}`);
}

export async function countApiTokens(q: Queryable, organizationId: string, userId: string): Promise<number> {
  const row = await q.one<{ n: number }>(
    sql`select count(*) as n from api_tokens where organization_id = ${organizationId} and user_id = ${userId}`,
  );
  return row.n;
}

/** Deletes the token and all that come from it; returns what was deleted, the token first. */
export async function deleteApiTokenRows(
  q: Queryable,
  organizationId: string,
  userId: string,
  id: string,
): Promise<{ id: string; name: string }[]> {
  const rows = await q.rows<{ id: string; name: string }>(sql`with recursive family as (
      select id from api_tokens where organization_id = ${organizationId} and user_id = ${userId} and id = ${id}
      union select t.id from api_tokens t join family f on t.parent_id = f.id
    )
    delete from api_tokens t using family f where t.id = f.id returning t.id, t.name`);
  return rows.sort((a, b) => Number(b.id === id) - Number(a.id === id));
}

/** Deletes all tokens of the user and what was made with them; returns what was deleted. */
export function deleteApiTokensOf(
  q: Queryable,
  organizationId: string,
  userId: string,
): Promise<{ id: string; name: string }[]> {
  return q.rows<{ id: string; name: string }>(sql`with recursive family as (
      select id from api_tokens where organization_id = ${organizationId} and user_id = ${userId}
      union select t.id from api_tokens t join family f on t.parent_id = f.id
    )
    delete from api_tokens t using family f where t.id = f.id returning t.id, t.name`);
}

export interface TicketRow {
  user_id: string;
  session_id: string | null;
  api_token_id: string | null;
  expires_at: Date;
  credential_expires_at: Date | null;
}

export async function insertTicket(q: Queryable, hash: string, t: TicketRow): Promise<void> {
  await q.run(
    sql`insert into tickets (ticket_hash, user_id, session_id, api_token_id, expires_at, credential_expires_at)
    values (${hash}, ${t.user_id}, ${t.session_id}, ${t.api_token_id}, ${t.expires_at}, ${t.credential_expires_at})`,
  );
}

/** Takes the ticket away: of two who present it, one gets it. */
export function redeemTicketRow(q: Queryable, hash: string): Promise<TicketRow | undefined> {
  return q.maybe<TicketRow>(sql`delete from tickets where ticket_hash = ${hash}
    returning user_id, session_id, api_token_id, expires_at, credential_expires_at`);
}

/** Deletes what has ended; used refresh tokens stay until they would have expired, to recognise a replay. */
export async function deleteEnded(q: Queryable, now: Date): Promise<void> {
  const dayAgo = new Date(now.getTime() - 24 * 3600_000);
  await q.run(sql`delete from sessions where expires_at < ${dayAgo}`);
  await q.run(sql`delete from refresh_tokens where expires_at < ${dayAgo}`);
  await q.run(sql`delete from tickets where expires_at < ${now}`);
  await q.run(sql`delete from passkey_challenges where expires_at < ${now}`);
  await q.run(sql`delete from idempotency_keys where started_at < ${dayAgo}`);
}
