// The session that follows a proof of who somebody is, whatever the proof: a password, a code, a passkey, a provider.
// Invariant: every way in ends in `admit` (or, for an account that is made at that moment, in `openSession`), so what holds
// for signing in holds for all of them: accounts that are switched off, banned or of programs stay out, and the audit log tells.
import { AppError } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import type { Tx } from "../../../db/sql.ts";
import type { User } from "../../../protocol/accounts/accounts.ts";
import type { SecondStepInput } from "../../../protocol/accounts/second_factor.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { GuestCtx } from "../../context.ts";
import { refuseBanned } from "../people/bans.ts";
import { noteFailedSignIn } from "./failed_sign_in.ts";
import { refuseDuringMaintenance } from "../organization/maintenance.ts";
import { emitControl } from "../sessions/revocation.ts";
import { refusePending } from "../registration/pending.ts";
import { rightsOf } from "../roles/rights.ts";
import { proveCode } from "../second_factor/step.ts";
import { insertRefreshToken, insertSession } from "../sessions/store.ts";
import { noteDevice } from "./known_devices.ts";
import { signInTicket } from "./ticket.ts";
import { ACCESS_SECONDS, newRefreshText, REFRESH_MS, signAccessToken } from "../credentials/tokens.ts";
import {
  followLanguage,
  lockPerson,
  type LoginRow,
  ownUser,
  updateUserRow,
  type UserRow,
  userToAdmit,
} from "../people/store.ts";

export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: "Bearer";
  /** Seconds. */
  expires_in: number;
  user: User;
  /** For the cookies; not part of the answer. */
  session_id: string;
}

/** How somebody proved who they are. */
export type SignInMethod = "password" | "code" | "passkey" | "provider";
/** What they proved beside it. */
export type Factor = "totp" | "recovery_code" | "passkey";
/** With the account itself, or a proof of an existing one. */
export type SessionMethod = SignInMethod | "registration";

/**
 * Signs in the person of this row, who has just proved who they are. Run it under `guessGuard`: it may look at a code.
 * @param inTx what else belongs to the sign-in (a code that is used up), in the same transaction, before the session
 * @param given the second step, for accounts that have one; a passkey is both steps
 * @throws AppError `invalid_credentials` for an account that is switched off, `banned`, `email_unconfirmed`,
 *   `approval_pending`, `maintenance`, `totp_required`, `invalid_code`, `rate_limited`
 */
export async function admit(
  ctx: GuestCtx,
  row: LoginRow,
  method: SignInMethod,
  inTx?: (tx: Tx) => Promise<void>,
  given: SecondStepInput = {},
): Promise<TokenPair> {
  const { app } = ctx;
  refuseOutsiders(row, app.now());
  // Before the second step: a code that was used up for nothing would be lost.
  refuseDuringMaintenance(row);
  const factor = await secondStep(ctx, row, method, given);
  const { user, session } = await app.db.withTx(async (tx) => {
    const fresh = await stillProved(tx, ctx, row, method, factor);
    await inTx?.(tx);
    const user = await followLanguage(tx, fresh, ctx.language);
    if (user !== fresh) {
      const { id: user_id, organization_id } = row;
      emitControl(app, tx, { kind: "user_changed", user_id, organization_id, disabled: false });
    }
    const session = await openSession(tx, ctx, user, factor, method);
    await writeAudit(
      tx,
      ctx,
      { action: "auth.login", subject_type: "session", subject_id: session.id, details: { method, factor } },
      actorOf(row),
    );
    return { user, session };
  });
  return await tokenPair(ctx, user, session);
}

/** @throws AppError `email_unconfirmed`, `approval_pending`, `invalid_credentials`, `banned` */
function refuseOutsiders(row: LoginRow, now: Date): void {
  refusePending(row);
  if (!row.is_active || !row.organization_active || row.is_service) throw invalidCredentials();
  refuseBanned(row, now);
}

/**
 * The person as they are now. What was proved was compared with the row of a moment ago; what has ended sessions and sign-ins
 * since then (another password, a way in that is gone) must not miss the one that is being opened.
 */
