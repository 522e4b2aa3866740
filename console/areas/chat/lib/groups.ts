// The organisation's groups, for completing their handles. Guests have none.
import { signal } from "@preact/signals";
import type { UserGroup } from "../../../../protocol/accounts/user_groups.ts";
import { get } from "../../../lib/api.ts";
import { user } from "../../../lib/session.ts";
import type { Page } from "../../../lib/types.ts";
import { plain } from "./text.ts";

const MAX_PAGES = 5;
export const groups = signal<readonly UserGroup[]>([]);

/** Reads them anew; without them nothing is completed, everything else works. */
export async function loadGroups(): Promise<void> {
  if (user.value?.role === "guest") return;
  try {
    const all: UserGroup[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer: Page<UserGroup> = await get<Page<UserGroup>>("/user-groups", { limit: 200, cursor });
      all.push(...answer.items);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    groups.value = all;
  } catch { /* the next time */ }
}

/** Groups whose handle or name begins with the text, or has a word that does. */
export function findGroups(query: string, limit: number): UserGroup[] {
  const wanted = plain(query);
  return groups.value.filter(({ handle, name }) =>
    handle.startsWith(wanted) || plain(name).startsWith(wanted) || plain(name).includes(` ${wanted}`)
  ).slice(0, limit);
}
