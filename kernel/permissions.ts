// Roles as named sets of permissions. Every feature says for each of its permissions the lowest role that holds it;
// the composition root puts these together once (`buildPermissionTable(features)`) and gives the table to App. So
// accounts, the lowest tier, knows all permissions without importing the features above it.
import { atLeast, type Role, ROLES } from "./actor.ts";
import { perApp } from "./per_app.ts";

/**
 * What a guest may hold: enough to read and write in the channels named. Guests are no step of the ladder: they write, which
 * a viewer does not, but see less than one. Where they look is cut by the role itself (`isGuest`), whatever they hold.
 */
export const GUEST_PERMISSIONS: ReadonlySet<string> = new Set([
  "channels.subscribe",
  "chat.read",
  "chat.send",
  "media.read",
  "media.upload",
  "notifications.read",
  "profile.manage",
  "second_factor.manage",
  "users.read",
]);

/** Permission → the lowest role that holds it. */
export type PermissionTable = Readonly<Record<string, Role>>;

/** @throws Error when two features claim the same permission: a mistake in the program. */
export function buildPermissionTable(
  features: Iterable<{ name: string; permissions: Record<string, Role> }>,
): PermissionTable {
  const table: Record<string, Role> = {};
  for (const feature of features) {
    for (const [permission, role] of Object.entries(feature.permissions)) {
      if (permission in table) throw new Error(`${feature.name} declares the permission ${permission} a second time`);
      table[permission] = role;
    }
  }
  return Object.freeze(table);
}

const setsOf = perApp((table: PermissionTable) =>
  new Map(ROLES.map((r) => [
    r,
    new Set(
      Object.keys(table).filter((permission) =>
        r === "guest" ? GUEST_PERMISSIONS.has(permission) : atLeast(r, table[permission]!)
      ).sort(),
    ),
  ]))
);

/** What the role may do; the same set object for the same table and role. */
export function permissionsOf(table: PermissionTable, role: Role): ReadonlySet<string> {
  return setsOf(table).get(role)!;
}

/** Short scopes for API tokens that stand for several permissions. */
const SCOPE_ALIASES: Readonly<Record<string, readonly string[]>> = {
  notify: ["notify.send", "channels.subscribe"],
  scim: ["scim.provision"],
};

/** The permissions that the scopes name, as far as `held` has them: a token never holds more than its owner. */
export function expandScopes(scopes: readonly string[], held: ReadonlySet<string>): ReadonlySet<string> {
  const out = new Set<string>();
  for (const scope of scopes) {
    for (const permission of SCOPE_ALIASES[scope] ?? [scope]) if (held.has(permission)) out.add(permission);
  }
  return out;
}

/** Scopes that a token may get from somebody who holds these permissions, sorted, short ones first. */
export function grantableScopes(held: ReadonlySet<string>): string[] {
  const short = Object.entries(SCOPE_ALIASES).filter(([, all]) => all.every((p) => held.has(p))).map(([name]) => name);
  return [...short, ...[...held].sort()];
}
