// What a person may do: the one place that computes it, for sessions, tokens, jobs and answers alike.
import { permissionsOf } from "../../kernel/permissions.ts";
import type { App } from "../context.ts";
import type { UserRow } from "./user_store.ts";

/** The permissions of the person of this row. The same set object for the same rights. */
export function rightsOf(app: App, row: Pick<UserRow, "role">): ReadonlySet<string> {
  return permissionsOf(app.permissionTable, row.role);
}
