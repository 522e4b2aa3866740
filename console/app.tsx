// Which page stands at which address, and what is shown before anyone is signed in.
import type { ComponentChild, ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, PageHead } from "./components/basic.tsx";
import { Boundary } from "./components/boundary.tsx";
import { Logo, Sprite } from "./components/icon.tsx";
import { StatusDialog, statusOpen } from "./components/status_dialog.tsx";
import { Shell } from "./components/shell.tsx";
import { Empty, Failure } from "./components/states.tsx";
import { Toasts } from "./components/toasts.tsx";
import { dateTime } from "./lib/format.ts";
import { language, locale, t, tryT } from "./lib/i18n.ts";
import { followBase, startLive, stopLive } from "./lib/live.ts";
import { NAV_GROUPS } from "./lib/navigation.ts";
import { startPresence } from "./lib/presence.ts";
import { loadPresets } from "./lib/presets.ts";
import { navigate, route, safeNext } from "./lib/router.ts";
import { can, homePath, isGuest, loadSession, session, switchedOff, user } from "./lib/session.ts";
import { switcherOpen } from "./lib/shortcuts.ts";
import { toast } from "./lib/toasts.ts";
import { AboutPage } from "./areas/account/about.tsx";
import { loadChannels } from "./areas/chat/lib/channels.ts";
import { startChat, stopChat } from "./areas/chat/lib/live_chat.ts";
import { AuditPage } from "./areas/administration/audit.tsx";
import { ChatAdminPage } from "./areas/administration/chat_admin.tsx";
import { ChatPage } from "./areas/chat/page.tsx";
import { Switcher } from "./areas/chat/switcher.tsx";
import { ConfirmPage } from "./areas/sign_in/confirm.tsx";
import { DashboardPage } from "./areas/notifications/dashboard.tsx";
import { InboxPage } from "./areas/notifications/inbox.tsx";
import { LivePage } from "./areas/notifications/live.tsx";
import { LoginPage } from "./areas/sign_in/login.tsx";
import { ModerationPage } from "./areas/administration/moderation.tsx";
import { ProfilePage } from "./areas/account/profile.tsx";
import { SecondFactorRequiredPage } from "./areas/sign_in/second_factor_required.tsx";
import { RegisterPage } from "./areas/sign_in/register.tsx";
import { ResetPage } from "./areas/sign_in/reset.tsx";
import { startTelemetry } from "./lib/telemetry.ts";
import { MaintenancePage } from "./areas/sign_in/maintenance.tsx";
import { ServerSettingsPage } from "./areas/administration/server_settings.tsx";
import { StatisticsPage } from "./areas/administration/statistics.tsx";
import { SetupPage } from "./areas/sign_in/setup.tsx";
import { GroupsPage } from "./areas/administration/groups.tsx";
import { RolesPage } from "./areas/administration/roles.tsx";
import { ServiceAccountsPage } from "./areas/administration/service_accounts.tsx";
import { OrganizationPage } from "./areas/administration/organization.tsx";
import { TokensPage } from "./areas/administration/tokens.tsx";
import { TransferPage } from "./areas/administration/transfer.tsx";
import { UsersPage } from "./areas/administration/users.tsx";
import { WebhooksPage } from "./areas/administration/webhooks.tsx";

interface PageRule {
  path: string;
  page: ComponentType;
  permission?: string;
  /** About the organisation as a whole: not for guests. */
  insiders?: true;
  /** Addresses below it belong to the page as well. */
  below?: true;
}

