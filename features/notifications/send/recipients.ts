// Persons as the receivers of notifications: who exists in which organisation, and what each of them wants to get how.
// Reads the users table of accounts (tier 0) with joins that a call per person could not afford.
import { type Queryable, sql } from "../../../db/sql.ts";
import { DEFAULT_PREFERENCES, type Delivery, type Preferences } from "../../../protocol/notifications/notifications.ts";

export interface Recipient {
  userId: string;
  organizationId: string;
  preferences: Preferences;
}

/**
 * Types that nobody can switch off, and that only the server itself sends: whoever has stolen an account could hide the
 * theft.
 */
export const ALWAYS_TOLD: ReadonlySet<string> = new Set(["new_sign_in"]);

/** How this person wants this type. */
export function deliveryOf(preferences: Preferences, type: string): Delivery {
  if (ALWAYS_TOLD.has(type)) return "push";
  return Object.hasOwn(preferences.types, type) ? preferences.types[type]! : preferences.default;
}

/** Of these persons those that exist in the organisation each is named with, by `organization user`. */
export async function findRecipients(
  db: Queryable,
  wanted: readonly { organizationId: string; userId: string }[],
): Promise<Map<string, Recipient>> {
  const rows = await db.rows<{ id: string; organization_id: string; value: Preferences | null }>(sql`
    select u.id, u.organization_id, p.value
    from (select distinct organization_id, user_id from unnest(
      ${wanted.map((w) => w.organizationId)}::uuid[], ${wanted.map((w) => w.userId)}::uuid[]
    ) as w (organization_id, user_id)) w
    join users u on u.id = w.user_id and u.organization_id = w.organization_id
    left join notification_preferences p on p.user_id = u.id`);
  return new Map(rows.map((row) => [recipientKey(row.organization_id, row.id), {
    userId: row.id,
    organizationId: row.organization_id,
    preferences: row.value ?? DEFAULT_PREFERENCES,
  }]));
}

export const recipientKey = (organizationId: string, userId: string): string =>
  `${organizationId} ${userId.toLowerCase()}`;

/** Active people of these organisations (no guests: this is for what goes to everybody) whose preferences name mail anywhere. */
export async function findMailReaders(
  db: Queryable,
  organizationIds: readonly string[],
): Promise<(Recipient & { createdAt: Date })[]> {
  const rows = await db.rows<{ id: string; organization_id: string; value: Preferences; created_at: Date }>(sql`
    select u.id, u.organization_id, u.created_at, p.value
    from notification_preferences p join users u on u.id = p.user_id and u.organization_id = p.organization_id
    where p.organization_id = any(${organizationIds}::uuid[]) and p.wants_email and u.is_active
      and u.email is not null and u.role <> 'guest' and not u.is_service`);
  return rows.map((row) => ({
    userId: row.id,
    organizationId: row.organization_id,
    preferences: row.value,
    createdAt: row.created_at,
  }));
}

/** Active owners and admins of the organisation, with their languages. */
export async function findAdmins(db: Queryable, organizationId: string): Promise<{ id: string; locale: string }[]> {
  return await db.rows<{ id: string; locale: string }>(sql`
    select id, locale from users where organization_id = ${organizationId} and role in ('owner', 'admin') and is_active
      and not is_service
    order by id limit 500`);
}
