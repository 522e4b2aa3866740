// Which page stands at which address, and what is shown before anyone is signed in.
import { useEffect } from "preact/hooks";
import { MaintenancePage } from "../areas/sign_in/maintenance.tsx";
import { Boundary } from "../components/boundary.tsx";
import { Logo, Sprite } from "../components/icon.tsx";
import { Failure } from "../components/states.tsx";
import { Toasts } from "../components/toasts.tsx";
import { language, t } from "../lib/i18n.ts";
import { pageAt } from "../lib/navigation.ts";
import { navigate, route, safeNext } from "../lib/router.ts";
import { loadSession, session } from "../lib/session.ts";
import { Loaded } from "./loaded.tsx";
import { INSIDE, type Part, partOf, SIGN_IN } from "./parts.ts";

export function App() {
  const lang = language.value;
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  return (
    <>
      <Sprite />
      <Boundary>
        <Content />
      </Boundary>
      <Boundary>
        <Toasts />
      </Boundary>
    </>
  );
}

function Content() {
  const state = session.value;
  const { path, query } = route.value;
  const page = pageAt(path), door = page?.door ? partOf(page) : undefined;
  const outside = path === "/login" || path === "/setup";

  // One address per state: nobody stands at a page that is not theirs.
  useEffect(() => {
    if (state.kind === "signed_in" && outside) navigate(safeNext(query.get("next")), { replace: true });
    if (state.kind === "setup" && path !== "/setup") navigate("/setup", { replace: true });
    if (state.kind === "signed_out" && !outside && !door) {
      const next = path + location.search;
      navigate(next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`, { replace: true });
    }
  }, [state.kind, path]);

  switch (state.kind) {
    case "loading":
      return <Splash />;
    case "unreachable":
      return state.error.code === "maintenance" ? <MaintenancePage error={state.error} /> : (
        <div class="splash">
          <div class="splash-box">
            <Logo size={48} />
            <Failure error={state.error} onRetry={loadSession} />
          </div>
        </div>
      );
    case "signed_in":
      if (state.user.second_factor_required) return <Waited part={SIGN_IN.secondFactor} />;
      if (door) return <Waited part={door} />;
      return outside ? null : <Waited part={INSIDE} />;
    default:
      if (door && state.kind === "signed_out") return <Waited part={door} />;
      return <Waited part={path === "/setup" ? SIGN_IN.setup : SIGN_IN.login} />;
  }
}

/** A part that fills the window. */
function Waited({ part }: { part: Part }) {
  return <Loaded key={part} part={part} waiting={<Splash />} />;
}

function Splash() {
  return (
    <div class="splash" role="status" aria-label={t("state.loading")}>
      <Logo size={48} />
    </div>
  );
}
