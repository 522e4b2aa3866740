// Links for one person: a first password, a new one, an address to confirm. Invariants:
//  - a link works once and not for long; a new one of the same purpose ends the older one, and every change of password,
//    address or role ends them all (people/store.ts);
//  - a link that somebody made for another person holds as long as they may manage that person;
//  - asking by mail answers and takes the same for addresses that have an account and for those that have none: the work is
//    done by a job.
import { authorize, may } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import type { Queryable, Tx } from "../../../db/sql.ts";
import type { AccountLink, Confirmed, CreatedUser, LinkShown } from "../../../protocol/accounts/coming_in.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx, GuestCtx } from "../../context.ts";
import { linkTo, linkToken } from "./tokens.ts";
import { actorOf } from "../sign_in/admit.ts";
import { deleteLink, insertLink, linkByHash, type LinkPurpose, type LinkRow } from "./store.ts";
import { mailLater } from "../mail/queue.ts";
import { checkPassword } from "../sign_in/password_policy.ts";
import { personActor } from "../credentials/person_actor.ts";
import { endSessions } from "../sessions/revocation.ts";
import { hasPowerOver, requirePowerOver } from "../roles/roles.ts";
import { runtimeOf } from "../runtime.ts";
import { guessGuard } from "../sign_in/password.ts";
import { addressProved } from "../registration/sign_ups.ts";
import { removeUnprovenWays } from "../sign_in/unproven_ways.ts";
import { passwordHashOf, updateUserRow, userById, type UserRow } from "../people/store.ts";

const HOUR_MS = 3_600_000;
export const RESET_MS = HOUR_MS;
export const FIRST_MS = 7 * 24 * HOUR_MS;
export const CONFIRM_MS = 24 * HOUR_MS;
const HANDED_MS = 24 * HOUR_MS;

/** Links that set a password. */
const PASSWORD_LINKS: readonly LinkPurpose[] = ["reset", "first", "handed"];

/** Makes a link for the person in the caller's transaction. */
export async function makeLink(
  app: App,
  tx: Tx,
  row: Pick<UserRow, "id" | "organization_id">,
  purpose: LinkPurpose,
  lifeMs: number,
  path: string,
  createdBy: string | null = null,
): Promise<{ url: string; token: string; expiresAt: Date }> {
  const id = newId(), now = app.now();
  const token = await linkToken(app, "account-link", id);
  const expiresAt = new Date(now.getTime() + lifeMs);
  const { id: userId, organization_id: organizationId } = row;
  await insertLink(tx, {
    id,
    organizationId,
    userId,
    purpose,
    hash: await sha256Hex(token),
    createdBy,
    now,
    expiresAt,
  });
  return { url: linkTo(app, path, "token", token), token, expiresAt };
}

/** For a person's forgotten password. More for one address than its budget is dropped without a word. */
export async function requestReset(ctx: GuestCtx, email: string): Promise<void> {
  const { app } = ctx;
  const key = await sha256Hex(email.toLowerCase());
  try {
    await runtimeOf(app).resets.consume(key, "");
  } catch (error) {
    if (error instanceof AppError) return;
    throw error;
  }
  await mailLater(ctx, { kind: "reset", email, ip: ctx.ip }, key);
}

/**
 * A link that an administrator hands to a person who cannot sign in; it works for a day.
 * @throws AppError `not_found`, `forbidden` for a role above the own and for oneself, `conflict` for accounts that are not
 * active or of a program
 */
export async function createResetLink(ctx: Ctx, userId: string): Promise<AccountLink> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  if (userId === actor.userId) throw new AppError("forbidden", "Change your own password in your own account.");
  return await app.db.withTx(async (tx) => {
    const row = await userById(tx, actor.organizationId, userId, { lock: true });
    if (!row) throw notFound("user");
    requirePowerOver(app, actor, row.role);
    if (row.is_service) throw new AppError("conflict", "This is a service account; it has no password.");
    if (!row.is_active) throw new AppError("conflict", "This account is not active.");
    const { url, expiresAt } = await makeLink(app, tx, row, "handed", HANDED_MS, "/reset", actor.userId);
    await writeAudit(tx, ctx, { action: "user.reset_link_made", subject_type: "user", subject_id: userId });
    return { url, expires_at: expiresAt.toISOString() };
  });
}

/**
 * How a person comes to the first password of an account that was made without one: by mail, otherwise by a link that whoever
 * made the account hands on. A week.
 */
export async function inviteToAccount(ctx: Ctx, row: UserRow): Promise<CreatedUser["invitation"]> {
  const { app, actor } = ctx;
  if (await mailLater(ctx, { kind: "first", user_id: row.id, organization_id: row.organization_id })) {
    return { mailed: true, expires_at: new Date(app.now().getTime() + FIRST_MS).toISOString() };
  }
  const { url, expiresAt } = await app.db.withTx((tx) =>
    makeLink(app, tx, row, "handed", FIRST_MS, "/reset", actor.userId)
  );
  return { mailed: false, url, expires_at: expiresAt.toISOString() };
}

