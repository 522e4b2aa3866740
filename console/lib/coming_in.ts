// What the pages before signing in ask of the server: how people come in here, what a link says.
import type { AccountOptions, Confirmed, InviteShown, LinkShown } from "../../protocol/accounts/coming_in.ts";
import { call, post } from "./api.ts";

const GUEST = { renew: false };

export const accountOptions = (signal?: AbortSignal): Promise<AccountOptions> =>
  call<AccountOptions>("GET", "/auth/options", { ...GUEST, signal });

/** Where the browser goes to take an invitation up through a provider. */
export const beginInvited = async (provider: string, invite: string): Promise<string> =>
  (await post<{ url: string }>(`/auth/oauth/${provider}/start`, { invite }, GUEST)).url;

export const lookAtInvite = (invite: string): Promise<InviteShown> => post("/auth/invites/look", { invite }, GUEST);
export const lookAtLink = (token: string): Promise<LinkShown> => post("/auth/reset-password/look", { token }, GUEST);
export const askForReset = (email: string): Promise<void> => post("/auth/reset-password", { email }, GUEST);
export const confirmReset = (token: string, new_password: string): Promise<void> =>
  post("/auth/reset-password/confirm", { token, new_password }, GUEST);
export const confirmEmail = (token: string, password: string): Promise<Confirmed> =>
  post("/auth/confirm-email", { token, password: password || undefined }, GUEST);

/** What stands behind `#` in a link; browsers do not send it. */
export function ofLink(name: "invite" | "token"): string {
  return new URLSearchParams(location.hash.slice(1)).get(name) ?? "";
}

/** As the server has it (protocol/accounts/accounts.ts). */
export const looksLikeEmail = (text: string): boolean => /^[^@\s]+@[^@\s]+$/.test(text.trim());
export const looksLikeUsername = (text: string): boolean => /^[a-z0-9][a-z0-9_.-]{1,31}$/i.test(text.trim());
