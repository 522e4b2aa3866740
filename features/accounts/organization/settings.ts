// What an organisation has decided for its people, as its row has it.
import { type OrganizationSettings, readSettings } from "../../../protocol/accounts/organization_settings.ts";
import type { UserRow } from "../people/store.ts";

/** By the stored object, of which each row has its own: what is derived goes with the row. */
const whole = new WeakMap<object, OrganizationSettings>();

/** What the organisation of this person has decided; the same object for the same row. */
export function settingsOf(row: Pick<UserRow, "organization_settings">): OrganizationSettings {
  const stored = row.organization_settings;
  let settings = whole.get(stored);
  if (!settings) whole.set(stored, settings = readSettings(stored));
  return settings;
}
