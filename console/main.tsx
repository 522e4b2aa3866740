// Start of the console in the browser.
import { render } from "preact";
import { App } from "./app/app.tsx";
import { mendBuild } from "./app/new_build.ts";
import { INSIDE, loadPart, preload, SIGN_IN } from "./app/parts.ts";
import { csrfToken } from "./lib/api.ts";
import { loadTexts } from "./lib/i18n.ts";
import { outer } from "./lib/base.ts";
import { startClock } from "./lib/clock.ts";
import { prefixLinks } from "./lib/prefix_links.ts";
import { followWorker } from "./lib/push.ts";
import { route, startRouter } from "./lib/router.ts";
import { addServerTexts } from "./lib/server_texts.ts";
import { loadSession, user, watchSession } from "./lib/session.ts";
import { startShortcuts } from "./lib/shortcuts.ts";
import { applyTheme } from "./lib/theme.ts";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/shell.css";
import "./styles/rail.css";
import "./styles/pages.css";
import "./styles/home.css";
import "./styles/security.css";
import "./styles/sign_in.css";
import "./styles/push.css";
import "./styles/transfer.css";
import "./styles/administration.css";

const TEXTS = { en: () => import("./app/texts.ts?en"), es: () => import("./app/texts.ts?es") };
const SERVER_TEXTS = {
  en: () => import("./messages/server_texts.ts?en"),
  es: () => import("./messages/server_texts.ts?es"),
};
const AGAIN_MS = 2_000;

/** The chunk of the signed-in console, which the browser would learn of after another one alone. */
function preloadInside(): void {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = outer(document.querySelector<HTMLElement>("script[data-inside]")!.dataset.inside!);
  document.head.append(link);
}

/** Without words there is nothing to show: they are asked for until they are there. */
async function words(): Promise<void> {
  while (true) {
    try {
      await Promise.all([loadTexts(TEXTS), loadTexts(SERVER_TEXTS, addServerTexts)]);
      return;
    } catch {
      await mendBuild();
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

prefixLinks();
applyTheme();
startRouter();
startShortcuts(() => user.value !== null);
startClock(1_000);
watchSession();
followWorker();
// While the server is asked who is there: what they will need.
if (csrfToken()) preloadInside();
void loadPart(csrfToken() ? INSIDE : SIGN_IN.login).catch(() => {});
if (csrfToken()) preload(route.value.path);
loadSession();
await words();
render(<App />, document.getElementById("app")!);
