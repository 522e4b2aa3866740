// Maintenance of an organisation: while it is on, administrators go on working and everybody else is turned away, with a
// text of whoever turned it on. Invariants: the same answer for every way in (sign-in, tokens, refresh, sockets); no session
// ends because of it; it takes effect on open connections within a second on every instance, as any other change of the
// organisation does.
import { atLeast, type Role } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { settingsOf } from "./settings.ts";
import type { UserRow } from "../people/store.ts";

/** When a program may ask again. */
const RETRY_SECONDS = 300;
const UNSAID = "This organisation is being maintained. Try again in a few minutes.";

/** @throws AppError `maintenance` for people below administrators while it is on */
export function refuseDuringMaintenance(row: Pick<UserRow, "organization_settings"> & { role: Role }): void {
  const error = maintenanceError(row);
  if (error) throw error;
}

export function maintenanceError(row: Pick<UserRow, "organization_settings"> & { role: Role }): AppError | undefined {
  const { on, text } = settingsOf(row).maintenance;
  if (!on || atLeast(row.role, "admin")) return undefined;
  return new AppError("maintenance", text || UNSAID, { retryAfterSeconds: RETRY_SECONDS });
}
