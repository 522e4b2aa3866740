// Signing in with a password, and opening the session that follows. Invariants:
//  - unknown people, wrong passwords and accounts that are switched off get the same answer after the same work;
//  - attempts from one address run one after the other, so the limits on failures hold whatever arrives at once, and
//    a blocked attempt never reaches bcrypt;
//  - whoever is banned learns it after the right password only;
//  - only failures count: 10 per account and address, 100 per address, in 5 minutes.
import { AppError } from "../../kernel/errors.ts";
import { newId, sha256Hex } from "../../kernel/ids.ts";
import { permissionsOf } from "../../kernel/permissions.ts";
import { addressKey } from "../../kernel/rate_limit.ts";
import type { Tx } from "../../db/sql.ts";
import type { LoginInput, User } from "../../protocol/accounts.ts";
import { type AuditInput, writeAudit } from "../audit/mod.ts";
import type { GuestCtx } from "../context.ts";
import { refuseBanned } from "./bans.ts";
import { emitControl } from "./revocation.ts";
import { inBackground, runtimeOf } from "./runtime.ts";
import { insertRefreshToken, insertSession } from "./session_store.ts";
import { ACCESS_SECONDS, newRefreshText, REFRESH_MS, signAccessToken } from "./tokens.ts";
import { followLanguage, type LoginRow, ownUser, updateUserRow, userForLogin, type UserRow } from "./user_store.ts";

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

const TOO_MANY = "Too many failed attempts. Wait before you try again.";

/** @throws AppError `invalid_credentials`, `banned`, or `rate_limited` after too many failures */
export async function login(ctx: GuestCtx, input: LoginInput): Promise<TokenPair> {
  const { app } = ctx;
  const identifier = (input.email ?? input.username ?? "").toLowerCase();
  return await guessGuard(ctx, identifier, async () => {
    const row = await userForLogin(app.db, identifier);
    const right = await app.passwords.verify(input.password, row?.password_hash ?? null);
    if (!row || !right || !row.is_active || !row.organization_active) {
      if (row) inBackground(app, auditFailure(ctx, row));
      return undefined;
    }
    refuseBanned(row, app.now());
    return await app.db.withTx(async (tx) => {
      const user = await followLanguage(tx, row, ctx.language);
      if (user !== row) {
        const { id: user_id, organization_id } = row;
        emitControl(app, tx, { kind: "user_changed", user_id, organization_id, disabled: false });
      }
      const session = await openSession(tx, ctx, user);
      await writeAudit(
        tx,
        ctx,
        { action: "auth.login", subject_type: "session", subject_id: session.id },
        actorOf(row),
      );
      return { user, session };
    }).then(({ user, session }) => tokenPair(ctx, user, session));
  });
}

/**
 * Runs a check of a secret under the limits on failures. `check` answers undefined for "wrong".
 * @throws AppError `invalid_credentials` or `rate_limited`
 */
export async function guessGuard<T>(ctx: GuestCtx, account: string, check: () => Promise<T | undefined>): Promise<T> {
  const { signIns, accountFailures, addressFailures } = runtimeOf(ctx.app);
  const address = addressKey(ctx.ip);
  const accountKey = await sha256Hex(`${account}|${address}`);
  return await signIns.run(address, async () => {
    await addressFailures.check(address, TOO_MANY);
    await accountFailures.check(accountKey, TOO_MANY);
    const result = await check();
    if (result !== undefined) {
      await accountFailures.reset(accountKey);
      return result;
    }
    await Promise.allSettled([
      addressFailures.consume(address, TOO_MANY),
      accountFailures.consume(accountKey, TOO_MANY),
    ]);
    throw new AppError("invalid_credentials", "The name or the password is not right.");
  });
}

async function auditFailure(ctx: GuestCtx, row: LoginRow): Promise<void> {
  const who = { organizationId: row.organization_id, id: null, name: "", kind: "anonymous" as const };
  const entry: AuditInput = { action: "auth.login_failed", subject_type: "user", subject_id: row.id };
  await writeAudit(ctx.app.db, ctx, entry, who);
}

export function actorOf(row: Pick<UserRow, "organization_id" | "id" | "username">) {
  return { organizationId: row.organization_id, id: row.id, name: row.username, kind: "user" as const };
}

export interface OpenedSession {
  id: string;
  refreshToken: string;
}

/** A new session with its first refresh token, in the caller's transaction. */
export async function openSession(
  tx: Tx,
  ctx: GuestCtx,
  user: { id: string; organization_id: string },
): Promise<OpenedSession> {
  const now = ctx.app.now();
  const expiresAt = new Date(now.getTime() + REFRESH_MS);
  const id = newId();
  await insertSession(tx, {
    id,
    userId: user.id,
    organizationId: user.organization_id,
    ip: ctx.ip,
    userAgent: ctx.userAgent,
    now,
    expiresAt,
  });
  const refreshToken = await addRefreshToken(tx, ctx, id);
  await updateUserRow(tx, user.organization_id, user.id, { last_seen_at: now }, now);
  return { id, refreshToken };
}

export async function addRefreshToken(tx: Tx, ctx: GuestCtx, sessionId: string): Promise<string> {
  const now = ctx.app.now();
  const token = newRefreshText();
  const expiresAt = new Date(now.getTime() + REFRESH_MS);
  await insertRefreshToken(tx, { hash: await sha256Hex(token), sessionId, now, expiresAt });
  return token;
}

export async function tokenPair(ctx: GuestCtx, row: UserRow, session: OpenedSession): Promise<TokenPair> {
  const ids = { userId: row.id, organizationId: row.organization_id, sessionId: session.id };
  return {
    access_token: await signAccessToken(ctx.app, ids),
    refresh_token: session.refreshToken,
    token_type: "Bearer",
    expires_in: ACCESS_SECONDS,
    user: ownUser(row, ctx.app.now(), permissionsOf(ctx.app.permissionTable, row.role)),
    session_id: session.id,
  };
}
