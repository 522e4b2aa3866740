// Talking to providers: OpenID Connect Core 1.0 with the code flow, PKCE (RFC 7636), state and nonce, over openid-client. Every
// call is bounded at 10 s; what a provider says of itself (discovery) is kept for an hour, that it cannot be reached for 15 s.
// Errors are logged by their kind, never with what was sent or answered: that holds codes and tokens.
import { perApp } from "../../../kernel/per_app.ts";
import type { Configuration } from "openid-client";
import { AppError } from "../../../kernel/errors.ts";
import type { OidcProvider } from "../../../kernel/oidc_settings.ts";
import type { App } from "../../context.ts";

const TIMEOUT_SECONDS = 10;
const KEPT_MS = 3600_000;
const FAILED_MS = 15_000;

/** Loaded with the first sign-in at a provider: most installations have none. */
const library = () => import("openid-client");

interface Known {
  config: Promise<Configuration>;
  until: number;
}
const knownOf = perApp((_app: App) => new Map<string, Known>());

/** What the provider says of itself. @throws AppError `provider_unavailable` */
async function configuration(app: App, provider: OidcProvider): Promise<Configuration> {
  const cache = knownOf(app);
  const now = performance.now();
  let entry = cache.get(provider.id);
  if (!entry || entry.until < now) {
    const config = discover(provider);
    const fresh = entry = { config, until: now + KEPT_MS };
    config.catch(() => fresh.until = performance.now() + FAILED_MS);
    cache.set(provider.id, entry);
  }
  try {
    return await entry.config;
  } catch (error) {
    throw unavailable(app, provider, error);
  }
}

async function discover(provider: OidcProvider): Promise<Configuration> {
  const { allowInsecureRequests, discovery, enableNonRepudiationChecks, None } = await library();
  const issuer = new URL(provider.issuer);
  return await discovery(issuer, provider.clientId, provider.clientSecret, provider.clientSecret ? undefined : None(), {
    timeout: TIMEOUT_SECONDS,
    // Signatures of id tokens are checked although they come straight from the provider. The settings let http pass on this
    // machine only.
    execute: [enableNonRepudiationChecks, ...(issuer.protocol === "http:" ? [allowInsecureRequests] : [])],
  });
}

export interface Asked {
  state: string;
  verifier: string;
  nonce: string;
  redirectUri: string;
}

/** Where the browser goes to sign in at the provider. @throws AppError `provider_unavailable` */
export async function authorizationUrl(app: App, provider: OidcProvider, asked: Asked): Promise<string> {
  const config = await configuration(app, provider);
  const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await library();
  return buildAuthorizationUrl(config, {
    redirect_uri: asked.redirectUri,
    scope: provider.scopes,
    code_challenge: await calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: "S256",
    state: asked.state,
    nonce: asked.nonce,
  }).href;
}

export type Claims = Record<string, unknown> & { iss: string; sub: string };

/**
 * Changes the code of the callback for what the provider says of the person. Checked are state, nonce, issuer (also of the
 * answer itself, RFC 9207), audience, signature and times.
 * @throws AppError `provider_refused`, `provider_failed`, `provider_unavailable`
 */
export async function claimsOf(app: App, provider: OidcProvider, callback: URL, asked: Omit<Asked, "redirectUri">) {
  const config = await configuration(app, provider);
  const client = await library();
  try {
    const tokens = await client.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: asked.verifier,
      expectedState: asked.state,
      expectedNonce: asked.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    const lacks = claims.email === undefined ||
      (provider.roleClaim && claimAt(claims, provider.roleClaim) === undefined);
    if (!lacks || !config.serverMetadata().userinfo_endpoint) return claims as Claims;
    return { ...await client.fetchUserInfo(config, tokens.access_token, claims.sub), ...claims } as Claims;
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError) {
      app.log.info("a provider did not let somebody in", { provider: provider.id, reason: error.error });
      throw new AppError("provider_refused", `${provider.label} did not sign you in.`);
    }
    if (isNetwork(error)) throw unavailable(app, provider, error);
    app.log.warn("an answer of a provider was refused", { provider: provider.id, reason: reasonOf(error) });
    throw new AppError("provider_failed", `The answer of ${provider.label} was not right.`);
  }
}

/** The claim at a path such as `realm_access.roles`; a name with dots in it, such as an address, is tried first. */
export function claimAt(claims: Record<string, unknown>, path: string): unknown {
  if (path in claims) return claims[path];
  return path.split(".").reduce<unknown>(
    (at, key) => typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined,
    claims,
  );
}

/** No answer in time, no connection, or one in the 500s. */
function isNetwork(error: unknown): boolean {
  const { code, status, cause } = error as { code?: string; status?: number; cause?: { status?: number } };
  return code === "OAUTH_TIMEOUT" || error instanceof TypeError && code === undefined ||
    (status ?? cause?.status ?? 0) >= 500;
}

function unavailable(app: App, provider: OidcProvider, error: unknown): AppError {
  app.log.warn("a provider cannot be reached", { provider: provider.id, reason: reasonOf(error) });
  return new AppError("provider_unavailable", `${provider.label} cannot be reached.`, { retryAfterSeconds: 15 });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return [code, message].filter(Boolean).join(": ").slice(0, 200);
}
