// The three credentials and how to tell them apart:
//  - access token: a JWT signed with EdDSA (RFC 8037, RFC 9068's `at+jwt`), 15 minutes; any other algorithm is refused;
//  - API token: `pulpo_` and 32 random bytes;
//  - ticket: `tkt_` and 32 random bytes, single use, 30 s.
// A refresh token (`ref_`) is not a credential: it only buys the next pair.
import { errors, jwtVerify, SignJWT } from "jose";
import { AppError } from "../../../kernel/errors.ts";
import { isUuid, newId, randomToken } from "../../../kernel/ids.ts";
import type { App } from "../../context.ts";

export const ACCESS_SECONDS = 15 * 60;
export const REFRESH_MS = 7 * 24 * 3600_000;
export const TICKET_SECONDS = 30;
const API_TOKEN = /^pulpo_[\w-]{43}$/;
const TICKET = /^tkt_[\w-]{43}$/;
/** Longer than any token that this server gives out. */
export const MAX_CREDENTIAL = 2048;

export const newApiTokenText = (): string => `pulpo_${randomToken(32)}`;
export const newTicketText = (): string => `tkt_${randomToken(32)}`;
export const newRefreshText = (): string => `ref_${randomToken(32)}`;
export const isApiToken = (text: string): boolean => API_TOKEN.test(text);
export const isTicket = (text: string): boolean => TICKET.test(text);

export interface AccessClaims {
  userId: string;
  organizationId: string;
  sessionId: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export async function signAccessToken(app: App, of: Omit<AccessClaims, "expiresAt">): Promise<string> {
  const now = Math.floor(app.now().getTime() / 1000);
  return await new SignJWT({ org: of.organizationId, sid: of.sessionId })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt" })
    .setSubject(of.userId)
    .setIssuedAt(now)
    .setExpirationTime(now + ACCESS_SECONDS)
    .setJti(newId())
    .sign(app.keys.signing);
}

/** @throws AppError `token_expired` for a token of ours that has ended, `unauthenticated` for anything else. */
export async function verifyAccessToken(app: App, token: string): Promise<AccessClaims> {
  try {
    const { payload } = await jwtVerify(token, app.keys.verifying, {
      algorithms: ["EdDSA"],
      typ: "at+jwt",
      requiredClaims: ["sub", "org", "sid", "iat", "exp", "jti"],
      currentDate: app.now(),
    });
    const { sub, org, sid, exp } = payload;
    if (typeof sub === "string" && typeof org === "string" && typeof sid === "string" && isUuid(sub) && isUuid(sid)) {
      return { userId: sub, organizationId: org, sessionId: sid, expiresAt: exp! * 1000 };
    }
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new AppError("token_expired", "The access token has ended. Get a new one with the refresh token.");
    }
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw invalidToken();
}

export function invalidToken(): AppError {
  return new AppError("unauthenticated", "The token is not valid. Sign in again.");
}
