// Beside the rail: the list of the area that is shown. Its own (the channels of the chat), or its pages under their headings.
import { useEffect, useRef } from "preact/hooks";
import { Boundary } from "../components/boundary.tsx";
import { Broken } from "../components/broken.tsx";
import { Skeleton } from "../components/states.tsx";
import { Icon } from "../components/icon.tsx";
import { t } from "../lib/i18n.ts";
import { pagesShown } from "../lib/navigation.ts";
import { route } from "../lib/router.ts";
import type { Area, Page } from "./area.ts";
import { Loaded } from "./loaded.tsx";
import { listOf } from "./parts.ts";
import { liesOver, listShown, putAway } from "./list_state.ts";

export function AreaList({ area }: { area: Area }) {
  const box = useRef<HTMLDivElement>(null);
  const list = listOf(area), over = liesOver(area) && listShown(area);
  // Over the page, the list has the focus, and gives it back.
  useEffect(() => {
    if (!over) return;
    const before = document.activeElement as HTMLElement | null;
    const first = box.current!.querySelector<HTMLElement>("a[aria-current], a");
    first?.focus({ preventScroll: true });
    const away = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      const inside = box.current?.contains(document.activeElement);
      putAway();
      if (event instanceof KeyboardEvent && inside) before?.focus({ preventScroll: true });
    };
    document.addEventListener("keydown", away);
    return () => document.removeEventListener("keydown", away);
  }, [over]);
  return (
    <>
      <div
        class="area-list"
        id="area-list"
        ref={box}
        onFocusOut={(event) => {
          const to = event.relatedTarget as Element | null;
          if (over && to && !box.current!.contains(to) && !to.closest(".list-toggle")) putAway();
        }}
      >
        <Boundary key={area.name} fallback={(retry) => <Broken onRetry={retry} />}>
          {list ? <Loaded part={list} waiting={<Skeleton rows={8} />} /> : <PageList area={area} />}
        </Boundary>
      </div>
      {over ? <div class="list-shade" onClick={putAway} aria-hidden="true" /> : null}
    </>
  );
}

function PageList({ area }: { area: Area }) {
  const groups: { heading: Page["group"]; pages: Page[] }[] = [];
  for (const page of pagesShown(area)) {
    if (groups.at(-1)?.heading === page.group && groups.length) groups.at(-1)!.pages.push(page);
    else groups.push({ heading: page.group, pages: [page] });
  }
  return (
    <nav class="page-list" aria-label={t(area.label)}>
      <h2 class="list-title">{t(area.label)}</h2>
      {groups.map(({ heading, pages }) => (
        <section key={pages[0]!.path}>
          {heading ? <h3>{t(heading)}</h3> : null}
          <ul>
            {pages.map((page) => (
              <li key={page.path}>
                <PageLink page={page} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function PageLink({ page }: { page: Page }) {
  const badge = page.badge?.();
  const count = typeof badge === "number" ? badge : 0;
  return (
    <a class="page-link" href={page.path} aria-current={route.value.path === page.path ? "page" : undefined}>
      <Icon name={page.icon} size={18} />
      <span class="page-name">{t(page.label)}</span>
      {count > 0 ? <span class="count">{count > 99 ? "99+" : count}</span> : null}
    </a>
  );
}