/** What is said to whoever holds the token. @throws AppError `link_invalid` */
export async function showLink(ctx: GuestCtx, token: string): Promise<LinkShown> {
  const row = await goodLink(ctx.app, ctx.app.db, token, [...PASSWORD_LINKS, "confirm"]);
  return { username: row.username, email: row.email, organization: row.organization_name, first: !row.has_password };
}

/** A link that holds. @throws AppError `link_invalid`, whatever is wrong with it */
async function goodLink(
  app: App,
  q: Queryable,
  token: string,
  purposes: readonly LinkPurpose[],
  options: { lock?: boolean } = {},
): Promise<LinkRow> {
  const row = await linkByHash(q, await sha256Hex(token), purposes, app.now(), options);
  if (!row || !await authorHolds(app, q, row)) {
    throw new AppError("link_invalid", "This link does not hold any more. Ask for a new one.");
  }
  return row;
}

async function authorHolds(app: App, q: Queryable, row: LinkRow): Promise<boolean> {
  if (row.link_created_by === null) return true;
  const author = await personActor(app, row.organization_id, row.link_created_by, q);
  return author !== undefined && may(author, "users.manage") && hasPowerOver(app, author, row.role);
}

/**
 * Sets the password through a link and ends all sessions of the person. Who came by mail has proved to read the mailbox: where
 * nobody had before, all other ways in go, because they may be somebody else's.
 * @throws AppError `link_invalid`, `weak_password`
 */
export async function confirmReset(ctx: GuestCtx, token: string, newPassword: string): Promise<void> {
  const { app } = ctx;
  const found = await goodLink(app, app.db, token, PASSWORD_LINKS);
  checkPassword(newPassword, found, "new_password");
  const passwordHash = await app.passwords.hash(newPassword, "account");
  const row = await app.db.withTx(async (tx) => {
    const row = await goodLink(app, tx, token, PASSWORD_LINKS, { lock: true });
    const byMail = row.purpose !== "handed";
    // The links of the person end with it, this one first of all.
    await updateUserRow(tx, row.organization_id, row.id, { password_hash: passwordHash }, app.now());
    if (byMail && row.email_claimed && !row.email_verified_at) await removeUnprovenWays(tx, ctx, row);
    if (byMail) await addressProved(app, tx, row);
    const sessions = await endSessions(app, tx, { organizationId: row.organization_id, userId: row.id });
    const details = { sessions, link: row.purpose };
    const entry = { action: "auth.password_reset", subject_type: "user", subject_id: row.id, details } as const;
    await writeAudit(tx, ctx, entry, actorOf(row));
    return row;
  });
  await tellPasswordChanged(app, row);
}

/**
 * The link in the mail was opened. Whoever reads the mailbox owns the account; whether they are who registered it, the password
 * shows that was chosen then. Without it the password and every other way in go (sign_in/unproven_ways.ts), and the answer has a link to
 * choose a password: nobody comes in with what somebody else prepared.
 * @throws AppError `link_invalid`, `invalid_credentials` for a password that is not the account's (the link holds on)
 */
export async function confirmEmail(ctx: GuestCtx, token: string, password?: string): Promise<Confirmed> {
  const { app } = ctx;
  const found = await goodLink(app, app.db, token, ["confirm"]);
  const hash = await passwordHashOf(app.db, found.organization_id, found.id);
  if (password !== undefined) {
    await guessGuard(
      ctx,
      { account: found.id },
      async () => await app.passwords.verify(password, hash, "account") || undefined,
    );
  }
  return await app.db.withTx(async (tx) => {
    const row = await goodLink(app, tx, token, ["confirm"], { lock: true });
    const person = { organizationId: row.organization_id, userId: row.id };
    await deleteLink(tx, row.link_id);
    const unchanged = hash === await passwordHashOf(tx, row.organization_id, row.id);
    const unproven = row.email_claimed && !row.email_verified_at && !(password !== undefined && unchanged);
    if (unproven) {
      await updateUserRow(tx, row.organization_id, row.id, { password_hash: null }, app.now());
      await removeUnprovenWays(tx, ctx, row);
      await endSessions(app, tx, person);
    }
    const pending = await addressProved(app, tx, row);
    const entry = { action: "auth.email_confirmed", subject_type: "user", subject_id: row.id } as const;
    await writeAudit(tx, ctx, { ...entry, details: { password_kept: !unproven } }, actorOf(row));
    if (!unproven) return { pending, set_password: null };
    const link = await makeLink(app, tx, row, "reset", RESET_MS, "/reset");
    return { pending, set_password: { token: link.token, expires_at: link.expiresAt.toISOString() } };
  });
}

/** A mail to the address of before the change, so that a change that was not theirs does not go unseen. */
export async function tellPasswordChanged(
  app: App,
  { id: user_id, organization_id, email: to }: Pick<UserRow, "id" | "organization_id" | "email">,
): Promise<void> {
  await mailLater({ app }, { kind: "password_changed", user_id, organization_id, to });
}
