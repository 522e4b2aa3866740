// Signing in through a provider: the way there and back. Invariants:
//  - a sign-in that is under way belongs to one browser (a cookie that no script reads), one provider and one moment: its state
//    is good once, for ten minutes, and for nothing that another browser or another provider's address shows (RFC 9700, 4.4);
//  - PKCE verifier and nonce are computed from the state and the browser's cookie: neither the database nor the address that
//    the provider calls back holds them;
//  - adding an account at a provider belongs to the session that began it: nothing is added once that has ended;
//  - who is let in is decided in person.ts.
import { AppError, notFound } from "../../../kernel/errors.ts";
import { randomToken, sha256Hex } from "../../../kernel/ids.ts";
import type { OidcProvider } from "../../../kernel/oidc_settings.ts";
import { addressKey } from "../../../kernel/rate_limit.ts";
import type { App, Ctx, GuestCtx } from "../../context.ts";
import type { TokenPair } from "../sign_in/admit.ts";
import { ownSession, requireFreshProof } from "../sessions/fresh_proof.ts";
import { insertProviderSignIn, redeemProviderSignIn } from "./store.ts";
import { inviteOf } from "../invites/invites.ts";
import { authorizationUrl, claimsOf } from "./oidc_client.ts";
import { requireOwnSession } from "../codes/phone.ts";
import { linkPerson, signInPerson } from "./person.ts";
import { runtimeOf } from "../runtime.ts";

const MINUTES = 10;
const BROWSER = /^[\w-]{43}$/;
const TOO_MANY = "Too many sign-ins were begun. Wait a moment.";

/** A new value for the cookie, or the one that a well-behaved browser shows: two tabs may sign in at once. */
const browserOf = (shown: string | undefined) => BROWSER.test(shown ?? "") ? shown! : randomToken(32);

/** @throws AppError `not_found` */
function providerOf(app: App, id: string): OidcProvider {
  const provider = app.config.oidc.find((one) => one.id === id);
  if (!provider) throw notFound("provider");
  return provider;
}

export interface Begun {
  /** Where the browser goes. */
  url: string;
  /** For the cookie. */
  browser: string;
  maxAgeSeconds: number;
}

export interface Way {
  /** Where the provider sends the browser back to. */
  redirectUri: string;
  /** A path of the console. */
  returnTo: string;
  /** What the browser's cookie says. */
  browser: string | undefined;
}

/** @throws AppError `not_found`, `provider_unavailable`, `rate_limited` */
export async function beginProviderSignIn(ctx: GuestCtx, id: string, way: Way): Promise<Begun> {
  return await begin(ctx, providerOf(ctx.app, id), way, {});
}

/**
 * The same with an invitation in hand: it holds for whoever comes back without an account (person.ts).
 * @throws AppError `invite_invalid` too
 */
export async function beginInvited(ctx: GuestCtx, id: string, way: Way, invite: string): Promise<Begun> {
  const provider = providerOf(ctx.app, id), inviteHash = await sha256Hex(invite);
  await inviteOf(ctx.app, inviteHash);
  return await begin(ctx, provider, way, { inviteHash });
}

/** The same, to add the provider's account to the caller's. @throws AppError `recent_sign_in_required` too */
export async function beginLink(ctx: Ctx, id: string, way: Way): Promise<Begun> {
  requireOwnSession(ctx);
  await requireFreshProof(ctx);
  return await begin(ctx, providerOf(ctx.app, id), way, { link: ownSession(ctx.actor) });
}

/** @param purpose.link for whom the provider's account is added, and in which session; absent: it signs in */
async function begin(
  ctx: GuestCtx,
  provider: OidcProvider,
  way: Way,
  { link, inviteHash }: { link?: { userId: string; sessionId: string }; inviteHash?: string },
): Promise<Begun> {
  const { app } = ctx;
  await runtimeOf(app).providerStarts.consume(addressKey(ctx.ip), TOO_MANY);
  const state = randomToken(32), browser = browserOf(way.browser);
  const url = await authorizationUrl(app, provider, {
    state,
    ...await secretsOf(app, state, browser),
    redirectUri: way.redirectUri,
  });
  await insertProviderSignIn(app.db, {
    stateHash: await sha256Hex(state),
    browserHash: await sha256Hex(browser),
    provider: provider.id,
    return_to: way.returnTo,
    link_user_id: link?.userId ?? null,
    link_session_id: link?.sessionId ?? null,
    invite_hash: inviteHash ?? null,
    expiresAt: new Date(app.now().getTime() + MINUTES * 60_000),
  });
  return { url, browser, maxAgeSeconds: MINUTES * 60 };
}

async function secretsOf(app: App, state: string, browser: string) {
  return {
    verifier: await app.keys.mac("oidc-verifier", `${state}.${browser}`),
    nonce: await app.keys.mac("oidc-nonce", `${state}.${browser}`),
  };
}

export interface Returned {
  returnTo: string;
  /** Absent: an account at the provider was added to the person who is signed in already. */
  pair?: TokenPair;
}

/**
 * The browser is back from the provider.
 * @param callback the address that was called, as people use it
 * @param told is told where the sign-in was to lead as soon as that is known, also when it fails then
 * @throws AppError `sign_in_over` for a state that is not this browser's, was used or has ended; what oidc_client.ts and
 *   person.ts throw
 */
export async function finishProviderSignIn(
  ctx: GuestCtx,
  id: string,
  callback: URL,
  browser: string | undefined,
  told: (sign: { linking: boolean }) => void = () => {},
): Promise<Returned> {
  const { app } = ctx;
  const provider = providerOf(app, id);
  const state = callback.searchParams.get("state") ?? "";
  const begun = BROWSER.test(browser ?? "") && BROWSER.test(state) && await redeemProviderSignIn(app.db, {
    stateHash: await sha256Hex(state),
    browserHash: await sha256Hex(browser!),
    provider: provider.id,
    now: app.now(),
  });
  if (!begun) throw new AppError("sign_in_over", "This sign-in is over, or was begun in another browser. Begin anew.");
  told({ linking: begun.link_user_id !== null });
  const claims = await claimsOf(app, provider, callback, { state, ...await secretsOf(app, state, browser!) });
  const returnTo = begun.return_to;
  const { link_user_id: userId, link_session_id: sessionId } = begun;
  if (userId === null || sessionId === null) {
    return { returnTo, pair: await signInPerson(ctx, provider, claims, begun.invite_hash) };
  }
  await linkPerson(ctx, provider, claims, { userId, sessionId });
  return { returnTo };
}
