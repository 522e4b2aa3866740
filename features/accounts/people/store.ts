// Rows of users and organisations, and how a user looks from outside.
import type { Role } from "../../../kernel/actor.ts";
import { joinSql, type Queryable, rawSql, type Row, type Sql, sql } from "../../../db/sql.ts";
import type { User, UserStatus } from "../../../protocol/accounts/accounts.ts";
import { partsOff } from "../organization/feature_switches.ts";
import { lacksSecondFactor, type RuledRow, secondFactorDue } from "../second_factor/rule.ts";

export interface UserRow {
  id: string;
  organization_id: string;
  organization_name: string;
  /** As stored; `settingsOf` (organization/settings.ts) makes it whole. */
  organization_settings: Record<string, unknown>;
  /** Null: a person who came by telephone. */
  email: string | null;
  /** Null: the person never proved to read the mailbox. */
  email_verified_at: Date | null;
  /** The person named the address, and nobody has proved it. */
  email_claimed: boolean;
  /** E.164. */
  phone: string | null;
  username: string;
  display_name: string;
  avatar_url: string | null;
  role: Role;
  status: UserStatus;
  status_text: string | null;
  /** When the status ends by itself; past: it has ended, and a job will say so in the row (status.ts). */
  status_until: Date | null;
  locale: string;
  locale_chosen: boolean;
  is_active: boolean;
  /** A program: owns API tokens, never signs in, is no person in lists and counts. */
  is_service: boolean;
  created_at: Date;
  last_seen_at: Date | null;
  /** Set and in the future: banned (bans.ts). */
  banned_until: Date | null;
  banned_reason: string | null;
  /** Signing in asks for a code of the authenticator app. */
  has_totp: boolean;
  /** How many passkeys the person has. */
  passkeys: number;
  /** What an account that registered by itself waits for, not active before (registration/sign_ups.ts). */
  pending: "email" | "approval" | null;
  pending_since: Date | null;
  /** Another one than before: sign-ins under way are over (`endSignIns`). */
  sign_in_epoch: number;
}

/** All of a user but the password hash; needs `users u join organizations o`. */
export const USER_COLUMNS = rawSql(`u.id, u.organization_id, o.name as organization_name,
  o.settings as organization_settings, u.email, u.email_verified_at, u.email_claimed, u.phone, u.username,
  u.display_name, u.avatar_url, u.role, u.status, u.status_text, u.status_until,
  u.locale, u.locale_chosen, u.is_active, u.is_service, u.created_at, u.last_seen_at,
  u.banned_until, u.banned_reason, u.pending, u.pending_since, u.sign_in_epoch,
  exists (select from second_factors f where f.user_id = u.id and f.enabled_at is not null) as has_totp,
  (select count(*) from passkeys k where k.user_id = u.id) as passkeys`);

export interface NewUser {
  id: string;
  organizationId: string;
  email: string | null;
  /** The person named it, without proof. */
  emailClaimed?: boolean;
  username: string;
  displayName?: string;
  passwordHash: string | null;
  role: Role;
  /** A program: has no password. */
  service?: boolean;
  /** A language that somebody chose for the account; `client` is what its first client asks for. */
  locale?: string | { client: string | null | undefined };
  emailVerified?: boolean;
  /** Registered, but not in yet (registration/sign_ups.ts). */
  pending?: UserRow["pending"];
  now: Date;
}

/** @throws SqlError 23505 `users_email_key` or `users_username_key` when taken. */
export async function insertUser(q: Queryable, user: NewUser): Promise<void> {
  const chosen = typeof user.locale === "string";
  const locale = typeof user.locale === "string" ? user.locale : user.locale?.client;
  await q.run(sql`insert into users
    (id, organization_id, email, email_claimed, username, display_name, password_hash, role, is_service, locale,
      locale_chosen, email_verified_at, is_active, pending, pending_since, created_at, updated_at)
    values (${user.id}, ${user.organizationId}, ${user.email}, ${user.emailClaimed ?? false}, ${user.username},
      ${user.displayName ?? user.username}, ${user.passwordHash}, ${user.role}, ${user.service ?? false},
      ${locale ?? "en"}, ${chosen}, ${user.emailVerified ? user.now : null}, ${!user.pending}, ${user.pending ?? null},
      ${user.pending ? user.now : null}, ${user.now}, ${user.now})`);
}

/** The user of this organisation. */
export function userById(
  q: Queryable,
  organizationId: string,
  id: string,
  options: { lock?: boolean } = {},
): Promise<UserRow | undefined> {
  return q.maybe<UserRow>(sql`select ${USER_COLUMNS} from users u join organizations o on o.id = u.organization_id
    where u.organization_id = ${organizationId} and u.id = ${id} ${rawSql(options.lock ? "for update of u" : "")}`);
}

export type LoginRow = UserRow & { password_hash: string | null; organization_active: boolean };

