// What a person may do: the one place that computes it, for sessions, tokens, jobs and answers alike.
import { permissionsOf } from "../../kernel/permissions.ts";
import type { App } from "../context.ts";
import { lacksSecondFactor, type RuledRow } from "./second_factor_rule.ts";

/** All that a session may do whose person must have a second factor and has not shown one. */
const SETTING_UP: ReadonlySet<string> = new Set(["second_factor.manage"]);

/** The permissions of the person of this row, in the session that it may tell of. The same set object for the same rights. */
export function rightsOf(app: App, row: RuledRow): ReadonlySet<string> {
  if (lacksSecondFactor(row, app.now())) return SETTING_UP;
  return permissionsOf(app.permissionTable, row.role);
}
