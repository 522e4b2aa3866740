// The frame around every page of the signed-in console: the rail of areas, the list of the area that is shown, the page. On
// a phone the list is a screen of its own and the areas stand in a bar below.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { LinkLine } from "../components/connection.tsx";
import { Icon } from "../components/icon.tsx";
import { StreamHelp, streamHelpOpen } from "../components/stream_help.tsx";
import { t } from "../lib/i18n.ts";
import { areaAt } from "../lib/navigation.ts";
import { inner, isOurs } from "../lib/base.ts";
import { route } from "../lib/router.ts";
import { homePath } from "../lib/session.ts";
import { bindList } from "../lib/shortcuts.ts";
import type { Area } from "./area.ts";
import { AreaList } from "./area_list.tsx";
import { BottomBar } from "./bottom_bar.tsx";
import { liesOver, listShown, onPhone, putAway, toggleList } from "./list_state.ts";
import { preload } from "./parts.ts";
import { Rail } from "./rail.tsx";

export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = route.value;
  // Where one is sent on from `/` the frame stands already.
  const area = areaAt(path === "/" ? homePath() : path);
  const name = area?.name;
  useEffect(putAway, [path]);
  useEffect(() => bindList(area ? () => toggleList(area) : null), [name]);
  const list = !area ? "none" : liesOver(area) ? "over" : "beside";
  return (
    <>
      <a class="skip" href="#main">{t("a11y.skip")}</a>
      <div
        class="shell"
        data-area={name}
        data-list={area && listShown(area) ? list : "none"}
        data-screen={path === area?.home ? "list" : "page"}
        onPointerOver={foresee}
        onFocusIn={foresee}
      >
        <Rail area={area} />
        {area ? <AreaList area={area} /> : null}
        <div class="body">
          <LinkLine />
          <main id="main" tabIndex={-1}>
            {area ? <ToList area={area} path={path} /> : null}
            {children}
          </main>
        </div>
        <BottomBar area={area} />
      </div>
      {streamHelpOpen.value ? <StreamHelp /> : null}
    </>
  );
}

/** A link of the rail, the bar or a list that is pointed at or has the focus: where it leads is loaded already. */
function foresee({ target }: Event): void {
  const link = (target as Element).closest<HTMLAnchorElement>(":is(.rail, .area-list, .bottom) a[href]");
  if (link && link.origin === location.origin && isOurs(link.pathname)) preload(inner(link.pathname));
}

/** Where the list is not beside the page: the way to it. The chat, whose list keeps its place, has its own on a phone. */
function ToList({ area, path }: { area: Area; path: string }) {
  if (area.list || path === area.home) return null;
  const name = t(area.label);
  if (!onPhone.value) {
    return liesOver(area)
      ? (
        <button
          type="button"
          class="to-list list-toggle"
          aria-expanded={listShown(area)}
          aria-controls="area-list"
          onClick={() => toggleList(area)}
        >
          <Icon name="menu" size={18} />
          {name}
        </button>
      )
      : null;
  }
  return area.home
    ? (
      <a class="to-list" href={area.home}>
        <Icon name="arrow-left" size={18} />
        {name}
      </a>
    )
    : null;
}
