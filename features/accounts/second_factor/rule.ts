// Who must have a second factor: people of the roles that the organisation names (settings, section `second_factor`). What
// counts is what the session has proved, so whoever has a passkey but came with the password alone is asked for more. API
// tokens, jobs and the like have no session and go on (docs/decisions/0032).
import type { Role } from "../../../kernel/actor.ts";
import type { OrganizationSettings, SecondFactorSection } from "../../../protocol/accounts/organization_settings.ts";
import { settingsOf } from "../organization/settings.ts";
import type { UserRow } from "../people/store.ts";

const DAY_MS = 24 * 3600_000;

/** `session_factor`: as in SessionUserRow; absent: there is no session. */
export type RuledRow =
  & Pick<UserRow, "role" | "organization_settings" | "created_at">
  & { session_factor?: string | null };

/** When the role was added. Settings from before times were kept per role have one for all. */
function sinceOf(since: SecondFactorSection["since"], role: Role): string | undefined {
  return typeof since === "string" ? since : since?.[role];
}

/** From when on this role needs a second factor; undefined: it does not. */
function dueOf(row: RuledRow): Date | undefined {
  const { roles, grace_days, since } = settingsOf(row).second_factor;
  if (!roles.includes(row.role)) return undefined;
  const from = Math.max(row.created_at.getTime(), Date.parse(sinceOf(since, row.role) ?? "1970-01-01"));
  return new Date(from + grace_days * DAY_MS);
}

/** True for a session that may only set up a second factor. */
export function lacksSecondFactor(row: RuledRow, now: Date): boolean {
  if (row.session_factor !== null) return false;
  const due = dueOf(row);
  return due !== undefined && due <= now;
}

/** Until when a session still works as it is; null: it may stay so, or does not work any more. */
export function secondFactorDue(row: RuledRow, now: Date): Date | null {
  if (row.session_factor !== null) return null;
  const due = dueOf(row);
  return due && due > now ? due : null;
}

/** The section to store: a role that is new begins its days of grace, those of the others go on. */
export function stampSecondFactor(before: OrganizationSettings, input: SecondFactorSection, now: Date) {
  const { roles, since } = before.second_factor;
  const stamps = input.roles.flatMap((role) => {
    const at = roles.includes(role) ? sinceOf(since, role) : now.toISOString();
    return at === undefined ? [] : [[role, at]];
  });
  return { ...input, since: Object.fromEntries(stamps) };
}
