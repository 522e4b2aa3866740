// The rail: the organisation, the areas of the console, and what is at hand everywhere (the list, search, the bell, oneself).
// Arrow keys go up and down the areas; with Tab they are one stop.
import { useRef, useState } from "preact/hooks";
import { Bell } from "../components/bell.tsx";
import { Button } from "../components/basic.tsx";
import { linkClass, linkText } from "../components/connection.tsx";
import { Icon } from "../components/icon.tsx";
import { initials } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { areaHref, areasShown } from "../lib/navigation.ts";
import { user } from "../lib/session.ts";
import { keyText, runShortcut, switcherOpen } from "../lib/shortcuts.ts";
import type { Area } from "./area.ts";
import { listShown, toggleList } from "./list_state.ts";
import { PersonMenu } from "./person_menu.tsx";

export function Rail({ area }: { area: Area | undefined }) {
  return (
    <header class="rail">
      <Mark />
      <Areas current={area} />
      <div class="rail-tools">
        {area ? <ListToggle area={area} /> : null}
        <Button
          kind="quiet"
          icon="search"
          label={`${t("rail.search")} (${keyText("everywhere", "switcher")})`}
          onClick={() => switcherOpen.value = true}
        />
        <Bell />
        <PersonMenu current={area?.name === "account"} />
      </div>
    </header>
  );
}

/** The organisation and, at its corner, the light of the connection. */
function Mark() {
  const name = user.value?.organization?.name ?? "Pulpo";
  return (
    <a class="rail-mark" href="/" aria-label={t("rail.home", { name })} title={`${name} · ${linkText()}`}>
      <span aria-hidden="true">{initials(name)}</span>
      <span class={`rail-light ${linkClass()}`} aria-hidden="true">
        <span class="link-dot" />
      </span>
    </a>
  );
}

function Areas({ current }: { current: Area | undefined }) {
  const areas = areasShown();
  const nav = useRef<HTMLElement>(null);
  // The one stop for Tab: where the arrows left it, else the area that is shown.
  const [at, setAt] = useState<string | null>(null);
  const names = areas.map(({ name }) => name);
  const stop = [at, current?.name].find((name) => name && names.includes(name)) ?? names[0];
  const go = (to: number) => {
    const links = [...nav.current!.querySelectorAll("a")];
    links[(to + links.length) % links.length]?.focus();
  };
  const here = () => names.indexOf(stop!);
  return (
    <nav
      class="rail-areas"
      aria-label={t("a11y.main_nav")}
      ref={nav}
      onFocusOut={(event) => nav.current?.contains(event.relatedTarget as Node) || setAt(null)}
      onKeyDown={(event) =>
        runShortcut("rail", event, {
          up: () => go(here() - 1),
          down: () => go(here() + 1),
          first: () => go(0),
          last: () => go(-1),
        })}
    >
      <ul>
        {areas.map((area) => (
          <li key={area.name} class={area.rail === "bottom" ? "rail-apart" : undefined}>
            <AreaLink
              area={area}
              active={area === current}
              tabIndex={area.name === stop ? 0 : -1}
              onFocus={() => setAt(area.name)}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** An area's sign, with what waits in it. */
export function AreaLink(
  { area, active, href = areaHref(area), ...rest }: {
    area: Area;
    active: boolean;
    href?: string;
    tabIndex?: number;
    onFocus?: () => void;
  },
) {
  const badge = area.badge?.();
  const count = typeof badge === "number" ? badge : 0;
  return (
    <a {...rest} class="area-link" href={href} aria-current={active ? "true" : undefined}>
      <span class="area-icon">
        <Icon name={area.icon} size={24} />
        {count > 0
          ? <span class="count area-count" aria-hidden="true">{count > 99 ? "99+" : count}</span>
          : badge === "dot"
          ? <span class="dot area-dot" aria-hidden="true" />
          : null}
      </span>
      <span class="area-name">{t(area.sign ?? area.label)}</span>
      {count > 0
        ? <span class="offscreen">, {t("rail.waiting", { n: count })}</span>
        : badge === "dot"
        ? <span class="offscreen">, {t("chat.unread")}</span>
        : null}
    </a>
  );
}

function ListToggle({ area }: { area: Area }) {
  const open = listShown(area);
  return (
    <Button
      kind="quiet"
      icon="sidebar"
      class="list-toggle"
      label={`${t(open ? "rail.list_hide" : "rail.list_show")} (${keyText("everywhere", "list")})`}
      aria-expanded={open}
      aria-controls="area-list"
      onClick={() => toggleList(area)}
    />
  );
}
