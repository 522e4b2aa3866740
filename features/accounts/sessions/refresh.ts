// Refresh with rotation (RFC 9700, 4.14.2): every refresh token works once. One that comes a second time means that
// somebody has a copy, so the whole session ends. The session row is locked meanwhile: of two uses at the same time one
// rotates, the other is a reuse.
import { AppError } from "../../../kernel/errors.ts";
import { constantTimeEqual, sha256Hex } from "../../../kernel/ids.ts";
import type { Tx } from "../../../db/sql.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { GuestCtx } from "../../context.ts";
import { csrfToken } from "../credentials/authenticate.ts";
import { bannedError } from "../people/bans.ts";
import { maintenanceError } from "../organization/maintenance.ts";
import { endSession } from "./revocation.ts";
import { liveSession } from "./limits.ts";
import { extendSession, type RefreshRow, refreshTokenForUpdate, useRefreshToken } from "./store.ts";
import { addRefreshToken, type OpenedSession, type TokenPair, tokenPair } from "../sign_in/admit.ts";
import { REFRESH_MS } from "../credentials/tokens.ts";
import type { UserRow } from "../people/store.ts";

type Outcome = { row: UserRow; session: OpenedSession } | AppError;

/**
 * @param csrf for tokens that came in the cookie: the X-CSRF-Token header, "" when there is none
 * @throws AppError `token_reused`, `token_expired`, `unauthenticated`, `csrf_failed`, `banned`, `maintenance`
 */
export async function refresh(ctx: GuestCtx, refreshToken: string, csrf?: string): Promise<TokenPair> {
  const hash = await sha256Hex(refreshToken);
  // A refusal is returned, not thrown, so that the revocation that goes with it is committed.
  const outcome = await ctx.app.db.withTx((tx) => rotate(tx, ctx, hash, csrf));
  if (outcome instanceof AppError) throw outcome;
  return await tokenPair(ctx, outcome.row, outcome.session);
}

async function rotate(tx: Tx, ctx: GuestCtx, hash: string, csrf?: string): Promise<Outcome> {
  const now = ctx.app.now();
  const token = await refreshTokenForUpdate(tx, hash);
  if (!token) return new AppError("unauthenticated", "The refresh token is not valid. Sign in again.");
  if (csrf !== undefined && !constantTimeEqual(csrf, await csrfToken(ctx.app, token.session_id))) {
    return new AppError("csrf_failed", "The X-CSRF-Token header must repeat the value of the cookie pulpo_csrf.");
  }
  if (token.used_at) return await reused(tx, ctx, token);
  if (token.revoked_at) return new AppError("unauthenticated", "The session has ended. Sign in again.");
  if (token.expires_at <= now) return new AppError("token_expired", "The refresh token has ended. Sign in again.");
  const row = await liveSession(tx, token.session_id, token.user_id, now);
  if (!row) {
    // Over by age or by rest: nothing of it is left. An account that is switched off has no session any more anyway.
    await endSession(ctx.app, tx, { organizationId: token.organization_id, userId: token.user_id }, token.session_id);
    return new AppError("unauthenticated", "The session has ended. Sign in again.");
  }
  const banned = bannedError(row, now);
  if (banned) return banned;
  const closed = maintenanceError(row);
  if (closed) return closed;
  await useRefreshToken(tx, hash, now);
  await extendSession(tx, token.session_id, now, new Date(now.getTime() + REFRESH_MS));
  const refreshToken = await addRefreshToken(tx, ctx, token.session_id);
  return { row, session: { id: token.session_id, refreshToken, factor: row.session_factor } };
}

async function reused(tx: Tx, ctx: GuestCtx, token: RefreshRow): Promise<AppError> {
  const user = { organizationId: token.organization_id, userId: token.user_id };
  if (await endSession(ctx.app, tx, user, token.session_id)) {
    await writeAudit(tx, ctx, {
      action: "auth.token_reused",
      subject_type: "session",
      subject_id: token.session_id,
      details: { user_id: token.user_id },
    }, { organizationId: token.organization_id, id: null, name: "", kind: "anonymous" });
  }
  return new AppError("token_reused", "This refresh token was used before. The session has been ended; sign in again.");
}
