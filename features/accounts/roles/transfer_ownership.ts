// A new owner. The one who hands over is an administrator afterwards; both are told. Invariants: the caller is an owner at
// that moment (two who hand over at once come one after the other), has just shown to be who they are, and the organisation
// has an active owner before and after.
import { authorize, requireUser, sessionIdOf } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import type { TransferInput } from "../../../protocol/accounts/role_changes.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { checkOwnPassword, requireFreshProof } from "../sessions/fresh_proof.ts";
import { emitControl } from "../sessions/revocation.ts";
import { lockOwners, updateUserRow, userById } from "../people/store.ts";

/**
 * @throws AppError `forbidden` (not the owner, or no session), `recent_sign_in_required`, `invalid_credentials`, `not_found`,
 * `validation_failed` (to oneself), `conflict` (not an active person)
 */
export async function transferOwnership(ctx: Ctx, input: TransferInput): Promise<void> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  authorize(actor, "organization.manage");
  const userId = requireUser(actor);
  if (actor.role !== "owner" || !sessionIdOf(actor)) {
    throw new AppError("forbidden", "Only the owner hands the organisation over, signed in and not with a token.");
  }
  if (input.password !== undefined) await checkOwnPassword(ctx, { organizationId, userId }, input.password);
  else await requireFreshProof(ctx);
  if (input.user_id === userId) {
    const message = "You are the owner already.";
    throw new AppError("validation_failed", message, { errors: [{ path: "user_id", message }] });
  }
  await app.db.withTx(async (tx) => {
    const owners = await lockOwners(tx, organizationId);
    if (!owners.includes(userId)) throw new AppError("forbidden", "You are not the owner any more.");
    const heir = await userById(tx, organizationId, input.user_id, { lock: true });
    if (!heir) throw notFound("user");
    const banned = heir.banned_until !== null && heir.banned_until > app.now();
    if (!heir.is_active || heir.is_service || banned) {
      throw new AppError("conflict", "Only an active person can be the owner.");
    }
    const wasGuest = heir.role === "guest";
    await updateUserRow(tx, organizationId, heir.id, { role: "owner" }, app.now());
    await updateUserRow(tx, organizationId, userId, { role: "admin" }, app.now());
    if (wasGuest) await app.welcome(tx, { organizationId, userId: heir.id });
    await writeAudit(tx, ctx, {
      action: "organization.transferred",
      subject_type: "user",
      subject_id: heir.id,
      details: { from_user_id: userId, role: { from: heir.role, to: "owner" } },
    });
    for (const user_id of [heir.id, userId]) {
      emitControl(app, tx, { kind: "user_changed", user_id, organization_id: organizationId, disabled: false });
    }
    emitControl(app, tx, {
      kind: "ownership_transferred",
      organization_id: organizationId,
      from_user_id: userId,
      to_user_id: heir.id,
    });
  });
}
