// For people who have lost everything: somebody with power over their role removes all their second factors. The person's
// sessions end, and the person is told.
import { authorize } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { deletePasskeyRows } from "../passkeys/store.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { requirePowerOver } from "../roles/roles.ts";
import { deleteFactorRow } from "./store.ts";
import { tellOfSecurity } from "../tell.ts";
import { userById } from "../people/store.ts";

/**
 * Removes the person's authenticator app, recovery codes and passkeys. Needs `users.manage` and power over the person's role.
 * @throws AppError `not_found`, `forbidden` (also for oneself), `conflict` when there is nothing to remove
 */
export async function resetSecondFactor(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  if (id === actor.userId) throw new AppError("forbidden", "Change your own second factor in your own account.");
  const person = { organizationId: actor.organizationId, userId: id };
  await app.db.withTx(async (tx) => {
    const user = await userById(tx, actor.organizationId, id, { lock: true });
    if (!user) throw notFound("user");
    requirePowerOver(app, actor, user.role);
    const totp = await deleteFactorRow(tx, person), passkeys = await deletePasskeyRows(tx, person);
    if (!totp && passkeys === 0) throw new AppError("conflict", "This person has no second factor.");
    await endSessions(app, tx, person);
    emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id: actor.organizationId, disabled: false });
    await writeAudit(tx, ctx, { action: "user.second_factor_reset", subject_type: "user", subject_id: id });
  });
  await tellOfSecurity(ctx, person, "factors_reset", { by: actor.username });
}
