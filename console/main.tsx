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
import "./styles/chat.css";
import "./styles/chat_more.css";
import "./styles/search.css";
import "./styles/push.css";
import "./styles/moderation.css";
import "./styles/analytics.css";
import "./styles/transfer.css";

applyTheme();
startRouter();
startShortcuts(() => user.value !== null);
startClock(1_000);
watchSession();
loadSession();
render(<App />, document.getElementById("app")!);
