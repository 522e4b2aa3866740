// Oneself: at the foot of the rail, on a phone behind the last place of the bar, there with whatever has no place in it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ChatAvatar } from "../areas/chat/avatar.tsx";
import { streaming } from "../components/connection.tsx";
import { guarded } from "../components/guarded.tsx";
import { Icon } from "../components/icon.tsx";
import { toastError } from "../components/states.tsx";
import { statusOpen } from "../lib/presence.ts";
import { streamHelpOpen } from "../components/stream_help.tsx";
import { t } from "../lib/i18n.ts";
import { areaHref } from "../lib/navigation.ts";
import { shownOf } from "../lib/presence.ts";
import { signOut, user } from "../lib/session.ts";
import { helpOpen, switcherOpen } from "../lib/shortcuts.ts";
import { dark, setTheme } from "../lib/theme.ts";
import type { Area } from "./area.ts";

/** A button with a menu over the page; Esc and a press beside it close it. */
function MenuButton(
  { class: name, current, children, menu }: {
    class: string;
    current?: boolean;
    children: ComponentChildren;
    menu: (close: () => void) => ComponentChildren;
  },
) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        if (box.current?.contains(document.activeElement)) button.current?.focus();
      } else if (box.current?.contains(event.target as Node)) return;
      setOpen(false);
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
        class={name}
        ref={button}
        aria-haspopup="true"
        aria-expanded={open}
        aria-current={current ? "true" : undefined}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open ? menu(() => setOpen(false)) : null}
    </div>
  );
}

export function PersonMenu({ current }: { current: boolean }) {
  const me = user.value!;
  return (
    <MenuButton class="avatar-button" current={current} menu={(close) => <Items onClose={close} />}>
      <span class="offscreen">{t("menu.person", { name: me.display_name || me.username })}</span>
      <ChatAvatar user={me} size={36} presence />
    </MenuButton>
  );
}

/** The last place of a phone's bar. `areas`: those that the bar has no room for. */
export function MoreMenu({ current, areas }: { current: boolean; areas: readonly Area[] }) {
  return (
    <MenuButton class="area-link" current={current} menu={(close) => <Items onClose={close} areas={areas} />}>
      <span class="area-icon">
        <ChatAvatar user={user.value!} size={24} presence />
      </span>
      <span class="area-name">{t("nav.more")}</span>
    </MenuButton>
  );
}

const Items = guarded(function Items({ onClose, areas }: { onClose: () => void; areas?: readonly Area[] }) {
  const me = user.value!;
  return (
    <div class="menu" onClick={(event) => (event.target as Element).closest("a,button") && onClose()}>
      <div class="menu-head">
        <strong>{me.display_name || me.username}</strong>
        <span class="muted">{me.email ?? me.username} · {t(`role.${me.role}`)}</span>
      </div>
      {areas?.map((area) => <Item key={area.name} icon={area.icon} text={t(area.label)} href={areaHref(area)} />)}
      {areas ? <Item icon="search" text={t("rail.search")} onClick={() => switcherOpen.value = true} /> : null}
      <button type="button" class="menu-status" onClick={() => statusOpen.value = true}>
        <span class={`pdot pdot-${shownOf(me.id).status}`} />
        <span>{me.status_text ?? t("status.set")}</span>
      </button>
      <Item icon="user" text={t("nav.profile")} href="/profile" />
      <Item icon="settings" text={t("inbox.preferences")} href="/inbox?tab=preferences" />
      <Item
        icon={dark.value ? "sun" : "moon"}
        text={t(dark.value ? "theme.to_light" : "theme.to_dark")}
        onClick={() => setTheme(dark.value ? "light" : "dark")}
      />
      {streaming() ? <Item icon="info" text={t("link.stream")} onClick={() => streamHelpOpen.value = true} /> : null}
      <Item icon="activity" text={t("nav.about")} href="/about" />
      <Item icon="doc" text={t("about.docs")} href="/docs" />
      {areas ? null : <Item icon="keyboard" text={t("keys.title")} onClick={() => helpOpen.value = true} />}
      <Item icon="log-out" text={t("action.sign_out")} onClick={() => void signOut().catch(toastError)} />
    </div>
  );
});

function Item({ icon, text, href, onClick }: { icon: string; text: string; href?: string; onClick?: () => void }) {
  const inside = (
    <>
      <Icon name={icon} />
      {text}
    </>
  );
  return href ? <a href={href}>{inside}</a> : <button type="button" onClick={onClick}>{inside}</button>;
}
