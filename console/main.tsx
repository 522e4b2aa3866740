// Start of the console in the browser.
import { render } from "preact";
import { App } from "./app.tsx";
import { startClock } from "./lib/clock.ts";
import { startRouter } from "./lib/router.ts";
import { loadSession, user, watchSession } from "./lib/session.ts";
import { startShortcuts } from "./lib/shortcuts.ts";
import { applyTheme } from "./lib/theme.ts";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/shell.css";
import "./styles/pages.css";

applyTheme();
startRouter();
startShortcuts(() => user.value !== null);
startClock(1_000);
watchSession();
loadSession();
render(<App />, document.getElementById("app")!);