/** For signing in only: searches all organisations, by e-mail or name, whatever the case. */
export function userForLogin(q: Queryable, identifier: string): Promise<LoginRow | undefined> {
  const where = identifier.includes("@")
    ? sql`lower(u.email) = lower(${identifier})`
    : sql`lower(u.username) = lower(${identifier})`;
  return q.maybe<LoginRow>(sql`select ${USER_COLUMNS}, u.password_hash, o.is_active as organization_active
    from users u join organizations o on o.id = u.organization_id where ${where}`);
}

/** The same by id, for a sign-in that has begun already. */
export function userToAdmit(q: Queryable, id: string): Promise<LoginRow | undefined> {
  return q.maybe<LoginRow>(sql`select ${USER_COLUMNS}, u.password_hash, o.is_active as organization_active
    from users u join organizations o on o.id = u.organization_id where u.id = ${id}`);
}

/**
 * Waits for whoever changes how this person gets in, and keeps others from it until the transaction ends. What decides is read
 * in a statement of its own afterwards: the one that waits sees the tables as they were before.
 */
export async function lockPerson(q: Queryable, organizationId: string, id: string): Promise<void> {
  await q.maybe(sql`select id from users where organization_id = ${organizationId} and id = ${id} for no key update`);
}

/** Ends what somebody has begun to sign in with: a way in is gone, or the sessions have ended. */
export async function endSignIns(q: Queryable, organizationId: string, id: string): Promise<void> {
  await q.run(sql`update users set sign_in_epoch = sign_in_epoch + 1
    where organization_id = ${organizationId} and id = ${id}`);
}

/** The same password under another hash. Nothing when it was changed meanwhile. */
export async function renewPasswordHash(q: Queryable, row: LoginRow, hash: string): Promise<void> {
  await q.run(sql`update users set password_hash = ${hash}
    where organization_id = ${row.organization_id} and id = ${row.id} and password_hash = ${row.password_hash}`);
}

export async function passwordHashOf(q: Queryable, organizationId: string, id: string): Promise<string | null> {
  const row = await q.maybe<{ password_hash: string | null }>(
    sql`select password_hash from users where organization_id = ${organizationId} and id = ${id}`,
  );
  return row?.password_hash ?? null;
}

export type UserChange = Partial<{
  email: string;
  email_claimed: boolean;
  username: string;
  display_name: string;
  avatar_url: string | null;
  role: Role;
  status: UserStatus;
  status_text: string | null;
  status_until: Date | null;
  avatar_media_id: string | null;
  locale: string;
  is_active: boolean;
  /** null: there is none any more. */
  password_hash: string | null;
  last_seen_at: Date;
  email_verified_at: Date;
  pending: UserRow["pending"];
  pending_since: Date | null;
}>;

const CHANGEABLE = [
  "email",
  "email_claimed",
  "username",
  "display_name",
  "avatar_url",
  "role",
  "status",
  "status_text",
  "status_until",
  "avatar_media_id",
  "locale",
  "is_active",
  "password_hash",
  "last_seen_at",
  "email_verified_at",
  "pending",
  "pending_since",
] as const;

/**
 * A language that is given counts as chosen; another address is not a confirmed one; with a new password, address or role the
 * links that were made for the person before (account_links) end, with a new password or address sign-ins under way, too.
 * @throws SqlError 23505 as `insertUser`.
 */
export async function updateUserRow(
  q: Queryable,
  organizationId: string,
  id: string,
  change: UserChange,
  now: Date,
): Promise<void> {
  const sets: Sql[] = [sql`updated_at = ${now}`];
  for (const column of CHANGEABLE) {
    if (change[column] !== undefined) sets.push(sql`${rawSql(column)} = ${change[column]}`);
  }
  // Another address than that of the kept picture: nothing refers to the picture any more.
  if (change.avatar_url !== undefined && change.avatar_media_id === undefined) {
    sets.push(sql`avatar_media_id = case when avatar_url is not distinct from ${change.avatar_url}
      then avatar_media_id end`);
  }
  if (change.locale !== undefined) sets.push(sql`locale_chosen = true`);
  if (change.email !== undefined && change.email_verified_at === undefined) {
    sets.push(sql`email_verified_at = case when lower(email) = lower(${change.email}) then email_verified_at end`);
  }
  if (change.password_hash !== undefined || change.email !== undefined) {
    sets.push(sql`sign_in_epoch = sign_in_epoch + 1`);
  }
  if (change.password_hash !== undefined || change.email !== undefined || change.role !== undefined) {
    await q.run(sql`delete from account_links where organization_id = ${organizationId} and user_id = ${id}`);
  }
  await q.run(sql`update users set ${joinSql(sets, ", ")} where organization_id = ${organizationId} and id = ${id}`);
}

