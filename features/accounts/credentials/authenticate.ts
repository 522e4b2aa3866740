// From a credential to an Actor. Everything that lets somebody in asks here: HTTP, the socket, streams.
import type { Actor } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { sha256Hex } from "../../../kernel/ids.ts";
import { expandScopes } from "../../../kernel/permissions.ts";
import type { User } from "../../../protocol/accounts/accounts.ts";
import type { App } from "../../context.ts";
import type { CheckedActor } from "./actor_cache.ts";
import { refuseBanned } from "../people/bans.ts";
import { switchedOff } from "../organization/feature_switches.ts";
import { refuseDuringMaintenance } from "../organization/maintenance.ts";
import { rightsOf, roleChangesIn } from "../roles/rights.ts";
import { runtimeOf } from "../runtime.ts";
import { endByAge } from "../sessions/limits.ts";
import { redeemTicketRow, type SessionUserRow, type TokenUserRow } from "../sessions/store.ts";
import { invalidToken, isApiToken, isTicket, MAX_CREDENTIAL, verifyAccessToken } from "./tokens.ts";
import { ownUser, type UserRow } from "../people/store.ts";

export interface AuthenticateOptions {
  /** Take single-use tickets too (sockets and streams); default true. */
  tickets?: boolean;
  /** The credential came in the console's cookie. API tokens and tickets do not. */
  viaCookie?: boolean;
}

/**
 * Checks an access token, an API token or a ticket. The answer for the first two is kept for up to 60 s; revocations
 * take it back at once (control.ts). The same actor object comes back while it is kept.
 * @throws AppError `unauthenticated`, `token_expired` or `banned`
 */
export async function authenticate(app: App, credential: string, options: AuthenticateOptions = {}): Promise<Actor> {
  const { cache, seen } = runtimeOf(app);
  const now = app.now().getTime();
  const known = cache.get(credential, now);
  if (known) return options.viaCookie ? known.cookieActor : known.actor;
  if (credential.length > MAX_CREDENTIAL) throw invalidToken();
  if (isTicket(credential)) {
    if (options.tickets === false || options.viaCookie) throw invalidToken();
    return await redeemTicket(app, credential);
  }
  const generation = cache.generation;
  const identity = isApiToken(credential) && !options.viaCookie
    ? await identifyApiToken(app, credential)
    : await identifyAccessToken(app, credential);
  cache.put(credential, identity, now, generation);
  seen.note(identity.actor);
  return options.viaCookie ? identity.cookieActor : identity.actor;
}

/** The actor of a credential that was checked a moment ago, without waiting; undefined: ask `authenticate`. */
export function recallActor(app: App, credential: string, viaCookie: boolean): Actor | undefined {
  const known = runtimeOf(app).cache.get(credential, app.now().getTime());
  return viaCookie ? known?.cookieActor : known?.actor;
}

async function identifyAccessToken(app: App, token: string): Promise<CheckedActor> {
  const claims = await verifyAccessToken(app, token);
  const row = await runtimeOf(app).sessions.ask(claims);
  if (!row || row.organization_id !== claims.organizationId) throw ended();
  return sessionIdentity(app, row, claims.sessionId, claims.expiresAt);
}

async function identifyApiToken(app: App, token: string): Promise<CheckedActor> {
  const row = await runtimeOf(app).tokens.ask({ hash: await sha256Hex(token) });
  if (!row) throw invalidToken();
  return tokenIdentity(app, row);
}

async function redeemTicket(app: App, ticket: string): Promise<Actor> {
  const row = await redeemTicketRow(app.db, await sha256Hex(ticket));
  if (!row || row.expires_at <= app.now()) throw new AppError("unauthenticated", "The ticket is used or has ended.");
  const identity = row.session_id
    ? await ticketSession(app, row.session_id, row.user_id, row.credential_expires_at)
    : undefined;
  if (identity) return identity.actor;
  const token = row.api_token_id ? await runtimeOf(app).tokens.ask({ id: row.api_token_id }) : undefined;
  if (!token) throw ended();
  return tokenIdentity(app, token).actor;
}

