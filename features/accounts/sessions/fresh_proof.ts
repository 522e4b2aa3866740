// What changes how somebody gets in needs more than a session that was left open: its person has signed in, or confirmed with
// the password or a passkey, within the last ten minutes.
import { type Actor, authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { type Queryable, sql } from "../../../db/sql.ts";
import type { Ctx } from "../../context.ts";
import { lacksSecondFactor } from "../second_factor/rule.ts";
import type { Owner } from "../second_factor/store.ts";
import { userBySession } from "./store.ts";
import { guessGuard } from "../sign_in/password.ts";
import { passwordHashOf } from "../people/store.ts";

const FRESH_MS = 10 * 60_000;

/** The person of a session. API tokens do not change how their owner signs in. @throws AppError `forbidden` */
export function ownSession(actor: Actor): Owner & { sessionId: string } {
  authorize(actor, "second_factor.manage");
  if (actor.kind !== "person" || !actor.sessionId) {
    throw new AppError("forbidden", "Only a person who is signed in can do this, not an API token.");
  }
  return { organizationId: actor.organizationId, userId: actor.userId, sessionId: actor.sessionId };
}

/** @throws AppError `recent_sign_in_required` */
export async function requireFreshProof(ctx: Ctx): Promise<void> {
  const { organizationId, sessionId } = ownSession(ctx.actor);
  const since = new Date(ctx.app.now().getTime() - FRESH_MS);
  const fresh = await ctx.app.db.maybe(sql`select 1 as one from sessions
    where id = ${sessionId} and organization_id = ${organizationId} and coalesce(proved_at, created_at) > ${since}`);
  if (!fresh) {
    throw new AppError(
      "recent_sign_in_required",
      "Confirm with your password (POST /auth/confirm) or a passkey first, or sign in again.",
    );
  }
}

/**
 * For what adds or removes a way in. Where the role must have a second factor and the person has a passkey, the password alone
 * does not open the way to another one.
 * @throws AppError `recent_sign_in_required`, `forbidden`
 */
export async function requireMayChangeFactors(ctx: Ctx): Promise<void> {
  await requireFreshProof(ctx);
  const { sessionId, userId } = ownSession(ctx.actor);
  const row = await userBySession(ctx.app.db, sessionId, userId, ctx.app.now());
  if (row && row.passkeys > 0 && lacksSecondFactor(row, ctx.app.now())) {
    throw new AppError(
      "forbidden",
      "Sign in with your passkey. If you have lost it, ask an administrator to reset it.",
    );
  }
}

/**
 * Confirms with the password that the person of this session is there, for the next ten minutes.
 * @throws AppError `invalid_credentials`, `rate_limited`
 */
export async function confirmSession(ctx: Ctx, password: string): Promise<void> {
  const { sessionId, ...person } = ownSession(ctx.actor);
  await checkOwnPassword(ctx, person, password);
  await noteProof(ctx.app.db, { organizationId: person.organizationId, sessionId }, ctx.app.now());
}

/** From now on the session counts as proved for ten minutes. */
export async function noteProof(
  q: Queryable,
  { organizationId, sessionId }: { organizationId: string; sessionId: string },
  now: Date,
): Promise<void> {
  await q.run(sql`update sessions set proved_at = ${now}
    where id = ${sessionId} and organization_id = ${organizationId}`);
}

/**
 * For what belongs to the account's owner alone: the password, or where there is none (a person who came by telephone or through
 * a provider) a fresh sign-in.
 * @throws AppError `validation_failed` at `current_password`, `invalid_credentials`, `rate_limited`, `recent_sign_in_required`
 */
export async function requireOwner(ctx: Ctx, password: string | undefined): Promise<void> {
  const { organizationId } = ctx.actor, userId = requireUser(ctx.actor);
  if (await passwordHashOf(ctx.app.db, organizationId, userId) === null) return await requireFreshProof(ctx);
  if (password === undefined) {
    const message = "This needs your current password.";
    throw new AppError("validation_failed", message, { errors: [{ path: "current_password", message }] });
  }
  await checkOwnPassword(ctx, { organizationId, userId }, password);
}

/** Under the limits on guesses of somebody who is signed in. @throws AppError `invalid_credentials` (also for those who have no password), `rate_limited` */
export async function checkOwnPassword(ctx: Ctx, { organizationId, userId }: Owner, password: string): Promise<void> {
  await guessGuard(ctx, { account: userId, known: userId }, async () => {
    const hash = await passwordHashOf(ctx.app.db, organizationId, userId);
    return await ctx.app.passwords.verify(password, hash, "account") || undefined;
  });
}
