// People of the organisation, managed by admins. Invariants: there is always an active owner; nobody reaches a role above
// the own; whoever is switched off, deleted or gets a password from an admin has no session left anywhere.
import { refuseAlike } from "./alike_names.ts";
import { type Actor, authorize, isGuest, may } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import type { Tx } from "../../../db/sql.ts";
import type { CreatedUser } from "../../../protocol/accounts/coming_in.ts";
import type { CreateUserInput, UpdateUserInput, User, UserQuery } from "../../../protocol/accounts/accounts.ts";
import type { Page } from "../../../protocol/common.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { profileOf } from "../credentials/authenticate.ts";
import { removePerson } from "./delete_account.ts";
import { spendInviteMail } from "../invites/budget.ts";
import { inviteToAccount, tellPasswordChanged } from "../links/links.ts";
import { checkPassword } from "../sign_in/password_policy.ts";
import { checkUsername, rethrowTaken } from "../registration/register.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { requirePowerOver } from "../roles/roles.ts";
import {
  insertUser,
  isLastOwner,
  lockOwners,
  publicUser,
  searchUsers,
  shownStatus,
  updateUserRow,
  userById,
  type UserRow,
} from "./store.ts";

const SEEN_RECENTLY_MS = 60_000;

/** Makes the view of users for one request: addresses for managers and oneself, and the status that really holds. */
function viewer(app: App, actor: Actor): (row: UserRow) => User {
  const online = new Set(app.realtime.onlineUsers(actor.organizationId));
  const manager = may(actor, "users.manage");
  const now = app.now();
  const recently = now.getTime() - SEEN_RECENTLY_MS;
  return (row) => {
    const here = online.has(row.id) || (row.last_seen_at?.getTime() ?? 0) > recently;
    return publicUser(row, now, { email: manager || row.id === actor.userId, here });
  };
}

/** One user as the actor may see it. */
export function userView(app: App, actor: Actor, row: UserRow): User {
  return viewer(app, actor)(row);
}

/** Whom a guest may know; undefined: everybody of the organisation. */
async function circle(ctx: Ctx): Promise<string[] | undefined> {
  const { app, actor } = ctx;
  if (!isGuest(actor)) return undefined;
  return [actor.userId!, ...await app.acquaintances(app.db, actor.organizationId, actor.userId!)];
}

/** Guests see only those whom they meet in their channels. */
export async function listUsers(ctx: Ctx, query: UserQuery): Promise<Page<User>> {
  authorize(ctx.actor, "users.read");
  const rows = await searchUsers(ctx.app.db, ctx.actor.organizationId, {
    q: query.q,
    role: query.role,
    manager: may(ctx.actor, "users.manage"),
    ids: await circle(ctx),
    afterUsername: query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined,
    limit: query.limit + 1,
  });
  return toPage(rows, query.limit, (r) => [r.username.toLowerCase()], viewer(ctx.app, ctx.actor));
}

/** Users with an open connection who do not hide (`offline`). */
export async function listOnlineUsers(ctx: Ctx): Promise<Page<User>> {
  authorize(ctx.actor, "users.read");
  const known = await circle(ctx);
  const online = ctx.app.realtime.onlineUsers(ctx.actor.organizationId);
  const ids = known ? online.filter((id) => known.includes(id)) : online;
  const limit = 1000;
  const rows = ids.length === 0
    ? []
    : await searchUsers(ctx.app.db, ctx.actor.organizationId, { ids, manager: false, limit });
  const now = ctx.app.now();
  const items = rows.filter((r) => shownStatus(r, now).status !== "offline").map(viewer(ctx.app, ctx.actor));
  return { items, next_cursor: null };
}

/** @throws AppError `not_found` */
export async function getUser(ctx: Ctx, id: string): Promise<User> {
  authorize(ctx.actor, "users.read");
  const row = await userById(ctx.app.db, ctx.actor.organizationId, id);
  if (!row || (!row.is_active && !may(ctx.actor, "users.manage"))) throw notFound("user");
  if ((await circle(ctx))?.includes(id) === false) throw notFound("user");
  return userView(ctx.app, ctx.actor, row);
}

/**
 * Makes an account. Without a password the person gets an invitation to choose one: by mail or, where the server sends none, as
 * a link in the answer.
 * @throws AppError `forbidden`, `weak_password`, `conflict`, `validation_failed`, `rate_limited` (invitations that are mailed)
 */
