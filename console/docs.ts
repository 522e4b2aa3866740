// Starts Swagger UI on /docs. A file of its own because the policy of the page forbids inline scripts. Everything comes
// from this server: no validator badge, no remote address.
import "./styles/docs.css";
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