const PAGES: PageRule[] = [
  { path: "/chat", page: ChatPage, permission: "chat.read", below: true },
  { path: "/", page: Home },
  { path: "/dashboard", page: DashboardPage, insiders: true },
  { path: "/live", page: LivePage, insiders: true },
  { path: "/inbox", page: InboxPage },
  { path: "/moderation", page: ModerationPage, permission: "chat.moderate" },
  { path: "/users", page: UsersPage, permission: "users.manage" },
  { path: "/groups", page: GroupsPage, permission: "users.manage" },
  { path: "/service-accounts", page: ServiceAccountsPage, permission: "users.manage" },
  { path: "/roles", page: RolesPage, permission: "organization.manage" },
  { path: "/organization", page: OrganizationPage, permission: "organization.manage" },
  { path: "/tokens", page: TokensPage, permission: "tokens.manage" },
  { path: "/webhooks", page: WebhooksPage, permission: "webhooks.manage" },
  { path: "/chat-admin", page: ChatAdminPage, permission: "chat.manage" },
  { path: "/statistics", page: StatisticsPage, permission: "stats.read" },
  { path: "/transfer", page: TransferPage, permission: "chat.import" },
  { path: "/audit", page: AuditPage, permission: "audit.read" },
  { path: "/server-settings", page: ServerSettingsPage, permission: "server.settings" },
  { path: "/profile", page: ProfilePage },
  { path: "/about", page: AboutPage },
];

/** Pages behind links that anybody may open, signed in or not. */
const DOORS: Record<string, (() => ComponentChild) | undefined> = {
  "/register": () => <RegisterPage />,
  "/reset": () => <ResetPage />,
  "/confirm": () => <ConfirmPage />,
};

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
  const door = DOORS[path];
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
      return (
        <div class="splash" role="status" aria-label={t("state.loading")}>
          <Logo size={48} />
        </div>
      );
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
      if (door) return door();
      return outside ? null : (
        <Shell>
          <CurrentPage path={path} />
          {switcherOpen.value ? <Switcher /> : null}
          {statusOpen.value ? <StatusDialog /> : null}
        </Shell>
      );
    default:
      if (door && state.kind === "signed_out") return door();
      return path === "/setup" ? <SetupPage /> : <LoginPage />;
  }
}

/** Administrators begin at the dashboard, everybody else in the chat. */
function Home() {
  useEffect(() => navigate(homePath(), { replace: true }), []);
  return null;
}

function CurrentPage({ path }: { path: string }) {
  const rule = PAGES.find((entry) => entry.path === path || (entry.below && path.startsWith(`${entry.path}/`)));
  if (!rule) {
    return (
      <>
        <PageHead title={t("page.missing")} />
        <Empty page icon="compass" text={t("page.missing.text")}>
          <Button kind="primary" onClick={() => navigate("/")}>{t("page.home")}</Button>
        </Empty>
      </>
    );
  }
  if (rule.permission && !can(rule.permission)) {
    const part = switchedOff(rule.permission);
    const home = <Button kind="primary" onClick={() => navigate("/")}>{t("page.home")}</Button>;
    if (part) {
      const title = t("page.switched_off", { part: t(`features.${part}`) });
      return <Shut path={rule.path} title={title} text={t("error.feature_disabled.next")}>{home}</Shut>;
    }
    const right = tryT(`scope.${rule.permission}`) ?? rule.permission;
    return <Shut path={rule.path} text={t("page.forbidden.text", { right })}>{home}</Shut>;
  }
  if (rule.insiders && isGuest()) {
    return (
      <Shut path={rule.path} text={t("page.insiders.text")}>
        <Button kind="primary" onClick={() => navigate("/chat")}>{t("page.insiders.go")}</Button>
      </Shut>
    );
  }
  const Page = rule.page;
  return (
    <Boundary key={rule.path}>
      <Page />
    </Boundary>
  );
}

/** In place of a page that the person may not see, under its name. */
function Shut({ path, title, text, children }: {
  path: string;
  title?: string;
  text: string;
  children: ComponentChild;
}) {
  const name = NAV_GROUPS.flat().find((item) => item.path === path)?.label ?? "page.forbidden";
  return (
    <>
      <PageHead title={t(name)} />
      <Empty page icon="lock" title={title ?? t("page.forbidden")} text={text}>{children}</Empty>
    </>
  );
}
