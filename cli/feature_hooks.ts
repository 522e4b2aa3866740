// What the App asks of all features, one after the other, in the caller's transaction.
import type { App, Ctx, NewOrganization } from "../features/context.ts";
import { features } from "../features/mod.ts";
import type { Queryable, Tx } from "../db/sql.ts";

/** Who uses a file (`Feature.mediaUsers`). */
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

/** Whom a person meets (`Feature.acquaintances`). */
export async function acquaintances(
  app: App,
  db: Queryable,
  organizationId: string,
  userId: string,
): Promise<string[]> {
  const met = new Set<string>();
  for (const feature of features) {
    for (const id of await feature.acquaintances?.(app, db, { organizationId, userId }) ?? []) met.add(id);
  }
  return [...met];
}

/** What every new organisation has (`Feature.furnish`). */
export async function furnish(app: App, tx: Tx, organization: NewOrganization): Promise<void> {
  for (const feature of features) await feature.furnish?.(app, tx, organization);
}

/** Where the actor may put people (`Feature.invitable`). */
export const invitable = async (app: App, ...[db, actor, ids]: Parameters<App["invitable"]>): Promise<string[]> => {
  const found: string[] = [];
  for (const feature of features) found.push(...await feature.invitable?.(app, db, actor, ids) ?? []);
  return found;
};

/** What every new person has (`Feature.welcome`). */
export const welcome = async (app: App, ...[tx, person]: Parameters<App["welcome"]>): Promise<void> => {
  for (const feature of features) await feature.welcome?.(app, tx, person);
};

/** A group has other people (`Feature.regroup`). */
export async function regroup(ctx: Ctx, tx: Tx, groupId: string): Promise<void> {
  for (const feature of features) await feature.regroup?.(ctx, tx, groupId);
}

/** Takes a person out whose account ends (`Feature.leave`). */
export async function leave(app: App, ...[tx, organizationId, userId]: Parameters<App["leave"]>): Promise<void> {
  for (const feature of features) await feature.leave?.(app, tx, { organizationId, userId });
}