export async function createUser(ctx: Ctx, input: CreateUserInput): Promise<CreatedUser> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  requirePowerOver(app, actor, input.role);
  checkUsername(input.username);
  if (input.password !== undefined) checkPassword(input.password, input);
  if (input.password === undefined) await spendInviteMail(ctx, "account");
  const passwordHash = input.password === undefined ? null : await app.passwords.hash(input.password, "account");
  const id = newId();
  try {
    const row = await app.db.withTx(async (tx) => {
      if (input.display_name !== undefined) await refuseAlike(tx, actor, id, input.display_name);
      await insertUser(tx, {
        id,
        organizationId: actor.organizationId,
        email: input.email,
        username: input.username,
        displayName: input.display_name,
        // Until the person signs in: mails go out in the language of whoever made the account.
        locale: input.locale ?? { client: profileOf(actor)?.locale },
        passwordHash,
        role: input.role,
        now: app.now(),
      });
      const details = { username: input.username, role: input.role };
      await app.welcome(tx, { organizationId: actor.organizationId, userId: id });
      emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: actor.organizationId });
      await writeAudit(tx, ctx, { action: "user.created", subject_type: "user", subject_id: id, details });
      return await userById(tx, actor.organizationId, id) as UserRow;
    });
    const view = userView(app, actor, row);
    return passwordHash ? view : { ...view, invitation: await inviteToAccount(ctx, row) };
  } catch (error) {
    rethrowTaken(error);
  }
}

/** @throws AppError `not_found`, `forbidden`, `conflict` (also for the last owner), `weak_password` */
export async function updateUser(ctx: Ctx, id: string, input: UpdateUserInput): Promise<User> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  const { password, ...change } = input;
  const target = await userById(app.db, actor.organizationId, id);
  if (!target) throw notFound("user");
  requirePowerOver(app, actor, target.role);
  if (target.is_service) throw new AppError("conflict", "This is a service account; it has calls of its own.");
  if (change.role) requirePowerOver(app, actor, change.role);
  if (change.username && change.username.toLowerCase() !== target.username.toLowerCase()) {
    checkUsername(change.username);
  }
  if (id === actor.userId && (password !== undefined || change.email !== undefined)) {
    throw new AppError("forbidden", "Change your own password and address in your own account, with your password.");
  }
  let passwordHash: string | undefined;
  if (password !== undefined) {
    checkPassword(password, { email: change.email ?? target.email, username: change.username ?? target.username });
    passwordHash = await app.passwords.hash(password, "account");
  }
  try {
    const row = await app.db.withTx(async (tx) => {
      const before = await lockTarget(tx, ctx, id, (change.role ?? "owner") !== "owner" || change.is_active === false);
      if (change.display_name !== undefined && change.display_name !== before.display_name) {
        await refuseAlike(tx, actor, id, change.display_name);
      }
      await updateUserRow(tx, actor.organizationId, id, {
        ...change,
        // An administrator vouches for the address.
        ...(change.email === undefined ? {} : { email_claimed: false }),
        password_hash: passwordHash,
      }, app.now());
      await auditChange(tx, ctx, before, input);
      // Whoever was a guest, or is active for the first time, is now let into what everybody has.
      const noGuestNow = before.role === "guest" && change.role !== undefined && change.role !== "guest";
      if (noGuestNow || (!before.is_active && change.is_active)) {
        await app.welcome(tx, { organizationId: actor.organizationId, userId: id });
      }
      const disabled = change.is_active === false;
      if (disabled || passwordHash) await endSessions(app, tx, { organizationId: actor.organizationId, userId: id });
      emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id: actor.organizationId, disabled });
      return await userById(tx, actor.organizationId, id) as UserRow;
    });
    if (passwordHash) await tellPasswordChanged(app, target);
    return userView(app, actor, row);
  } catch (error) {
    rethrowTaken(error);
  }
}

/** Locks the user; with `losesOwner`, refuses when no other active owner would be left. */
async function lockTarget(tx: Tx, ctx: Ctx, id: string, losesOwner: boolean): Promise<UserRow> {
  const { organizationId } = ctx.actor;
  const owners = losesOwner ? await lockOwners(tx, organizationId) : [];
  const row = await userById(tx, organizationId, id, { lock: true });
  // Who waits to be let in is approved or refused instead (registration/sign_ups.ts).
  if (!row || row.pending) throw notFound("user");
  // The role may have changed since it was looked at.
  requirePowerOver(ctx.app, ctx.actor, row.role);
  if (losesOwner && isLastOwner(row, owners)) {
    throw new AppError("conflict", "This is the last owner. Make somebody else an owner first.");
  }
  return row;
}

async function auditChange(tx: Tx, ctx: Ctx, before: UserRow, input: UpdateUserInput): Promise<void> {
  // That the password was set is told by its name alone.
  const { password: _, ...shown } = input;
  const changes = changesOf(before, shown);
  const details = { changed: Object.keys(input), ...changes };
  const action = changes.role ? "user.role_changed" : input.is_active === false ? "user.disabled" : "user.updated";
  await writeAudit(tx, ctx, { action, subject_type: "user", subject_id: before.id, details });
}

/** @throws AppError `not_found`, `forbidden`, `conflict` for the last owner */
export async function deleteUser(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  await app.db.withTx(async (tx) => {
    const row = await lockTarget(tx, ctx, id, true);
    await removePerson(tx, ctx, row);
  });
}
