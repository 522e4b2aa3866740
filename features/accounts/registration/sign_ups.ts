// People who register by themselves (registration `open`) and are not in yet: an address that a domain lets in is confirmed
// first, and where the organisation wants it an administrator says yes. Invariants:
//  - an account that waits is not active: no credential of it is taken, nobody finds it, it belongs to no channel;
//  - whoever confirms the address or says yes lets in by one way (`letIn`), once;
//  - an address that nobody confirms frees its name after a day (`deleteUnconfirmed`).
import { authorize } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { json, type Queryable, sql, type Tx } from "../../../db/sql.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type { SignUp } from "../../../protocol/accounts/coming_in.ts";
import { readSettings } from "../../../protocol/accounts/organization_settings.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { proveAddress } from "../codes/store.ts";
import { mailLater } from "../mail/queue.ts";
import { settingsOf } from "../organization/settings.ts";
import { emitControl } from "../sessions/revocation.ts";
import { requirePowerOver } from "../roles/roles.ts";
import { deleteUserRow, updateUserRow, USER_COLUMNS, userById, type UserRow } from "../people/store.ts";

export interface Home {
  organizationId: string;
  /** What the account waits for. */
  pending: UserRow["pending"];
}

/**
 * Where somebody comes in who names no organisation: the one that lets the domain of the address in, or the only one. While
 * registration is not open (a provider may make accounts nevertheless) it is the only one, without further conditions.
 * @param who.proved the person has shown that the address is theirs
 * @throws AppError `validation_failed` when there are several, `registration_closed` when it takes other domains only
 */
export async function homeFor(app: App, q: Queryable, who: { email: string | null; proved: boolean }): Promise<Home> {
  if (app.config.registration !== "open") return { organizationId: (await onlyOrganization(q)).id, pending: null };
  const inviting = who.email === null ? [] : await q.rows<OrganizationPart>(sql`
    select id, settings from organizations
    where is_active and settings -> 'sign_up' -> 'domains' @> ${json([domainOf(who.email)])} limit 2`);
  if (inviting.length === 1) {
    return { organizationId: inviting[0]!.id, pending: waitsFor(app, inviting[0]!, who.proved) };
  }
  const only = await onlyOrganization(q);
  const { domains, approval } = readSettings(only.settings).sign_up;
  if (domains.length > 0) {
    const message = "Only addresses of certain domains may register here.";
    throw new AppError("registration_closed", message, { errors: [{ path: "email", message }] });
  }
  return { organizationId: only.id, pending: approval ? "approval" : null };
}

/** What somebody waits for whose domain is let in. */
function waitsFor(app: App, { settings }: OrganizationPart, proved: boolean): UserRow["pending"] {
  if (proved) return readSettings(settings).sign_up.approval ? "approval" : null;
  // Where no mail goes out nobody can show that the address is theirs: somebody looks at it.
  return app.mailer.enabled ? "email" : "approval";
}

interface OrganizationPart {
  id: string;
  settings: Record<string, unknown>;
}

async function onlyOrganization(q: Queryable): Promise<OrganizationPart> {
  const rows = await q.rows<OrganizationPart>(sql`select id, settings from organizations where is_active limit 2`);
  if (rows.length === 1) return rows[0]!;
  const message = "Give the name of your organisation.";
  throw new AppError("validation_failed", message, { errors: [{ path: "organization_name", message }] });
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1).toLowerCase();
}

/** The account is in from now on. */
async function letIn(app: App, tx: Tx, row: UserRow): Promise<void> {
  const { id, organization_id: organizationId } = row;
  await updateUserRow(tx, organizationId, id, { is_active: true, pending: null, pending_since: null }, app.now());
  await app.welcome(tx, { organizationId, userId: id });
  emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: organizationId });
}

/** Tells those who manage people that somebody waits for them. */
export function tellWaiting(app: App, tx: Tx, who: { id: string; organization_id: string; username: string }): void {
  const { id: user_id, organization_id, username } = who;
  emitControl(app, tx, { kind: "sign_up_waiting", user_id, organization_id, username });
}

/**
 * The person of this locked row has proved to read the mailbox: the next thing they wait for, if any.
 * @returns what the account waits for now
 */
export async function addressProved(app: App, tx: Tx, row: UserRow): Promise<"approval" | null> {
  const now = app.now();
  await proveAddress(tx, row.organization_id, row.id, now);
  if (row.pending !== "email") return row.pending;
  if (!settingsOf(row).sign_up.approval) {
    await letIn(app, tx, row);
    return null;
  }
  await updateUserRow(tx, row.organization_id, row.id, { pending: "approval", pending_since: now }, now);
  tellWaiting(app, tx, row);
  return "approval";
}

/** Who waits, the oldest first. */
export async function listSignUps(ctx: Ctx, query: PageQuery): Promise<Page<SignUp>> {
  authorize(ctx.actor, "users.manage");
  const after = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : null;
  const rows = await ctx.app.db.rows<UserRow>(sql`
    select ${USER_COLUMNS} from users u join organizations o on o.id = u.organization_id
    where u.organization_id = ${ctx.actor.organizationId} and u.pending is not null
      and (${after}::uuid is null or u.id > ${after}::uuid)
    order by u.id limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.id], (row) => ({
    id: row.id,
    email: row.email,
    username: row.username,
    pending: row.pending!,
    email_verified: row.email_verified_at !== null,
    created_at: row.created_at.toISOString(),
  }));
}

/** Lets the person in, whatever they wait for, and tells them by mail. @throws AppError `not_found`, `forbidden` */
export async function approveSignUp(ctx: Ctx, id: string): Promise<void> {
  const { app } = ctx;
  const row = await app.db.withTx(async (tx) => {
    const row = await lockWaiting(tx, ctx, id);
    await letIn(app, tx, row);
    const details = { username: row.username, role: row.role };
    await writeAudit(tx, ctx, { action: "user.approved", subject_type: "user", subject_id: id, details });
    return row;
  });
  await mailLater(ctx, { kind: "approved", user_id: id, organization_id: row.organization_id });
}

/** Deletes the account that waits and tells the person by mail; they may register again. @throws AppError `not_found`, `forbidden` */
export async function refuseSignUp(ctx: Ctx, id: string): Promise<void> {
  const row = await ctx.app.db.withTx(async (tx) => {
    const row = await lockWaiting(tx, ctx, id);
    await deleteUserRow(tx, row.organization_id, id);
    const details = { username: row.username, email: row.email };
    await writeAudit(tx, ctx, { action: "user.refused", subject_type: "user", subject_id: id, details });
    return row;
  });
  const { organization_id, email: to, username, locale } = row;
  if (to !== null) await mailLater(ctx, { kind: "refused", organization_id, to, username, locale });
}

async function lockWaiting(tx: Tx, ctx: Ctx, id: string): Promise<UserRow> {
  authorize(ctx.actor, "users.manage");
  const row = await userById(tx, ctx.actor.organizationId, id, { lock: true });
  if (!row?.pending) throw notFound("person who waits");
  requirePowerOver(ctx.app, ctx.actor, row.role);
  return row;
}

/** Addresses that nobody confirmed within a day. */
export async function deleteUnconfirmed(q: Queryable, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 86_400_000);
  await q.run(sql`delete from users where pending = 'email' and pending_since <= ${before}`);
}
