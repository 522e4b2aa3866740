// What a failed call says to a person: what happened, and what to do next. A code has its text in every language
// (messages/errors.ts); the server's detail, when it says more, is shown in the person's language or not at all.
import { ApiError } from "./api.ts";
import { duration } from "./format.ts";
import { language, t, tryT } from "./i18n.ts";
import { serverText } from "./server_texts.ts";

export function errorText(error: unknown): { title: string; next: string } {
  if (!(error instanceof ApiError)) return { title: t("error.unknown"), next: t("error.unknown.next") };
  const params = { time: duration(error.options.retryAfterSeconds ?? 60, language.value) };
  return {
    title: (error.status >= 400 && error.status < 500 ? serverText(error.message) : undefined) ??
      tryT(`error.${error.code}`, params) ?? unknownCode(error),
    next: tryT(`error.${error.code}.next`, params) ??
      t(error.status >= 500 ? "error.server.next" : "error.unknown.next"),
  };
}

/** Of a failure that was kept, as the outbox does. */
export const refusalText = (kept: { code: string; status: number; message: string }): string =>
  errorText(new ApiError(kept.code, kept.status, kept.message)).title;

/** In one sentence. The server's own words say more than the general ones, where they are in the person's language. */
export function problemText(error: unknown): string {
  const own = error instanceof ApiError && error.status > 0 && language.value === "en" ? error.message : "";
  return own ? serverText(own) ?? own : errorText(error).title;
}

/** A code that a newer server knows. */
const unknownCode = (error: ApiError) => language.value === "en" && error.message ? error.message : t("error.rejected");
