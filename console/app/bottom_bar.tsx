// A phone's bar: four areas and "more". The sign of the area that is shown leads to its list, a screen of its own there.
import { t } from "../lib/i18n.ts";
import { areaHref, areasShown } from "../lib/navigation.ts";
import type { Area } from "./area.ts";
import { MoreMenu } from "./person_menu.tsx";
import { AreaLink } from "./rail.tsx";

const PLACES = 4;

/** Where something waits for the person, the first page; the way to the list is one touch more. */
const barHref = (area: Area): string => area.badge && !area.list ? areaHref(area) : area.home ?? areaHref(area);

export function BottomBar({ area }: { area: Area | undefined }) {
  const areas = areasShown();
  const shown = areas.slice(0, PLACES), rest = areas.slice(PLACES);
  return (
    <nav class="bottom" aria-label={t("a11y.bottom_nav")}>
      {shown.map((one) => (
        <AreaLink key={one.name} area={one} active={one === area} href={one === area ? one.home : barHref(one)} />
      ))}
      <MoreMenu current={area !== undefined && !shown.includes(area)} areas={rest} />
    </nav>
  );
}
