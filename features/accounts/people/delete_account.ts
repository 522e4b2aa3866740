// The end of an account: by the person, or by who manages users. What goes and what stays is one list (person_tables.ts).
// Invariants: there is always an active owner; all of it is one transaction; sockets, streams and sessions end within a
// second on every instance; a person proves once more who they are.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import type { Tx } from "../../../db/sql.ts";
import type { DeleteAccountInput } from "../../../protocol/accounts/personal_data.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { checkOwnPassword, requireFreshProof } from "../sessions/fresh_proof.ts";
import { forgetPerson } from "./person_tables.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { deleteUserRow, isLastOwner, lockOwners, passwordHashOf, userById, type UserRow } from "./store.ts";

/**
 * Ends the caller's own account.
 * @throws AppError `forbidden` for tokens, `recent_sign_in_required` or `validation_failed` without the password,
 * `invalid_credentials` for a wrong one, `conflict` for the last owner
 */
export async function deleteOwnAccount(ctx: Ctx, input: DeleteAccountInput): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "profile.manage");
  const userId = requireUser(actor);
  if (actor.kind !== "person" || !actor.sessionId) {
    throw new AppError("forbidden", "Only the person can do this, signed in, not with an API token.");
  }
  await confirmPerson(ctx, userId, input.password);
  await app.db.withTx(async (tx) => {
    const owners = await lockOwners(tx, actor.organizationId);
    const row = await userById(tx, actor.organizationId, userId, { lock: true });
    if (!row) throw notFound("user");
    if (isLastOwner(row, owners)) {
      throw new AppError(
        "conflict",
        "You are the last owner. Make somebody else an owner first, under Users, then delete your account.",
      );
    }
    await removePerson(tx, ctx, row, { own: true });
  });
}

/** The password, or for accounts without one a fresh proof of another kind. */
async function confirmPerson(ctx: Ctx, userId: string, password: string | undefined): Promise<void> {
  const { app, actor } = ctx;
  if (await passwordHashOf(app.db, actor.organizationId, userId) === null) return await requireFreshProof(ctx);
  if (password === undefined) {
    const message = "Your password is needed for this.";
    throw new AppError("validation_failed", message, { errors: [{ path: "password", message }] });
  }
  await checkOwnPassword(ctx, { organizationId: actor.organizationId, userId }, password);
}

/** Removes the person whose row the caller has locked, with everything that goes. */
export async function removePerson(tx: Tx, ctx: Ctx, row: UserRow, details: { own?: true } = {}): Promise<void> {
  const { app } = ctx;
  const { id, organization_id } = row;
  await endSessions(app, tx, { organizationId: organization_id, userId: id });
  await app.leave(tx, organization_id, id);
  await forgetPerson(tx, organization_id, id);
  await deleteUserRow(tx, organization_id, id);
  emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id, disabled: true });
  await writeAudit(tx, ctx, {
    action: "user.deleted",
    subject_type: "user",
    subject_id: id,
    details: { username: row.username, role: row.role, ...details },
  });
}
