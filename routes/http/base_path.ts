// The path that the server stands under behind a proxy: PULPO_PUBLIC_URL=https://host/ops/ makes it "/ops". Some proxies take it
// off before they pass a request on, some do not: routes never have it, and a request may come with it or without.
import { getPath } from "hono/utils/url";

/** @returns "" at the root, otherwise "/ops", without a slash at the end */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl ? new URL(publicUrl).pathname.replace(/\/+$/, "") : "";
}

/** The path without the base, if it has it. */
function withoutBase(base: string, path: string): string {
  if (!base || !path.startsWith(base)) return path;
  const rest = path.slice(base.length);
  return rest === "" ? "/" : rest.startsWith("/") ? rest : path;
}

/** How the outermost router reads a request's path. */
export function readPath(publicUrl: string | undefined): (request: Request) => string {
  const base = basePathOf(publicUrl);
  return base ? (request) => withoutBase(base, getPath(request)) : getPath;
}
