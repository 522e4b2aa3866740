// Parts of the product that an organisation has switched off. The one place: whoever belongs to the organisation loses the
// permissions of that part, so every action refuses, whether it is called by HTTP, a socket, a job or the command line, and
// open subscriptions end like after any other change of rights. `feature_disabled` says why (kernel/actor.ts).
import { FEATURE_PERMISSIONS, type FeatureName } from "../../../protocol/operation/feature_names.ts";
import { settingsOf } from "./settings.ts";
import type { UserRow } from "../people/store.ts";

const NOTHING: ReadonlySet<string> = new Set();
const byChoice = new Map<string, ReadonlySet<string>>();
const narrowed = new WeakMap<ReadonlySet<string>, Map<ReadonlySet<string>, ReadonlySet<string>>>();

/** The parts that the organisation does not use. */
export function partsOff(row: Pick<UserRow, "organization_settings">): FeatureName[] {
  return Object.entries(settingsOf(row).features).filter(([, on]) => !on).map(([name]) => name as FeatureName);
}

/** The permissions that nobody of the organisation has, because their part is switched off. The same set for the same choice. */
export function switchedOff(row: Pick<UserRow, "organization_settings">): ReadonlySet<string> {
  const off = partsOff(row);
  if (off.length === 0) return NOTHING;
  const key = off.join();
  let set = byChoice.get(key);
  if (!set) byChoice.set(key, set = new Set(off.flatMap((name) => FEATURE_PERMISSIONS[name])));
  return set;
}

/** What is left of these permissions. The same set object for the same rights. */
export function withoutSwitchedOff(held: ReadonlySet<string>, off: ReadonlySet<string>): ReadonlySet<string> {
  if (off.size === 0) return held;
  let known = narrowed.get(held);
  if (!known) narrowed.set(held, known = new Map());
  let left = known.get(off);
  if (!left) known.set(off, left = new Set([...held].filter((permission) => !off.has(permission))));
  return left;
}
