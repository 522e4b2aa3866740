// Everything of the console that is for people who are signed in: the connection, the frame, and the page at the address.
// Loaded after the sign-in page, or at once where somebody is signed in already.
import type { ComponentChild } from "preact";
import { AreaHome } from "./area_home.tsx";
import { Shell } from "./shell.tsx";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { loadChannels } from "../areas/chat/lib/channels.ts";
import { startChat, stopChat } from "../areas/chat/lib/live_chat.ts";
import { Button, PageHead } from "../components/basic.tsx";
import { Boundary } from "../components/boundary.tsx";
import { Empty, Skeleton } from "../components/states.tsx";
import { FailedDialog } from "../components/guarded.tsx";
import { dateTime } from "../lib/format.ts";
import { locale, t, tryT } from "../lib/i18n.ts";
import { startLive, stopLive } from "../lib/live/start.ts";
import { followBase } from "../lib/live/subscriptions.ts";
import { areaAt, pageAt } from "../lib/navigation.ts";
import { startPresence, statusOpen } from "../lib/presence.ts";
import { loadPresets } from "../lib/presets.ts";
import { focusHeading, navigate, route } from "../lib/router.ts";
import { can, homePath, isGuest, switchedOff, user } from "../lib/session.ts";
import { helpOpen, switcherOpen } from "../lib/shortcuts.ts";
import { startTelemetry } from "../lib/telemetry.ts";
import { toast } from "../lib/toasts.ts";
import type { Page } from "./area.ts";
import { later, Loaded, type Meanwhile, whenIdle } from "./loaded.tsx";
import { partOf } from "./parts.ts";
import { TypedAhead } from "./typed_ahead.tsx";

const over = () => import("./over.ts");
const orFailure = (close: () => void): Meanwhile<object> => (_, failure) =>
  failure ? <FailedDialog failure={failure} onClose={close} /> : null;
const closeSwitcher = () => {
  switcherOpen.value = false;
};
const Switcher = later(
  () => over().then((m) => m.Switcher),
  (_, failure) =>
    failure ? <FailedDialog failure={failure} onClose={closeSwitcher} /> : <TypedAhead onClose={closeSwitcher} />,
);
const StatusDialog = later(() => over().then((m) => m.StatusDialog), orFailure(() => statusOpen.value = false));
const KeyHelp = later(() => over().then((m) => m.KeyHelp), orFailure(() => helpOpen.value = false));

/** The page comes first; what may stand over it follows this many milliseconds later. */
const OVER_AFTER_MS = 5_000;

function useOver(): void {
  useEffect(
    () => whenIdle(() => [Switcher, StatusDialog, KeyHelp].forEach((one) => one.soon()), OVER_AFTER_MS),
    [],
  );
}

export function Inside() {
  useConnection();
  useOver();
  const { path } = route.value;
  return (
    <Shell>
      <CurrentPage path={path} page={pageAt(path)} />
      {switcherOpen.value ? <Switcher /> : null}
      {statusOpen.value ? <StatusDialog /> : null}
      {helpOpen.value ? <KeyHelp /> : null}
    </Shell>
  );
}

/** Follows what concerns the person, for as long as they are signed in. */
function useConnection(): void {
  const me = user.value, reads = can("chat.read");
  const rights = me ? [me.role, ...me.permissions ?? []].join() : "";

  useEffect(() => {
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
  }, [me?.role === "guest", reads]);

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
    if (!due || route.peek().path === "/profile") return;
    const date = dateTime(Date.parse(due), locale(), 0);
    toast({
      kind: "info",
      icon: "shield",
      title: t("required.due", { date }),
      href: "/profile",
      action: t("second.set_up"),
    });
  }, []);
}

/** Administrators begin at the dashboard, everybody else in the chat. */
function Home() {
  useEffect(() => navigate(homePath(), { replace: true }), []);
  return null;
}

function CurrentPage({ path, page }: { path: string; page?: Page }) {
  if (path === "/") return <Home />;
  if (!page) {
    const area = areaAt(path);
    if (area) return <AreaHome area={area} />;
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
      <Loaded part={partOf(page)} waiting={<Waiting page={page} />} />
    </Boundary>
  );
}

/** Until a page is loaded its name stands there. Who was led to it is led on to the heading of the page. */
function Waiting({ page }: { page: Page }) {
  useLayoutEffect(() => () => {
    if (document.activeElement?.matches("main h1")) focusHeading();
  }, []);
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
