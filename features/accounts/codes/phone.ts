// The telephone number of one's own account: added with a code that was sent to it, and taken away. Only from a session: a
// number is a way in, which an API token must not open. A number belongs to one account; that another one has it is told to
// whoever has shown to hold the telephone, to nobody else.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { isUniqueViolation, type Tx } from "../../../db/sql.ts";
import type { User } from "../../../protocol/accounts/accounts.ts";
import type { CodeSent } from "../../../protocol/accounts/sign_in_codes.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { askForCode, codeWays, rightCode, useCode, wrongCode } from "./codes.ts";
import { type CodeKey, setPhone } from "./store.ts";
import { requireFreshProof } from "../sessions/fresh_proof.ts";
import { emitControl } from "../sessions/revocation.ts";
import { guessGuard } from "../sign_in/password.ts";
import { seenBy } from "../people/profile.ts";
import { tellOfSecurity } from "../tell.ts";
import { ownUser, userById } from "../people/store.ts";
import { requireOtherWayIn } from "../sign_in/ways_in.ts";

/** @throws AppError `forbidden` for API tokens */
export function requireOwnSession(ctx: Ctx): string {
  authorize(ctx.actor, "profile.manage");
  if (ctx.actor.kind !== "person") {
    throw new AppError("forbidden", "Sign in to change how you sign in: no token can do it.");
  }
  return requireUser(ctx.actor);
}

const keyOf = (ctx: Ctx, phone: string): CodeKey => ({
  purpose: "attach",
  target: phone,
  ownerId: requireOwnSession(ctx),
});

/** Sends a code to the number. @throws AppError `recent_sign_in_required`, `sign_in_way_off`, `rate_limited` */
export async function askForPhone(ctx: Ctx, phone: string): Promise<CodeSent> {
  const key = keyOf(ctx, phone);
  await requireFreshProof(ctx);
  if (!codeWays(ctx.app).phone) {
    throw new AppError("sign_in_way_off", "This server does not send codes by text message.");
  }
  return await askForCode(ctx, key, `attach ${phone}`);
}

/** Adds the number to the account. @throws AppError `invalid_code`, `conflict` when another account has it */
export async function attachPhone(ctx: Ctx, phone: string, code: string): Promise<User> {
  const key = keyOf(ctx, phone);
  const guesser = { account: `code ${phone}`, known: key.ownerId };
  return await guessGuard(ctx, guesser, async () => {
    const id = await rightCode(ctx.app, key, code);
    if (id === undefined) return undefined;
    try {
      return await changePhone(ctx, phone, (tx) => useCode(tx, id, ctx.app.now()));
    } catch (error) {
      if (!isUniqueViolation(error, "users_phone_key")) throw error;
      const message = "This number belongs to another account.";
      throw new AppError("conflict", message, { errors: [{ path: "phone", message }] });
    }
  }, wrongCode);
}

/** Takes the number away. @throws AppError `recent_sign_in_required`, `last_way_in` */
export async function removePhone(ctx: Ctx): Promise<void> {
  const userId = requireOwnSession(ctx);
  await requireFreshProof(ctx);
  await changePhone(ctx, null, (tx) => requireOtherWayIn(ctx.app, tx, { ...ctx.actor, userId }, { phone: true }));
}

async function changePhone(ctx: Ctx, phone: string | null, inTx: (tx: Tx) => Promise<void>): Promise<User> {
  const { app, actor } = ctx;
  const userId = requireUser(actor), { organizationId } = actor;
  const { row, before } = await app.db.withTx(async (tx) => {
    const before = await userById(tx, organizationId, userId, { lock: true });
    if (!before) throw new AppError("unauthenticated", "The account does not exist any more.");
    await inTx(tx);
    await setPhone(tx, organizationId, userId, phone, app.now());
    const action = phone === null ? "user.phone_removed" : "user.phone_added";
    if (phone !== before.phone) await writeAudit(tx, ctx, { action, subject_type: "user", subject_id: userId });
    emitControl(app, tx, { kind: "user_changed", user_id: userId, organization_id: organizationId, disabled: false });
    return { row: await seenBy(tx, ctx), before: before.phone };
  });
  if (phone !== before) {
    const details = { end: (phone ?? before)!.slice(-2) };
    await tellOfSecurity(ctx, { organizationId, userId }, phone === null ? "phone_removed" : "phone_added", details);
  }
  return ownUser(row, app.now(), actor.permissions);
}
