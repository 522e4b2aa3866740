// The two tabs of /docs: Swagger UI, and what travels over sockets and streams (docs_events.ts, at `#realtime`). A file of its own because the policy of the page forbids inline scripts. Everything comes
// from this server: no validator badge, no remote address.
import "./styles/docs.css";
import { showEvents } from "./docs_events.ts";
import { outer } from "./lib/base.ts";
import { readStored } from "./lib/storage.ts";

interface SwaggerUI {
  (options: Record<string, unknown>): unknown;
}
declare const SwaggerUIBundle: SwaggerUI;

/** The console's session counts here too: unsafe calls made with its cookie carry the CSRF header. */
function withCsrf(request: { method?: string; headers: Record<string, string> }) {
  const token = document.cookie.match(/(?:^|;\s*)pulpo_csrf=([^;]+)/)?.[1];
  const safe = ["GET", "HEAD", "OPTIONS"].includes((request.method ?? "GET").toUpperCase());
  if (token && !safe && !request.headers.Authorization) request.headers["X-CSRF-Token"] = decodeURIComponent(token);
  return request;
}

const theme = readStored("theme");
const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.classList.toggle("dark-mode", dark);

function startSwagger(): void {
  SwaggerUIBundle({
    url: outer("/openapi.json"),
    dom_id: "#docs",
    deepLinking: true,
    validatorUrl: null,
    displayRequestDuration: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    filter: true,
    defaultModelsExpandDepth: 0,
    requestInterceptor: withCsrf,
  });
}

const http = document.getElementById("docs")!, events = document.getElementById("events")!;
/** Tabs that have been opened: each is filled the first time. */
const filled = new Set<HTMLElement>();

/** Swagger's own addresses begin with `#/`. */
function showTab(): void {
  const realtime = location.hash === "#realtime";
  http.hidden = realtime;
  events.hidden = !realtime;
  for (const tab of document.querySelectorAll<HTMLElement>("[data-tab]")) {
    if ((tab.dataset.tab === "events") === realtime) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const shown = realtime ? events : http;
  if (filled.has(shown)) return;
  filled.add(shown);
  if (!realtime) return startSwagger();
  showEvents(events).catch(() => {
    filled.delete(events);
    events.textContent = "The document could not be loaded. Open the tab again.";
  });
}

addEventListener("hashchange", showTab);
showTab();
