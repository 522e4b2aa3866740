// The console's session in cookies: the same access and refresh tokens, out of reach of scripts, plus the CSRF value that
// scripts must repeat in a header. A caller asks for cookies with `X-Pulpo-Session: cookie`; other sites cannot send that
// header without CORS allowing it, which it does not.
import { csrfToken, DEVICE_SECONDS, deviceMark, type TokenPair } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { basePathOf } from "./base_path.ts";
import type { HttpContext } from "./env.ts";

export const ACCESS_COOKIE = "pulpo_access";
export const REFRESH_COOKIE = "pulpo_refresh";
const CSRF_COOKIE = "pulpo_csrf";
/** Says on which device somebody signed in before; it stays when the session ends. */
export const DEVICE_COOKIE = "pulpo_device";
const REFRESH_PATH = "/api/v1/auth";
const WEEK_SECONDS = 7 * 24 * 3600;

/** One cookie of the request. By hand: this runs on every request. */
export function cookieOf(c: HttpContext, name: string): string | undefined {
  const header = c.req.header("cookie");
  if (!header) return undefined;
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

export function wantsCookies(c: HttpContext): boolean {
  return c.req.header("x-pulpo-session") === "cookie";
}

/** @param path below the server's own path; "" for all of it */
function cookie(
  app: App,
  name: string,
  value: string,
  path: string,
  maxAge: number,
  httpOnly: boolean,
  sameSite: "Strict" | "Lax" = "Strict",
): string {
  const below = basePathOf(app.config.publicUrl) + path;
  const secure = app.publicUrl().startsWith("https:") ? "; Secure" : "";
  return `${name}=${value}; Path=${below || "/"}; Max-Age=${maxAge}; SameSite=${sameSite}${
    httpOnly ? "; HttpOnly" : ""
  }${secure}`;
}

/** The cookie of a sign-in that is under way at a provider; it must come along when the provider leads the browser back. */
export function signInCookie(app: App, name: string, value: string, path: string, maxAge: number): string {
  return cookie(app, name, value, path, maxAge, true, "Lax");
}

async function setDeviceCookie(c: HttpContext, pair: TokenPair): Promise<void> {
  const { app } = c.var.guest;
  const mark = await deviceMark(app, pair.user.id, pair.session_id, cookieOf(c, DEVICE_COOKIE));
  c.header("set-cookie", cookie(app, DEVICE_COOKIE, mark, REFRESH_PATH, DEVICE_SECONDS, true), { append: true });
}

/** The session's cookies, in an answer that has no body. */
export async function setSessionCookies(c: HttpContext, pair: TokenPair): Promise<void> {
  const { app } = c.var.guest;
  const set = (text: string) => c.header("set-cookie", text, { append: true });
  await setDeviceCookie(c, pair);
  set(cookie(app, ACCESS_COOKIE, pair.access_token, "", pair.expires_in, true));
  set(cookie(app, REFRESH_COOKIE, pair.refresh_token, REFRESH_PATH, WEEK_SECONDS, true));
  set(cookie(app, CSRF_COOKIE, await csrfToken(app, pair.session_id), "", WEEK_SECONDS, false));
}

/**
 * Answers a sign-in: with cookies and no tokens in the body when asked so, with the token pair otherwise.
 * @param cookies the refresh token came in a cookie, so nothing of the pair may reach a script
 */
export async function sessionAnswer<S extends 200 | 201>(c: HttpContext, pair: TokenPair, status: S, cookies = false) {
  if (!cookies && !wantsCookies(c)) {
    const { session_id: _, ...answer } = pair;
    // Also for programs that keep their tokens themselves: those with a cookie jar are known again.
    await setDeviceCookie(c, pair);
    return c.json(answer, status);
  }
  await setSessionCookies(c, pair);
  return c.json({ token_type: "Cookie" as const, expires_in: pair.expires_in, user: pair.user }, status);
}

export function clearSessionCookies(c: HttpContext): void {
  const { app } = c.var.guest;
  const clear = (name: string, path: string, httpOnly: boolean) =>
    c.header("set-cookie", cookie(app, name, "", path, 0, httpOnly), { append: true });
  clear(ACCESS_COOKIE, "", true);
  clear(REFRESH_COOKIE, REFRESH_PATH, true);
  clear(CSRF_COOKIE, "", false);
}
