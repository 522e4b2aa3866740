// What the App asks of all features, one after the other, in the caller's transaction.
import type { App } from "../features/context.ts";
import type { Feature } from "../features/define.ts";

type Hooks = Pick<App, "mediaInUse" | "furnish" | "welcome" | "leave" | "regroup" | "acquaintances" | "invitable">;

/** @param app asked for at each call: the hooks are a part of it */
export function featureHooks(features: readonly Feature[], app: () => App): Hooks {
  return {
    async mediaInUse(db, organizationId, ids) {
      const used = new Set<string>();
      for (const { mediaUsers } of features) {
        if (!mediaUsers) continue;
        const open = ids.filter((id) => !used.has(id));
        if (open.length === 0) break;
        for (const id of await mediaUsers(db, organizationId, open)) used.add(id);
      }
      return used;
    },
    async furnish(tx, organization) {
      for (const feature of features) await feature.furnish?.(app(), tx, organization);
    },
    async welcome(tx, person) {
      for (const feature of features) await feature.welcome?.(app(), tx, person);
    },
    async leave(tx, organizationId, userId) {
      for (const feature of features) await feature.leave?.(app(), tx, { organizationId, userId });
    },
    async regroup(ctx, tx, groupId) {
      for (const feature of features) await feature.regroup?.(ctx, tx, groupId);
    },
    async acquaintances(db, organizationId, userId) {
      const met = new Set<string>();
      for (const feature of features) {
        for (const id of await feature.acquaintances?.(app(), db, { organizationId, userId }) ?? []) met.add(id);
      }
      return [...met];
    },
    async invitable(db, actor, ids) {
      const found: string[] = [];
      for (const feature of features) found.push(...await feature.invitable?.(app(), db, actor, ids) ?? []);
      return found;
    },
  };
}
