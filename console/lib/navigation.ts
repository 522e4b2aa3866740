// The areas and pages of the manifests that can be gone to: the rail and the lists, the letters after `g` and Ctrl+K read
// them here.
import type { Area, Page } from "../app/area.ts";
import { AREAS } from "../areas.ts";
import { can, isGuest } from "./session.ts";

const listed = AREAS.filter(({ rail }) => rail !== "hidden");
/** Every page that stands in a list, whoever may see it. */
export const NAV_PAGES: readonly Page[] = listed.flatMap(({ pages }) => pages);

/** The pages of an area that the person may see. */
export const pagesShown = ({ pages }: Pick<Area, "pages">): Page[] =>
  pages.filter(({ permission, insiders }) => (!permission || can(permission)) && !(insiders && isGuest()));

export const navItems = (): Page[] => pagesShown({ pages: NAV_PAGES });

/** Areas with a sign of their own, from above, as far as there is a page in them for the person. */
export const areasShown = (): Area[] =>
  (["top", "bottom"] as const).flatMap((place) => AREAS.filter(({ rail }) => rail === place))
    .filter((area) => pagesShown(area).length > 0);

/** Where the sign of an area leads: to its first page that the person may see. */
export const areaHref = (area: Area): string => pagesShown(area)[0]?.path ?? "/";

/** The area whose list stands beside an address. */
export function areaAt(path: string): Area | undefined {
  const page = pageAt(path);
  return listed.find((area) => area.home === path || (page && area.pages.includes(page)));
}

/** The page at an address; undefined where there is none. */
export function pageAt(path: string): Page | undefined {
  return AREAS.flatMap(({ pages }) => pages).find((page) =>
    page.path === path || (page.below && path.startsWith(`${page.path}/`))
  );
}
