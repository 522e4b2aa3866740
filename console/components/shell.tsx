// The frame around every page of the signed-in console: navigation (a column, on a phone a bar below and a drawer), the
// bell, the state of the connection, the person's menu.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { duration } from "../lib/format.ts";
import { language, t } from "../lib/i18n.ts";
import { chatBadge } from "../areas/chat/badge.ts";
import { retryLive } from "../lib/live/connection.ts";
import { link } from "../lib/live/link.ts";
import { unread } from "../lib/unread.ts";
import { StreamHelp, streamHelpOpen } from "./stream_help.tsx";
import type { Page } from "../app/area.ts";
import { navGroups, navItems } from "../lib/navigation.ts";
import { shownOf } from "../lib/presence.ts";
import { route } from "../lib/router.ts";
import { can, signOut, user } from "../lib/session.ts";
import { helpOpen, keyNames, shortcutList } from "../lib/shortcuts.ts";
import { dark, setTheme } from "../lib/theme.ts";
import { now } from "../lib/clock.ts";
import { guarded } from "./guarded.tsx";
import { Button } from "./basic.tsx";
import { Bell } from "./bell.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon, Logo } from "./icon.tsx";
import { toastError } from "./states.tsx";
import { statusOpen } from "./status_dialog.tsx";
import { ChatAvatar } from "../areas/chat/avatar.tsx";

