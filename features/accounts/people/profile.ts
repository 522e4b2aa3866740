// A person's own account: profile and password.
import { refuseAlike } from "./alike_names.ts";
import { authorize, requireUser, sessionIdOf } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import type { Queryable } from "../../../db/sql.ts";
import type { ProfileInput, User } from "../../../protocol/accounts/accounts.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { profileOf } from "../credentials/authenticate.ts";
import { requireOwner } from "../sessions/fresh_proof.ts";
import { tellPasswordChanged } from "../links/links.ts";
import { checkPassword } from "../sign_in/password_policy.ts";
import { checkUsername, rethrowTaken } from "../registration/register.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { rightsOf } from "../roles/rights.ts";
import type { RuledRow } from "../second_factor/rule.ts";
import { userBySession } from "../sessions/store.ts";
import { tellOfSecurity } from "../tell.ts";
import { ownUser, updateUserRow, userById, type UserRow } from "./store.ts";

/** The caller as a user. Needs no database while the credential is known (see credentials/actor_cache.ts). */
export async function ownProfile(ctx: Ctx): Promise<User> {
  return profileOf(ctx.actor) ?? ownUser(await ownRow(ctx), ctx.app.now(), ctx.actor.permissions);
}

async function ownRow(ctx: Ctx): Promise<UserRow> {
  const row = await userById(ctx.app.db, ctx.actor.organizationId, requireUser(ctx.actor));
  if (!row) throw new AppError("unauthenticated", "The account does not exist any more.");
  return row;
}

/** The caller's row with what their session has proved: what they may and must do follows from both. */
export async function seenBy(q: Queryable, { app, actor }: Ctx): Promise<UserRow & RuledRow> {
  const userId = requireUser(actor);
  const sessionId = sessionIdOf(actor);
  const row = sessionId
    ? await userBySession(q, sessionId, userId, app.now())
    : await userById(q, actor.organizationId, userId);
  if (!row) throw new AppError("unauthenticated", "The account or the session does not exist any more.");
  return row;
}

/**
 * Changes the caller's profile; a new address needs the current password, or where there is none a fresh sign-in.
 * @throws AppError `conflict` when taken, what `requireOwner` throws
 */
export async function updateProfile(ctx: Ctx, input: ProfileInput): Promise<User> {
  authorize(ctx.actor, "profile.manage");
  const { app, actor } = ctx;
  const { current_password, ...change } = input;
  const before = await ownRow(ctx);
  if (change.username && change.username.toLowerCase() !== before.username.toLowerCase()) {
    checkUsername(change.username);
  }
  const newAddress = change.email !== undefined && change.email.toLowerCase() !== before.email?.toLowerCase();
  if (newAddress) await requireOwner(ctx, current_password);
  try {
    const row = await app.db.withTx(async (tx) => {
      if (change.display_name !== undefined && change.display_name !== before.display_name) {
        await refuseAlike(tx, actor, before.id, change.display_name);
      }
      const claimed = newAddress ? { email_claimed: true } : {};
      await updateUserRow(tx, actor.organizationId, before.id, { ...change, ...claimed }, app.now());
      await writeAudit(tx, ctx, {
        action: "user.updated",
        subject_type: "user",
        subject_id: before.id,
        details: { changed: Object.keys(change), ...changesOf(before, change) },
      });
      emitControl(app, tx, {
        kind: "user_changed",
        user_id: before.id,
        organization_id: actor.organizationId,
        disabled: false,
      });
      return await seenBy(tx, ctx);
    });
    if (newAddress) await tellOfNewAddress(ctx, before, row);
    const permissions = actor.kind === "token" ? actor.permissions : rightsOf(app, row);
    return ownUser(row, app.now(), permissions);
  } catch (error) {
    rethrowTaken(error);
  }
}

/** At the old address: whoever has taken the account over reads the new one. */
async function tellOfNewAddress(ctx: Ctx, before: UserRow, row: UserRow): Promise<void> {
  const person = { organizationId: row.organization_id, userId: row.id };
  await tellOfSecurity(ctx, person, "email_changed", { to: row.email ?? "" }, before.email);
}

/**
 * Sets a new password, or the first one; all other sessions of the person end.
 * @param currentPassword not needed where there is none
 * @throws AppError `invalid_credentials` when the current one is wrong (counted per person, apart from strangers' guesses),
 *   `recent_sign_in_required` where there is none, `weak_password`
 */
export async function changePassword(
  ctx: Ctx,
  currentPassword: string | undefined,
  newPassword: string,
): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "profile.manage");
  const row = await ownRow(ctx);
  await requireOwner(ctx, currentPassword);
  checkPassword(newPassword, row, "new_password");
  const passwordHash = await app.passwords.hash(newPassword, "account");
  await app.db.withTx(async (tx) => {
    await updateUserRow(tx, actor.organizationId, row.id, { password_hash: passwordHash }, app.now());
    const sessions = await endSessions(
      app,
      tx,
      { organizationId: actor.organizationId, userId: row.id },
      sessionIdOf(actor),
    );
    await writeAudit(tx, ctx, {
      action: "auth.password_changed",
      subject_type: "user",
      subject_id: row.id,
      details: { sessions },
    });
  });
  await tellPasswordChanged(app, row);
}
