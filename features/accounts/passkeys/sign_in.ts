// Signing in with a passkey, without a name: the device finds the account. Invariants: the options are the same for everybody
// and tell nothing; a challenge is answered once, within five minutes, on any instance; whatever is wrong (an unknown or
// deleted credential, another origin, a counter that went back, somebody else's user handle) has the same answer.
import { addressKey } from "../../../kernel/rate_limit.ts";
import { base64url } from "../../../kernel/ids.ts";
import type { AuthenticationInput } from "../../../protocol/accounts/passkeys.ts";
import type { Ctx, GuestCtx } from "../../context.ts";
import { admit, type TokenPair } from "../sign_in/admit.ts";
import { noteFailedSignIn } from "../sign_in/failed_sign_in.ts";
import { noteProof, ownSession } from "../sessions/fresh_proof.ts";
import { type CredentialRow, notePasskeyUse, putChallenge, takeChallenge, userByCredential } from "./store.ts";
import {
  CHALLENGE_TIMEOUT_MS,
  challengeOf,
  challengeTimes,
  refusedPasskey,
  type Site,
  userHandle,
  webauthn,
} from "./passkeys.ts";
import { runtimeOf } from "../runtime.ts";

const TOO_MANY = "Too many failed attempts. Wait before you try again.";

/** Options for `navigator.credentials.get`, good for five minutes. */
export async function passkeyLoginOptions(ctx: GuestCtx, site: Site): Promise<{ challenge: string }> {
  const { generateAuthenticationOptions } = await webauthn();
  const options = await generateAuthenticationOptions({
    rpID: site.rpId,
    userVerification: "required",
    timeout: CHALLENGE_TIMEOUT_MS,
  });
  await putChallenge(ctx.app.db, options.challenge, null, challengeTimes(ctx.app.now()));
  return options;
}

/** @throws AppError `passkey_refused`, `banned`, `rate_limited` after too many failures from one address */
export async function loginWithPasskey(ctx: GuestCtx, site: Site, input: AuthenticationInput): Promise<TokenPair> {
  const { app } = ctx;
  const { row, counter } = await checkedOwner(ctx, site, input);
  return await admit(ctx, row, "passkey", async (tx) => {
    if (!await notePasskeyUse(tx, row.organization_id, row.passkey_id, counter, app.now())) throw refusedPasskey();
  });
}

/**
 * Confirms with a passkey of one's own that the person of this session is there, for the next ten minutes. What the session has
 * shown at the sign-in stays what it was.
 * @throws AppError `forbidden`, `passkeys_unavailable`, `passkey_refused` (also for somebody else's), `rate_limited`
 */
export async function confirmWithPasskey(ctx: Ctx, site: () => Site, input: AuthenticationInput): Promise<void> {
  const { app } = ctx;
  const { organizationId, userId, sessionId } = ownSession(ctx.actor);
  const { row, counter } = await checkedOwner(ctx, site(), input, userId);
  await app.db.withTx(async (tx) => {
    if (!await notePasskeyUse(tx, organizationId, row.passkey_id, counter, app.now())) throw refusedPasskey();
    await noteProof(tx, { organizationId, sessionId }, app.now());
  });
}

/** @param only whose passkey it has to be; absent: anybody's */
async function checkedOwner(
  ctx: GuestCtx,
  site: Site,
  input: AuthenticationInput,
  only?: string,
): Promise<{ row: CredentialRow; counter: number }> {
  const { address } = runtimeOf(ctx.app).failures;
  await address.check(addressKey(ctx.ip), TOO_MANY);
  const found = await verifiedOwner(ctx, site, input);
  if (found && (only === undefined || found.row.id === only)) return found;
  await address.consume(addressKey(ctx.ip), TOO_MANY);
  throw refusedPasskey();
}

async function verifiedOwner(
  ctx: GuestCtx,
  site: Site,
  input: AuthenticationInput,
): Promise<{ row: CredentialRow; counter: number } | undefined> {
  const { app } = ctx;
  const challenge = challengeOf(input.response.clientDataJSON);
  if (!await takeChallenge(app.db, challenge, null, app.now())) return undefined;
  const row = await userByCredential(app.db, input.id);
  if (!row || !row.is_active || !row.organization_active) return undefined;
  const { verifyAuthenticationResponse } = await webauthn();
  const result = await verifyAuthenticationResponse({
    response: input as Parameters<typeof verifyAuthenticationResponse>[0]["response"],
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    credential: { id: input.id, publicKey: new Uint8Array(row.public_key), counter: row.counter },
    requireUserVerification: true,
  }).catch((error) => {
    ctx.log.info("a passkey was refused", { reason: error instanceof Error ? error.message : String(error) });
  });
  // Discoverable credentials always say whose they are (WebAuthn, 7.2, step 6).
  const own = input.response.userHandle === base64url(userHandle(row.id));
  if (result?.verified && own) return { row, counter: result.authenticationInfo.newCounter };
  noteFailedSignIn(ctx, row, "passkey");
  return undefined;
}