export function Shell({ children }: { children: ComponentChildren }) {
  const [drawer, setDrawer] = useState(false);
  const path = route.value.path;
  useEffect(() => setDrawer(false), [path]);
  useEffect(() => {
    if (!drawer) return;
    const close = (event: KeyboardEvent) => event.key === "Escape" && setDrawer(false);
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [drawer]);
  const [main = [], ...others] = navGroups();
  const groups = [main, ...others].filter((group) => group.length);
  return (
    <>
      <a class="skip" href="#main">{t("a11y.skip")}</a>
      <div class={drawer ? "shell drawer-open" : "shell"}>
        <aside class="side" id="side">
          <a class="brand" href="/">
            <Logo />
            <span>
              <strong>Pulpo</strong>
              <small>{user.value?.organization?.name}</small>
            </span>
          </a>
          <nav aria-label={t("a11y.main_nav")}>
            {groups.map((group, i) => (
              <ul key={i}>
                {group.map((item) => (
                  <li key={item.path}>
                    <NavLink item={item} current={path} />
                  </li>
                ))}
              </ul>
            ))}
          </nav>
          <div class="side-foot">
            <Button kind="quiet" small icon="keyboard" onClick={() => helpOpen.value = true}>{t("keys.title")}</Button>
          </div>
        </aside>
        <div class="drawer-shade" onClick={() => setDrawer(false)} aria-hidden="true" />
        <div class="body">
          <header class="top">
            <a class="brand brand-small" href="/" aria-label={t("nav.home")}>
              <Logo size={24} />
            </a>
            <Connection />
            <div class="top-actions">
              <Button
                kind="quiet"
                icon={dark.value ? "sun" : "moon"}
                label={t(dark.value ? "theme.to_light" : "theme.to_dark")}
                onClick={() => setTheme(dark.value ? "light" : "dark")}
              />
              <Bell />
              <PersonMenu />
            </div>
          </header>
          <main id="main" tabIndex={-1}>{children}</main>
        </div>
        <nav class="bottom" aria-label={t("a11y.bottom_nav")}>
          {main.filter((item) => item.path !== "/live").map((item) => (
            <NavLink key={item.path} item={item} current={path} badge />
          ))}
          <button type="button" aria-expanded={drawer} aria-controls="side" onClick={() => setDrawer(!drawer)}>
            <Icon name="menu" size={24} />
            <span>{t("nav.more")}</span>
          </button>
        </nav>
      </div>
      {helpOpen.value ? <KeyHelp /> : null}
      {streamHelpOpen.value ? <StreamHelp /> : null}
    </>
  );
}

function NavLink({ item, current, badge }: { item: Page; current: string; badge?: boolean }) {
  const active = `${current}/`.startsWith(`${item.path}/`);
  const waits = item.path === "/chat"
    ? chatBadge.value
    : item.path === "/inbox"
    ? unread.value || undefined
    : undefined;
  return (
    <a href={item.path} aria-current={active ? "page" : undefined}>
      <span class="nav-icon">
        <Icon name={item.icon} size={badge === undefined ? 20 : 24} />
        {badge && waits ? <span class="dot" /> : null}
      </span>
      <span>{t(item.label)}</span>
      {badge === undefined && typeof waits === "number"
        ? <span class="count">{waits > 99 ? "99+" : waits}</span>
        : null}
      {badge === undefined && waits === "dot"
        ? <span class="nav-dot" role="img" aria-label={t("chat.unread")} />
        : null}
    </a>
  );
}

/** State of the socket in words; while offline with the time to the next try. */
export function Connection({ detailed = false }: { detailed?: boolean }) {
  const { state, retryAt, transport } = link.value;
  const streaming = state === "live" && transport === "stream";
  const seconds = retryAt ? Math.max(0, Math.ceil((retryAt - now.value) / 1000)) : null;
  return (
    <div class={`link link-${state}${streaming ? " link-stream" : ""}`} role="status">
      <span class="link-dot" aria-hidden="true" />
      <span class="link-text">{t(streaming ? "link.stream" : `link.${state}`)}</span>
      {streaming
        ? (
          <Button
            kind="quiet"
            small
            icon="info"
            label={t("link.stream_why")}
            onClick={() => streamHelpOpen.value = true}
          >
            {t("link.stream_why")}
          </Button>
        )
        : null}
      {state === "offline" && seconds !== null
        ? (
          <>
            <span class="muted link-wait" aria-hidden="true">
              {t("link.retry_in", { time: duration(seconds, language.value) })}
            </span>
            <Button kind="quiet" small onClick={retryLive}>{t("link.retry_now")}</Button>
          </>
        )
        : null}
      {detailed && state === "live" ? <span class="muted">{t("link.live_text")}</span> : null}
    </div>
  );
}

function PersonMenu() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const me = user.value!;
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", outside);
    };
  }, [open]);
  return (
    <div class="menu-box" ref={box}>
      <button
        type="button"
        class="avatar-button"
        aria-haspopup="true"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span class="offscreen">{t("menu.person", { name: me.display_name || me.username })}</span>
        <ChatAvatar user={me} size={32} presence />
      </button>
      {open ? <PersonMenuItems onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

const PersonMenuItems = guarded(function PersonMenuItems({ onClose }: { onClose: () => void }) {
  const me = user.value!;
  const leave = () => signOut().catch(toastError);
  return (
    <div class="menu" onClick={(event) => (event.target as Element).closest("a,button") && onClose()}>
      <div class="menu-head">
        <strong>{me.display_name || me.username}</strong>
        <span class="muted">{me.email ?? me.username} · {t(`role.${me.role}`)}</span>
      </div>
      <button type="button" class="menu-status" onClick={() => statusOpen.value = true}>
        <span class={`pdot pdot-${shownOf(me.id).status}`} />
        <span>{me.status_text ?? t("status.set")}</span>
      </button>
      <a href="/profile">
        <Icon name="user" />
        {t("nav.profile")}
      </a>
      <a href="/inbox?tab=preferences">
        <Icon name="settings" />
        {t("inbox.preferences")}
      </a>
      <a href="/docs">
        <Icon name="doc" />
        {t("about.docs")}
      </a>
      <button type="button" onClick={leave}>
        <Icon name="log-out" />
        {t("action.sign_out")}
      </button>
    </div>
  );
});

/** Every key there is, as far as it is of use to this person. */
const KeyHelp = guarded(function KeyHelp() {
  const lists = shortcutList(navItems()).filter(({ permission }) => !permission || can(permission));
  return (
    <Dialog title={t("keys.title")} onClose={() => helpOpen.value = false} wide>
      <div class="keys-groups" tabIndex={0} role="group" aria-label={t("keys.title")}>
        {lists.map(({ title, entries }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl class="keys">
              {entries.map(({ combos, label }) => (
                <div key={combos[0]}>
                  <dt>{keyNames(combos[0]!).map((name) => <kbd key={name}>{name}</kbd>)}</dt>
                  <dd>{t(label)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}, () => helpOpen.value = false);
