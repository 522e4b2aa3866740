// Which page stands at which address, and what is shown before anyone is signed in.
import type { ComponentChild } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, PageHead } from "./components/basic.tsx";
import { Boundary } from "./components/boundary.tsx";
import { Logo, Sprite } from "./components/icon.tsx";
import { StatusDialog, statusOpen } from "./components/status_dialog.tsx";
import { Shell } from "./components/shell.tsx";
import { Empty, Failure, Skeleton } from "./components/states.tsx";
import { Toasts } from "./components/toasts.tsx";
import { dateTime } from "./lib/format.ts";
import { language, locale, t, tryT } from "./lib/i18n.ts";
import { startLive, stopLive } from "./lib/live/start.ts";
import { followBase } from "./lib/live/subscriptions.ts";
import type { Page } from "./app/area.ts";
import { Loaded } from "./components/loaded.tsx";
import { pageAt } from "./lib/navigation.ts";
import { startPresence } from "./lib/presence.ts";
import { loadPresets } from "./lib/presets.ts";
import { navigate, route, safeNext } from "./lib/router.ts";
import { can, homePath, isGuest, loadSession, session, switchedOff, user } from "./lib/session.ts";
import { switcherOpen } from "./lib/shortcuts.ts";
import { toast } from "./lib/toasts.ts";
import { loadChannels } from "./areas/chat/lib/channels.ts";
import { startChat, stopChat } from "./areas/chat/lib/live_chat.ts";
import { Switcher } from "./areas/chat/switcher.tsx";
import { LoginPage } from "./areas/sign_in/login.tsx";
import { SecondFactorRequiredPage } from "./areas/sign_in/second_factor_required.tsx";
import { startTelemetry } from "./lib/telemetry.ts";
import { MaintenancePage } from "./areas/sign_in/maintenance.tsx";
import { SetupPage } from "./areas/sign_in/setup.tsx";

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
  const signedIn = state.kind === "signed_in";
  const shut = signedIn && state.user.second_factor_required === true;
  const page = pageAt(path), door = page?.door ? page : undefined;
  const role = signedIn ? state.user.role : null, reads = signedIn && can("chat.read");
  const rights = signedIn && !shut ? [role, ...state.user.permissions ?? []].join() : "";
  const outside = path === "/login" || path === "/setup";

  useEffect(() => {
    if (!signedIn || shut) return;
    startChat();
    const stopPresence = startPresence();
    startLive();
    loadPresets();
    const stopTelemetry = startTelemetry();
    return () => {
      stopTelemetry();
      stopPresence();
      stopLive();
      stopChat();
    };
  }, [signedIn, shut, role === "guest", reads]);

  // Rights that came while the window was open: what was refused before is followed from now on.
  const before = useRef("");
  useEffect(() => {
    const changed = before.current !== "" && rights !== "";
    before.current = rights;
    if (!changed) return;
    followBase();
    if (reads) void loadChannels();
  }, [rights]);

  useEffect(() => {
    const due = user.value?.second_factor_due;
    if (!due || path === "/profile") return;
    const date = dateTime(Date.parse(due), locale(), 0);
    toast({
      kind: "info",
      icon: "shield",
      title: t("required.due", { date }),
      href: "/profile",
      action: t("second.set_up"),
    });
  }, [signedIn]);

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
      if (shut) return <SecondFactorRequiredPage />;
      if (door) return <Door page={door} />;
      return outside ? null : (
        <Shell>
          <CurrentPage path={path} page={page} />
          {switcherOpen.value ? <Switcher /> : null}
          {statusOpen.value ? <StatusDialog /> : null}
        </Shell>
      );
    default:
      if (door && state.kind === "signed_out") return <Door page={door} />;
      return path === "/setup" ? <SetupPage /> : <LoginPage />;
  }
}

/** Administrators begin at the dashboard, everybody else in the chat. */
function Home() {
  useEffect(() => navigate(homePath(), { replace: true }), []);
  return null;
}

function Door({ page }: { page: Page }) {
  return <Loaded key={page.path} load={page.load} waiting={<Splash />} />;
}

function Splash() {
  return (
    <div class="splash" role="status" aria-label={t("state.loading")}>
      <Logo size={48} />
    </div>
  );
}

function CurrentPage({ path, page }: { path: string; page?: Page }) {
  if (path === "/") return <Home />;
  if (!page) {
    return (
      <>
        <PageHead title={t("page.missing")} />
        <Empty page icon="compass" text={t("page.missing.text")}>
          <Button kind="primary" onClick={() => navigate("/")}>{t("page.home")}</Button>
        </Empty>
      </>
    );
  }
  if (page.permission && !can(page.permission)) {
    const part = switchedOff(page.permission);
    const home = <Button kind="primary" onClick={() => navigate("/")}>{t("page.home")}</Button>;
    if (part) {
      const title = t("page.switched_off", { part: t(`features.${part}`) });
      return <Shut page={page} title={title} text={t("error.feature_disabled.next")}>{home}</Shut>;
    }
    const right = tryT(`scope.${page.permission}`) ?? page.permission;
    return <Shut page={page} text={t("page.forbidden.text", { right })}>{home}</Shut>;
  }
  if (page.insiders && isGuest()) {
    return (
      <Shut page={page} text={t("page.insiders.text")}>
        <Button kind="primary" onClick={() => navigate("/chat")}>{t("page.insiders.go")}</Button>
      </Shut>
    );
  }
  return (
    <Boundary key={page.path}>
      <Loaded load={page.load} waiting={<Waiting page={page} />} />
    </Boundary>
  );
}

/** Until a page is loaded its name stands there. */
function Waiting({ page }: { page: Page }) {
  return (
    <>
      <PageHead title={t(page.label)} />
      <Skeleton tall />
    </>
  );
}

/** In place of a page that the person may not see, under its name. */
function Shut({ page, title, text, children }: {
  page: Page;
  title?: string;
  text: string;
  children: ComponentChild;
}) {
  return (
    <>
      <PageHead title={t(page.label)} />
      <Empty page icon="lock" title={title ?? t("page.forbidden")} text={text}>{children}</Empty>
    </>
  );
}
