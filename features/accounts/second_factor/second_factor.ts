// A person's own second factor: set it up, switch it on and off, new recovery codes. Invariants: nothing counts before a code
// has proved that the app has the secret; switching on or off ends the person's other sessions; API tokens do none of it.
import { AppError } from "../../../kernel/errors.ts";
import type { SecondFactorState, TotpSetup } from "../../../protocol/accounts/second_factor.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import { type AuditInput, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { ownSession, requireFreshProof, requireMayChangeFactors } from "../sessions/fresh_proof.ts";
import { newRecoveryCodes } from "./recovery_codes.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { seal, unseal } from "./sealed.ts";
import {
  countRecoveryCodes,
  deleteFactorRow,
  enableFactorRow,
  factorRow,
  type Owner,
  putPendingFactor,
} from "./store.ts";
import { invalidCode, proveCode, TOTP_SECRET } from "./step.ts";
import { guessGuard } from "../sign_in/password.ts";
import { tellOfSecurity } from "../tell.ts";
import { base32, newTotpSecret, otpauthUrl, stepOfCode } from "./totp.ts";
import { lockPerson, passwordHashOf, userById } from "../people/store.ts";

/** A secret that was shown longer ago than this is not switched on any more. */
const SETUP_MS = 3600_000;

export async function getSecondFactor(ctx: Ctx): Promise<SecondFactorState> {
  const person = ownSession(ctx.actor);
  const factor = await factorRow(ctx.app.db, person);
  const enabled = factor?.enabled_at ?? null;
  return {
    enabled: enabled !== null,
    enabled_at: enabled?.toISOString() ?? null,
    recovery_codes_left: enabled ? await countRecoveryCodes(ctx.app.db, person) : 0,
    has_password: await passwordHashOf(ctx.app.db, person.organizationId, person.userId) !== null,
  };
}

/** A new secret for the authenticator app; it counts when `enableSecondFactor` gets a code of it. @throws AppError `conflict` */
export async function setUpSecondFactor(ctx: Ctx): Promise<TotpSetup> {
  const { app } = ctx;
  const person = ownSession(ctx.actor);
  await requireMayChangeFactors(ctx);
  const user = await userById(app.db, person.organizationId, person.userId);
  if (!user) throw new AppError("unauthenticated", "The account does not exist any more.");
  const secret = newTotpSecret();
  const sealed = await seal(app, TOTP_SECRET, person.userId, secret);
  if (!await putPendingFactor(app.db, person, sealed, app.now())) throw enabledAlready();
  return {
    secret: base32(secret),
    otpauth_url: otpauthUrl({ issuer: user.organization_name, account: user.email ?? user.username, secret }),
  };
}

function enabledAlready(): AppError {
  return new AppError("conflict", "Two-step sign-in is on already. Switch it off first to use another app.");
}

/**
 * Switches the second factor on. Other sessions of the person end; this one counts as proved.
 * @returns the recovery codes, shown this once
 * @throws AppError `invalid_code`, `rate_limited`, `conflict` when there is nothing to switch on
 */
export async function enableSecondFactor(ctx: Ctx, code: string): Promise<string[]> {
  const { app } = ctx;
  const person = ownSession(ctx.actor);
  const codes = await guessGuard(
    ctx,
    { account: person.userId, known: person.userId },
    () => app.db.withTx((tx) => enableInTx(tx, ctx, person, code)),
  );
  await tellOfSecurity(ctx, person, "totp_enabled");
  return codes;
}

async function enableInTx(tx: Tx, ctx: Ctx, person: Owner & { sessionId: string }, code: string): Promise<string[]> {
  const { app } = ctx, now = app.now();
  // A sign-in that is under way (sign_in/admit.ts) comes before this and ends with the other sessions, or after it and is asked for a code.
  await lockPerson(tx, person.organizationId, person.userId);
  const factor = await factorRow(tx, person, { lock: true });
  if (factor?.enabled_at) throw enabledAlready();
  if (!factor || factor.created_at.getTime() < now.getTime() - SETUP_MS) {
    throw new AppError("conflict", "Nothing is being set up, or it took over an hour. Begin again.");
  }
  const secret = await unseal(app, TOTP_SECRET, person.userId, factor.secret);
  const step = stepOfCode(secret, code, now, 0);
  if (step === undefined) throw invalidCode();
  await enableFactorRow(tx, person, step, now);
  const codes = await newRecoveryCodes(app, tx, person);
  await setSessionFactor(tx, person, "totp");
  await audited(tx, ctx, "auth.second_factor_enabled");
  await endSessions(app, tx, person, person.sessionId);
  changed(tx, ctx, person);
  return codes;
}

