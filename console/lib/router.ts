// Addresses of the console. Real paths (history), so that every page and every filter can be linked to; the server sends
// index.html for all of them. Under a path of a proxy's (base.ts) the address bar has it in front; nothing else here has.
import { signal } from "@preact/signals";
import { inner, isOurs, outer } from "./base.ts";

// There is no location where the tests run.
const here = () => ({
  path: inner(globalThis.location?.pathname ?? "/"),
  query: new URLSearchParams(globalThis.location?.search),
});

export const route = signal(here());

export function navigate(to: string, { replace = false } = {}): void {
  if (to === inner(location.pathname) + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", outer(to));
  // Addresses below one page (/chat/…) are that page's own: it moves the focus itself.
  const area = (path: string) => path.split("/")[1];
  const samePage = area(inner(location.pathname)) === area(route.value.path);
  route.value = here();
  if (!samePage) {
    scrollTo(0, 0);
    requestAnimationFrame(toHeading);
  }
}

/** Reading programs start at the new page's heading. */
function toHeading(): void {
  document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
}

/** The same for a page that comes later than its address; what it gives the focus itself keeps it. */
export function focusHeading(): void {
  requestAnimationFrame(() => document.activeElement === document.body && toHeading());
}

/** Changes parts of the query in place; empty values are taken out. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  const text = query.toString();
  navigate(inner(location.pathname) + (text ? `?${text}` : ""), { replace: true });
}

/** Paths that the server answers itself, not the console. */
const SERVER_PATH = /^\/(docs|openapi\.json|health|metrics|api|ws|sse|notify|hooks)(\/|$)/;

/** Makes plain links inside the console change the page without loading it anew. */
export function startRouter(): void {
  // Reached past the proxy: cookies and links count below the path only.
  if (!isOurs(location.pathname)) {
    history.replaceState(null, "", outer(location.pathname) + location.search + location.hash);
  }
  addEventListener("popstate", () => {
    route.value = here();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (!isOurs(link.pathname) || SERVER_PATH.test(inner(link.pathname))) return;
    event.preventDefault();
    navigate(inner(link.pathname) + link.search);
  });
}

/** Where to go after signing in: only a path of this console, never another site. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") && !next.startsWith("/setup") ? next : "/";
}