/** The language of the client that signs in becomes the account's, unless the person has chosen one. */
export async function followLanguage<Row extends UserRow>(
  q: Queryable,
  row: Row,
  language: string | null | undefined,
): Promise<Row> {
  if (!language || row.locale_chosen || row.locale === language) return row;
  await q.run(sql`update users set locale = ${language}
    where organization_id = ${row.organization_id} and id = ${row.id} and not locale_chosen`);
  return { ...row, locale: language };
}

export async function deleteUserRow(q: Queryable, organizationId: string, id: string): Promise<void> {
  await q.run(sql`delete from users where organization_id = ${organizationId} and id = ${id}`);
}

/** Ids of the active owners; the rows stay locked until the transaction ends. */
export async function lockOwners(q: Queryable, organizationId: string): Promise<string[]> {
  const rows = await q.rows<{ id: string }>(sql`select id from users
    where organization_id = ${organizationId} and role = 'owner' and is_active order by id for update`);
  return rows.map((r) => r.id);
}

/**
 * Is nobody else an active owner?
 * @param row as it is now that it is locked: who was no owner when `owners` were locked may have become one while waiting
 */
export function isLastOwner(row: Pick<UserRow, "id" | "role" | "is_active">, owners: readonly string[]): boolean {
  return row.role === "owner" && row.is_active && !owners.some((id) => id !== row.id);
}

export interface UserSearch {
  q?: string;
  role?: Role;
  /** Search in addresses too, and show accounts that are switched off. */
  manager: boolean;
  ids?: string[];
  afterUsername?: string;
  limit: number;
}

/** Users of the organisation, by name. */
export function searchUsers(q: Queryable, organizationId: string, search: UserSearch): Promise<UserRow[]> {
  const all = [sql`u.organization_id = ${organizationId}`];
  all.push(sql`not u.is_service`);
  all.push(search.manager ? sql`u.pending is null` : sql`u.is_active`);
  if (search.role) all.push(sql`u.role = ${search.role}`);
  if (search.ids) all.push(sql`u.id = any(${search.ids}::uuid[])`);
  if (search.q) {
    const like = `%${search.q.replace(/[\\%_]/g, "\\$&")}%`;
    const email = search.manager ? sql` or u.email ilike ${like}` : rawSql("");
    all.push(sql`(u.username ilike ${like} or u.display_name ilike ${like}${email})`);
  }
  if (search.afterUsername !== undefined) all.push(sql`lower(u.username) > ${search.afterUsername}`);
  return q.rows<UserRow>(sql`select ${USER_COLUMNS} from users u join organizations o on o.id = u.organization_id
    where ${joinSql(all, " and ")} order by lower(u.username) limit ${search.limit}`);
}

export async function insertOrganization(q: Queryable, id: string, name: string, now: Date): Promise<void> {
  await q.run(
    sql`insert into organizations (id, name, created_at, updated_at) values (${id}, ${name}, ${now}, ${now})`,
  );
}

export function organizationRow(
  q: Queryable,
  organizationId: string,
  options: { lock?: boolean } = {},
): Promise<Row> {
  return q.one(sql`select o.id, o.name, o.domain, o.plan, o.settings, o.created_at,
    (select count(*) from users u where u.organization_id = o.id and u.is_active and not u.is_service) as users
    from organizations o where o.id = ${organizationId} ${rawSql(options.lock ? "for update of o" : "")}`);
}

export type ShownStatus = Pick<UserRow, "status" | "status_text" | "status_until">;

/** What the person shows now: a status that has ended counts no more. */
export function shownStatus<T extends ShownStatus>(row: T, now: Date): ShownStatus {
  if (row.status_until && row.status_until <= now) return { status: "online", status_text: null, status_until: null };
  return row;
}

/** How a user looks to others of the organisation. `here` false: not connected, whatever the status says. */
export function publicUser(row: UserRow, now: Date, view: { email: boolean; here: boolean }): User {
  const shown = shownStatus(row, now);
  return {
    id: row.id,
    email: view.email ? row.email : null,
    username: row.username,
    display_name: row.display_name,
    avatar_url: row.avatar_url,
    role: row.role,
    organization: { id: row.organization_id, name: row.organization_name },
    // "online" is a claim about now; away, busy and offline are what the person says.
    status: view.here || shown.status !== "online" ? shown.status : "offline",
    status_text: shown.status_text,
    status_until: shown.status_until?.toISOString() ?? null,
    locale: row.locale,
    is_active: row.is_active,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
    ...(view.email ? { second_factor: row.has_totp, passkeys: row.passkeys } : {}),
  };
}

/** How people see themselves: with the address, the status they chose, what they may do, and whose idea the language was. */
export function ownUser(row: UserRow & RuledRow, now: Date, permissions: ReadonlySet<string>): User {
  return {
    ...publicUser(row, now, { email: true, here: true }),
    permissions: [...permissions],
    phone: row.phone,
    second_factor_required: lacksSecondFactor(row, now),
    second_factor_due: secondFactorDue(row, now)?.toISOString() ?? null,
    locale_chosen: row.locale_chosen,
    switched_off: partsOff(row),
  };
}