async function stillProved(
  tx: Tx,
  ctx: GuestCtx,
  row: LoginRow,
  method: SignInMethod,
  factor: Factor | null,
): Promise<LoginRow> {
  await lockPerson(tx, row.organization_id, row.id);
  const fresh = await userToAdmit(tx, row.id);
  if (!fresh || fresh.sign_in_epoch !== row.sign_in_epoch) throw invalidCredentials();
  refuseOutsiders(fresh, ctx.app.now());
  if (fresh.has_totp && factor === null) throw await totpRequired(ctx, row, method);
  // The code that was given is one of an app that counts no more.
  if (!fresh.has_totp && (factor === "totp" || factor === "recovery_code")) throw invalidCredentials();
  return fresh;
}

async function secondStep(
  ctx: GuestCtx,
  row: LoginRow,
  method: SignInMethod,
  given: SecondStepInput,
): Promise<Factor | null> {
  if (method === "passkey") return "passkey";
  if (!row.has_totp) return null;
  if (given.totp === undefined && given.recovery_code === undefined) {
    throw await totpRequired(ctx, row, method);
  }
  try {
    return await proveCode(ctx, { organizationId: row.organization_id, userId: row.id }, given);
  } catch (error) {
    // Whoever got here knows the password, or had another way in. Codes that were not looked at are not noted: nothing
    // limits how many of them come.
    if (error instanceof AppError && error.code === "invalid_code") {
      noteFailedSignIn(ctx, row, given.totp === undefined ? "recovery_code" : "totp");
    }
    throw error;
  }
}

async function totpRequired(ctx: GuestCtx, row: LoginRow, method: SignInMethod): Promise<AppError> {
  return new AppError("totp_required", "This account asks for a code of its authenticator app, or a recovery code.", {
    // A provider sends people back once: the ticket stands for that (POST /auth/login/second).
    cause: method === "provider" ? await signInTicket(ctx.app, row, method) : undefined,
  });
}

/** The one answer to whoever is not let in, whatever the reason. */
export function invalidCredentials(): AppError {
  return new AppError("invalid_credentials", "The name or the password is not right.");
}

export function actorOf(row: Pick<UserRow, "organization_id" | "id" | "username">) {
  return { organizationId: row.organization_id, id: row.id, name: row.username, kind: "user" as const };
}

export interface OpenedSession {
  id: string;
  refreshToken: string;
  factor: Factor | null;
}

/** A new session with its first refresh token, in the caller's transaction. @throws AppError `maintenance` */
export async function openSession(
  tx: Tx,
  ctx: GuestCtx,
  user: Pick<UserRow, "id" | "organization_id" | "role" | "organization_settings" | "created_at">,
  factor: Factor | null = null,
  method: SessionMethod = "registration",
): Promise<OpenedSession> {
  refuseDuringMaintenance(user);
  const now = ctx.app.now();
  const expiresAt = new Date(now.getTime() + REFRESH_MS);
  const id = newId();
  await insertSession(tx, {
    id,
    userId: user.id,
    organizationId: user.organization_id,
    ip: ctx.ip,
    userAgent: ctx.userAgent,
    method,
    now,
    expiresAt,
    factor,
  });
  const refreshToken = await addRefreshToken(tx, ctx, id);
  await updateUserRow(tx, user.organization_id, user.id, { last_seen_at: now }, now);
  await noteDevice(tx, ctx, user, id);
  return { id, refreshToken, factor };
}

export async function addRefreshToken(tx: Tx, ctx: GuestCtx, sessionId: string): Promise<string> {
  const now = ctx.app.now();
  const token = newRefreshText();
  const expiresAt = new Date(now.getTime() + REFRESH_MS);
  await insertRefreshToken(tx, { hash: await sha256Hex(token), sessionId, now, expiresAt });
  return token;
}

export async function tokenPair(ctx: GuestCtx, row: UserRow, session: OpenedSession): Promise<TokenPair> {
  const seen = { ...row, session_factor: session.factor };
  const ids = { userId: row.id, organizationId: row.organization_id, sessionId: session.id };
  return {
    access_token: await signAccessToken(ctx.app, ids),
    refresh_token: session.refreshToken,
    token_type: "Bearer",
    expires_in: ACCESS_SECONDS,
    user: ownUser(seen, ctx.app.now(), rightsOf(ctx.app, seen)),
    session_id: session.id,
  };
}