async function setSessionFactor(tx: Tx, person: Owner & { sessionId: string }, factor: "totp" | null): Promise<void> {
  // A passkey has proved more than a code, and goes on doing so.
  await tx.run(sql`update sessions set factor = ${factor}
    where id = ${person.sessionId} and organization_id = ${person.organizationId} and factor is distinct from 'passkey'`);
}

async function audited(
  tx: Tx,
  ctx: Ctx,
  action: AuditInput["action"],
): Promise<void> {
  await writeAudit(tx, ctx, { action, subject_type: "user", subject_id: ctx.actor.userId });
}

/** The person's cached actors are read anew, on every instance. */
function changed(tx: Tx, ctx: Ctx, { organizationId, userId }: Owner): void {
  emitControl(ctx.app, tx, {
    kind: "user_changed",
    user_id: userId,
    organization_id: organizationId,
    disabled: false,
  });
}

export interface DisableInput {
  password?: string;
  code: string;
}

/**
 * Switches the second factor off, with a code of the app or a recovery code and the password. Who has no password needs a
 * session that is younger than ten minutes. Other sessions end.
 * @throws AppError `invalid_credentials`, `invalid_code`, `rate_limited`, `recent_sign_in_required`, `conflict`
 */
export async function disableSecondFactor(ctx: Ctx, input: DisableInput): Promise<void> {
  const { app } = ctx;
  const person = ownSession(ctx.actor);
  await proveAll(ctx, person, input);
  await app.db.withTx(async (tx) => {
    await lockPerson(tx, person.organizationId, person.userId);
    if (!await deleteFactorRow(tx, person)) throw notEnabled();
    await setSessionFactor(tx, person, null);
    await audited(tx, ctx, "auth.second_factor_disabled");
    await endSessions(app, tx, person, person.sessionId);
    changed(tx, ctx, person);
  });
  await tellOfSecurity(ctx, person, "totp_disabled");
}

function notEnabled(): AppError {
  return new AppError("conflict", "Two-step sign-in is not on.");
}

/** New recovery codes; the old ones stop working. Proof and errors as for `disableSecondFactor`. */
export async function renewRecoveryCodes(ctx: Ctx, input: DisableInput): Promise<string[]> {
  const { app } = ctx;
  const person = ownSession(ctx.actor);
  await proveAll(ctx, person, input);
  const codes = await app.db.withTx(async (tx) => {
    const factor = await factorRow(tx, person, { lock: true });
    if (!factor?.enabled_at) throw notEnabled();
    await audited(tx, ctx, "auth.recovery_codes_renewed");
    return await newRecoveryCodes(app, tx, person);
  });
  await tellOfSecurity(ctx, person, "recovery_codes_renewed");
  return codes;
}

/** The password (where there is one) first: a code is not used up by a wrong password. */
async function proveAll(ctx: Ctx, person: Owner, { password, code }: DisableInput): Promise<void> {
  const { app } = ctx;
  if (!(await factorRow(app.db, person))?.enabled_at) throw notEnabled();
  const hash = await passwordHashOf(app.db, person.organizationId, person.userId);
  if (hash === null) await requireFreshProof(ctx);
  else if (password === undefined) {
    const message = "Your current password is needed.";
    throw new AppError("validation_failed", message, { errors: [{ path: "password", message }] });
  }
  await guessGuard(ctx, { account: person.userId, known: person.userId }, async () => {
    if (hash !== null && !await app.passwords.verify(password!, hash, "account")) return undefined;
    const digits = code.replace(/\s/g, "");
    return await proveCode(ctx, person, /^\d{6}$/.test(digits) ? { totp: digits } : { recovery_code: code });
  });
}
