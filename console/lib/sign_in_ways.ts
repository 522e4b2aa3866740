// The ways to sign in that this server offers. Known before the sign-in page is drawn, so that nothing on it moves.
import { signal } from "@preact/signals";
import type { SignInWays } from "../../protocol/wire/identities.ts";
import { call } from "./api.ts";

export const signInWays = signal<SignInWays | null>(null);

/** Without an answer the page shows what it always has. */
export async function loadSignInWays(): Promise<void> {
  signInWays.value = await call<SignInWays>("GET", "/auth/providers", { renew: false }).catch(() => signInWays.value);
}

/** Which kinds of codes are sent: the ending of messages. */
export function codeKind(ways: SignInWays | null): "phone" | "email" | "both" | null {
  const { phone, email } = ways?.codes ?? {};
  return phone && email ? "both" : phone ? "phone" : email ? "email" : null;
}
