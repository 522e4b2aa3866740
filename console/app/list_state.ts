// Whether an area's list is shown beside the rail. Where there is room it stands in the page and is remembered for each area;
// where there is little, a list of pages lies over the page for as long as it is used. On a phone it is a screen of its own,
// with an address: there is nothing to keep.
import { signal } from "@preact/signals";
import { readJson, writeStored } from "../lib/storage.ts";
import type { Area } from "./area.ts";

/** A signal that follows a media query. There is none where the units run. */
function follow(query: string) {
  const media = globalThis.matchMedia?.(query);
  const matches = signal(media?.matches ?? false);
  media?.addEventListener("change", (event) => matches.value = event.matches);
  return matches;
}

/** The widths of shell.css. */
export const onPhone = follow("(max-width: 640px)");
const little = follow("(max-width: 1180px)");

const KEY = "lists_closed";
const closed = signal<readonly string[]>(readJson<string[]>(KEY, []));
const over = signal(false);

/** Over the page instead of in it: lists of pages; one that is worked in (the channels) keeps its place. */
export const liesOver = (area: Area): boolean => little.value && !area.list;

export const listShown = (area: Area): boolean => liesOver(area) ? over.value : !closed.value.includes(area.name);

export function toggleList(area: Area): void {
  if (liesOver(area)) return void (over.value = !over.value);
  const others = closed.peek().filter((name) => name !== area.name);
  closed.value = listShown(area) ? [...others, area.name] : others;
  writeStored(KEY, closed.peek().length ? JSON.stringify(closed.peek()) : null);
}

/** What lay over the page goes with the page. */
export const putAway = (): void => void (over.value = false);
