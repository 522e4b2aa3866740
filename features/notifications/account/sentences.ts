// What the server tells people about accounts, made of the data of the notification: so a mail that goes out later is in the
// language that its receiver has by then.
import type { SecurityNotice } from "../../../kernel/security_notice.ts";
import { securitySentence } from "./security_texts.ts";

export function signUpSentence({ username }: { username: string }, locale: string): string {
  return /^es\b/i.test(locale)
    ? `${username} se ha registrado y espera tu aprobación`
    : `${username} has registered and waits for your approval`;
}

/** Only for what the server itself has sent: anybody may name these types. @returns undefined for all other types */
export function accountSentence(type: string, data: unknown, locale: string): string | undefined {
  if (type === "sign_up_waiting") return signUpSentence(data as { username: string }, locale);
  if (type === "security_notice") return securitySentence(data as SecurityNotice, locale);
  return undefined;
}