async function ticketSession(
  app: App,
  sessionId: string,
  userId: string,
  expiresAt: Date | null,
): Promise<CheckedActor> {
  const user = await runtimeOf(app).sessions.ask({ sessionId, userId });
  if (!user || !expiresAt) throw ended();
  return sessionIdentity(app, user, sessionId, expiresAt.getTime());
}

/**
 * The rights that the actor's credential has now; its end stays as it was. For connections that live long.
 * @throws AppError `unauthenticated`, `token_expired` or `banned` when the access is over
 */
export async function refreshActor(app: App, actor: Actor): Promise<Actor> {
  const now = app.now();
  if (actor.expiresAt !== undefined && actor.expiresAt <= now.getTime()) {
    throw new AppError("token_expired", "The access token has ended. Get a new one with the refresh token.");
  }
  if (actor.kind === "token") {
    const row = await runtimeOf(app).tokens.ask({ id: actor.tokenId });
    if (!row) throw invalidToken();
    return tokenIdentity(app, row).actor;
  }
  if (actor.kind !== "person" || !actor.sessionId) throw ended();
  const { sessionId, userId } = actor;
  const row = await runtimeOf(app).sessions.ask({ sessionId, userId });
  if (!row) throw ended();
  const fresh = sessionIdentity(app, row, sessionId, actor.expiresAt!);
  return actor.viaCookie ? fresh.cookieActor : fresh.actor;
}

function ended(): AppError {
  return new AppError("unauthenticated", "The session has ended. Sign in again.");
}

function sessionIdentity(app: App, row: SessionUserRow, sessionId: string, tokenEnd: number): CheckedActor {
  refuseBanned(row, app.now());
  refuseDuringMaintenance(row);
  const expiresAt = Math.min(tokenEnd, endByAge(row));
  const permissions = rightsOf(app, row);
  return identity(row, app.now(), { ...base(row), kind: "person", permissions, sessionId, expiresAt });
}

function tokenIdentity(app: App, row: TokenUserRow): CheckedActor {
  const expiresAt = row.token_expires_at?.getTime();
  if (expiresAt !== undefined && expiresAt <= app.now().getTime()) {
    throw new AppError("token_expired", "The API token has ended. Make a new one.");
  }
  refuseBanned(row, app.now());
  refuseDuringMaintenance(row);
  const permissions = expandScopes(row.scopes, rightsOf(app, row));
  // A part that is switched off is no part of a token whose scopes leave it out.
  const meant = { ...base(row), switchedOff: expandScopes(row.scopes, switchedOff(row)) };
  return identity(row, app.now(), { ...meant, kind: "token", permissions, tokenId: row.token_id, expiresAt });
}

function base(row: UserRow) {
  const { organization_id: organizationId, id: userId, username, role } = row;
  return { organizationId, userId, username, role, roleChanges: roleChangesIn(row), switchedOff: switchedOff(row) };
}

const profiles = new WeakMap<Actor, User>();

function identity(row: UserRow, now: Date, actor: Actor): CheckedActor {
  const cookieActor: Actor = actor.kind === "person" ? { ...actor, viaCookie: true } : actor;
  const profile = ownUser(row, now, actor.permissions);
  profiles.set(actor, profile);
  profiles.set(cookieActor, profile);
  return { actor, cookieActor, profile };
}

/** The caller's own profile as it was read together with the actor: no SQL. */
export function profileOf(actor: Actor): User | undefined {
  return profiles.get(actor);
}

/** The value that calls by cookie repeat in X-CSRF-Token: a MAC of the session. */
export function csrfToken(app: App, sessionId: string): Promise<string> {
  return app.keys.mac("csrf", sessionId);
}
