// Passkeys in the browser. The library comes as a script of its own when it is needed (tools/build_console.ts).
import type { Passkey } from "../../protocol/accounts/passkeys.ts";
import { ApiError, post } from "./api.ts";
import { outer } from "./base.ts";
import { deviceText } from "./device_text.ts";
import { signInWith } from "./session.ts";

declare const WEBAUTHN_SCRIPT: string;

const library = (): Promise<typeof import("../webauthn.ts")> => import(outer(WEBAUTHN_SCRIPT));

/** Browsers take passkeys at names only, over https or on this machine. */
export function passkeysPossible(): boolean {
  return typeof PublicKeyCredential === "function" && isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname);
}

/** Can the browser offer passkeys in the list under the name field? */
export async function autofillPossible(): Promise<boolean> {
  if (!passkeysPossible()) return false;
  return await PublicKeyCredential.isConditionalMediationAvailable?.() ?? false;
}

/** What a person gave up, or a newer request has taken the place of: nothing to complain about. */
export function wasGivenUp(error: unknown): boolean {
  return error instanceof Error && (error.name === "NotAllowedError" || error.name === "AbortError");
}

function problem(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApiError || wasGivenUp(error)) return error;
  const known = error.name === "InvalidStateError" ? "passkey_exists" : "passkey_failed";
  return new ApiError(known, 0, error.message);
}

/** Makes a passkey on this device, with a name by the browser and system. @throws ApiError, or what `wasGivenUp` knows */
export async function addPasskey(): Promise<Passkey> {
  const optionsJSON = await post<never>("/auth/passkeys/register/options");
  const { startRegistration } = await library();
  const made = await startRegistration({ optionsJSON }).catch((error) => {
    throw problem(error);
  });
  const name = deviceText(navigator.userAgent);
  return await post<Passkey>("/auth/passkeys/register/verify", { ...made, name }, { renew: false });
}

/**
 * Signs in with a passkey of the person's choice.
 * @param autofill wait, as long as the page is open, for one to be chosen from the list under the name field
 * @throws ApiError, or what `wasGivenUp` knows
 */
export async function signInWithPasskey({ autofill = false } = {}): Promise<void> {
  const optionsJSON = await post<never>("/auth/passkeys/login/options", undefined, { renew: false });
  const { startAuthentication } = await library();
  const answer = await startAuthentication({ optionsJSON, useBrowserAutofill: autofill }).catch((error) => {
    throw problem(error);
  });
  await signInWith("/auth/passkeys/login/verify", answer);
}

/** Shows a passkey of one's own, to confirm that it is oneself. @throws ApiError, or what `wasGivenUp` knows */
export async function confirmWithPasskey(): Promise<void> {
  const optionsJSON = await post<never>("/auth/passkeys/login/options", undefined, { renew: false });
  const { startAuthentication } = await library();
  const answer = await startAuthentication({ optionsJSON }).catch((error) => {
    throw problem(error);
  });
  await post("/auth/passkeys/confirm", answer, { renew: false });
}

/** Ends the waiting of `signInWithPasskey({ autofill: true })`. */
export async function stopAutofill(): Promise<void> {
  (await library()).WebAuthnAbortService.cancelCeremony();
}
