// Who uses a file: all features that have said so (`Feature.mediaUsers`) are asked, one after the other, in the caller's
// transaction.
import type { App } from "../features/context.ts";
import { features } from "../features/mod.ts";

export const mediaInUse: App["mediaInUse"] = async (db, organizationId, ids) => {
  const used = new Set<string>();
  for (const { mediaUsers } of features) {
    if (!mediaUsers) continue;
    const open = ids.filter((id) => !used.has(id));
    if (open.length === 0) break;
    for (const id of await mediaUsers(db, organizationId, open)) used.add(id);
  }
  return used;
};
