// What people see while their organisation is closed: the owner's words, and the console again when it is over.
import { useEffect } from "preact/hooks";
import { Button } from "../../components/basic.tsx";
import { Logo } from "../../components/icon.tsx";
import type { ApiError } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { loadSession } from "../../lib/session.ts";
import { setTitle } from "../../lib/title.ts";

const ASK_MS = 30_000;
/** So that all consoles do not ask at the same moment. */
const SPREAD_MS = 15_000;

export function MaintenancePage({ error }: { error: ApiError }) {
  useEffect(() => {
    setTitle(t("maintenance.page"));
    const timer = setTimeout(loadSession, ASK_MS + Math.random() * SPREAD_MS);
    return () => clearTimeout(timer);
  }, [error]);
  return (
    <main class="splash">
      <div class="splash-box maintenance">
        <Logo size={48} />
        <h1>{t("maintenance.page")}</h1>
        <p role="status">{error.message}</p>
        <p class="muted">{t("maintenance.page.text")}</p>
        <Button icon="refresh" onClick={loadSession}>{t("action.retry")}</Button>
      </div>
    </main>
  );
}
