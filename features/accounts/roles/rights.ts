// What a person may do: the one place that computes it, for sessions, tokens, jobs and answers alike. A role is a named set of
// permissions (kernel/permissions.ts) that the organisation may widen or narrow. Invariant: the same rights are the same set
// object, so that a checked credential costs no set of its own.
import { perApp } from "../../../kernel/per_app.ts";
import type { Actor, Role } from "../../../kernel/actor.ts";
import { permissionsOf } from "../../../kernel/permissions.ts";
import type { App } from "../../context.ts";
import { switchedOff, withoutSwitchedOff } from "../organization/feature_switches.ts";
import { lacksSecondFactor, type RuledRow } from "../second_factor/rule.ts";

/** All that a session may do whose person must have a second factor and has not shown one. */
const SETTING_UP: ReadonlySet<string> = new Set(["second_factor.manage"]);

type Changes = Actor["roleChanges"];
type Change = NonNullable<NonNullable<Changes>[Role]>;

/** Different changes of a role that are remembered; with more the oldest is worked out again. */
const MAX_REMEMBERED = 1000;
const rememberedOf = perApp((_table: App["permissionTable"]) => new Map<string, ReadonlySet<string>>());

/** How the organisation of this person has changed its roles; written by changes.ts alone. */
export function roleChangesIn(row: Pick<RuledRow, "organization_settings">): Changes {
  return row.organization_settings.roles as Changes;
}

/** The permissions of the person of this row, in the session that it may tell of. The same set object for the same rights. */
export function rightsOf(app: App, row: RuledRow): ReadonlySet<string> {
  if (lacksSecondFactor(row, app.now())) return SETTING_UP;
  return withoutSwitchedOff(rightsOfRole(app, row.role, roleChangesIn(row)), switchedOff(row));
}

/** What this role may do in an organisation with these changes. */
export function rightsOfRole(app: App, role: Role, changes: Changes): ReadonlySet<string> {
  const change = changes?.[role];
  const base = permissionsOf(app.permissionTable, role);
  // The owner's role has no changes, whatever stands in the database: somebody must be able to undo them.
  if (!change || role === "owner") return base;
  const sets = rememberedOf(app.permissionTable);
  const key = `${role} ${change.add.join()} ${change.remove.join()}`;
  let set = sets.get(key);
  if (!set) {
    set = changed(app, base, change);
    if (sets.size >= MAX_REMEMBERED) sets.delete(sets.keys().next().value!);
    sets.set(key, set);
  }
  return set;
}

/** Permissions that do not exist any more (of an earlier version) count for nothing. */
function changed(app: App, base: ReadonlySet<string>, { add, remove }: Change): ReadonlySet<string> {
  const held = new Set(base);
  for (const permission of add) if (permission in app.permissionTable) held.add(permission);
  for (const permission of remove) held.delete(permission);
  return new Set([...held].sort());
}
