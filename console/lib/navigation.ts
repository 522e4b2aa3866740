// The pages of the areas' manifests that can be gone to: the navigation, the letters after `g` and Ctrl+K read them here.
import type { Page } from "../app/area.ts";
import { AREAS } from "../areas.ts";
import { can, isGuest } from "./session.ts";

const shown = AREAS.filter(({ rail }) => rail !== "hidden");
/** What is worked in stands together: on a phone it is the bar. Then one group per area. */
export const NAV_GROUPS: readonly (readonly Page[])[] = [
  shown.filter(({ rail }) => rail === "top").flatMap(({ pages }) => pages),
  ...shown.filter(({ rail }) => rail === "bottom").map(({ pages }) => pages),
];

const allowed = (pages: readonly Page[]) =>
  pages.filter(({ permission, insiders }) => (!permission || can(permission)) && !(insiders && isGuest()));

/** The groups of the navigation as far as the person may see them; the first one is the bar of a phone. */
export const navGroups = (): Page[][] => NAV_GROUPS.map(allowed);
export const navItems = (): Page[] => navGroups().flat();

/** The page at an address; undefined where there is none. */
export function pageAt(path: string): Page | undefined {
  return AREAS.flatMap(({ pages }) => pages).find((page) =>
    page.path === path || (page.below && path.startsWith(`${page.path}/`))
  );
}
