// Rows of people as SCIM sees them: the account beside what the provider calls it. Every statement takes the organisation.
import { joinSql, type Queryable, rawSql, type Sql, sql } from "../../../db/sql.ts";
import type { Role } from "../../../kernel/actor.ts";
import { badFilter } from "./errors.ts";
import type { Condition } from "./filter.ts";

export interface ScimUserRow {
  id: string;
  username: string;
  /** null: came by telephone */
  email: string | null;
  display_name: string;
  role: Role;
  is_active: boolean;
  locale: string;
  created_at: Date;
  updated_at: Date;
  external_id: string | null;
  user_name: string | null;
  given_name: string | null;
  family_name: string | null;
}

const COLUMNS = rawSql(
  `u.id, u.username, u.email, u.display_name, u.role, u.is_active, u.locale, u.created_at, u.updated_at,
  x.external_id, x.user_name, x.given_name, x.family_name`,
);
const FROM = rawSql(
  "from users u left join scim_resources x on x.resource_id = u.id and x.organization_id = u.organization_id",
);
/** Neither programs nor people who wait to be let in: that is decided here, not by the provider. */
const MANAGED = rawSql("not u.is_service and u.pending is null");

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a condition means here; undefined: nothing can be so. @throws ScimError invalidFilter */
function meaning({ attribute, value }: Condition): Sql {
  switch (attribute) {
    case "username":
      return sql`(lower(x.user_name) = lower(${value}) or (x.user_name is null and lower(u.username) = lower(${value})))`;
    case "externalid":
      return sql`x.external_id = ${value}`;
    case "emails":
    case "emails.value":
      return sql`lower(u.email) = lower(${value})`;
    case "displayname":
      return sql`lower(u.display_name) = lower(${value})`;
    case "id":
      return UUID.test(value) ? sql`u.id = ${value}` : rawSql("false");
    case "active":
      return sql`u.is_active = ${value.toLowerCase() === "true"}`;
  }
  throw badFilter(`Filtering by ${attribute} is not supported.`);
}

/** People in the order in which they came. */
export async function scimUserPage(
  q: Queryable,
  organizationId: string,
  conditions: readonly Condition[],
  page: { offset: number; limit: number },
): Promise<{ total: number; rows: ScimUserRow[] }> {
  const where = joinSql(
    [sql`u.organization_id = ${organizationId} and ${MANAGED}`, ...conditions.map(meaning)],
    " and ",
  );
  const { total } = await q.one<{ total: number }>(sql`select count(*)::int as total ${FROM} where ${where}`);
  const rows = page.limit === 0 ? [] : await q.rows<ScimUserRow>(sql`
    select ${COLUMNS} ${FROM} where ${where} order by u.id limit ${page.limit} offset ${page.offset}`);
  return { total, rows };
}

export function scimUserRow(
  q: Queryable,
  organizationId: string,
  id: string,
  lock = false,
): Promise<ScimUserRow | undefined> {
  if (!UUID.test(id)) return Promise.resolve(undefined);
  return q.maybe<ScimUserRow>(sql`select ${COLUMNS} ${FROM}
    where u.organization_id = ${organizationId} and u.id = ${id} and ${MANAGED} ${
    rawSql(lock ? "for update of u" : "")
  }`);
}

export interface ScimNames {
  externalId: string | null;
  /** null: the username is it */
  userName: string | null;
  givenName: string | null;
  familyName: string | null;
}

/** @throws SqlError 23505 `scim_resources_user_name` */
export async function saveScimNames(
  q: Queryable,
  organizationId: string,
  id: string,
  kind: "user" | "group",
  names: ScimNames,
): Promise<void> {
  await q.run(sql`
    insert into scim_resources (resource_id, organization_id, kind, external_id, user_name, given_name, family_name)
    values (${id}, ${organizationId}, ${kind}, ${names.externalId}, ${names.userName}, ${names.givenName},
      ${names.familyName})
    on conflict (resource_id) do update set external_id = excluded.external_id, user_name = excluded.user_name,
      given_name = excluded.given_name, family_name = excluded.family_name
    where scim_resources.organization_id = excluded.organization_id`);
}

/** Of these names, in lower case, those that a person on this server has, and those that are handles of groups here. */
export async function takenUsernames(
  q: Queryable,
  organizationId: string,
  names: readonly string[],
): Promise<{ people: Set<string>; handles: Set<string> }> {
  const wanted = names.map((name) => name.toLowerCase());
  const rows = await q.rows<{ name: string; is_handle: boolean }>(sql`
    select lower(username) as name, false as is_handle from users where lower(username) = any(${wanted}::text[])
    union all select handle, true from user_groups
      where organization_id = ${organizationId} and handle = any(${wanted}::text[])`);
  const those = (handles: boolean) => new Set(rows.filter((row) => row.is_handle === handles).map((row) => row.name));
  return { people: those(false), handles: those(true) };
}
