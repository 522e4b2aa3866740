// The names of what entries speak of, so that nobody reads ids: people, channels, tokens, webhooks, commands. What is gone has the
// name under which the log itself last knew it. A fixed number of statements per page.
import { isUuid } from "../../kernel/ids.ts";
import { type Queryable, sql } from "../../db/sql.ts";
import type { AuditEntry } from "../../protocol/operation/audit.ts";
import type { StoredEntry } from "./store.ts";

const MAX_IDS = 2000;

/** Adds to each entry the names of the ids that stand in it, and its actor's picture. */
export async function withNames(q: Queryable, organizationId: string, entries: StoredEntry[]): Promise<AuditEntry[]> {
  const idsOf = entries.map((
    entry,
  ) => [...new Set([entry.subject_id, entry.actor_id, ...idsIn(entry.details)].filter(isId))]);
  const wanted = [...new Set(idsOf.flat())].slice(0, MAX_IDS);
  const [names, pictures] = wanted.length === 0 ? [new Map<string, string>(), new Map<string, string>()] : [
    await namesOf(q, organizationId, wanted),
    await picturesOf(q, organizationId, [...new Set(entries.flatMap((entry) => entry.actor_id ?? []))]),
  ];
  return entries.map((entry, i) => ({
    ...entry,
    actor_avatar_url: pictures.get(entry.actor_id ?? "") ?? null,
    names: Object.fromEntries(idsOf[i]!.flatMap((id) => names.has(id) ? [[id, names.get(id)!]] : [])),
  }));
}

const isId = (value: string | null): value is string => value !== null && isUuid(value);

/** Ids among the values, also in lists and in "from" and "to". */
function idsIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return isUuid(value) ? [value] : [];
  if (typeof value !== "object" || value === null || depth > 3) return [];
  return Object.values(value).flatMap((inner) => idsIn(inner, depth + 1));
}

async function picturesOf(q: Queryable, organizationId: string, ids: string[]): Promise<Map<string, string>> {
  const rows = await q.rows<{ id: string; avatar_url: string }>(sql`
    select id, avatar_url from users
    where organization_id = ${organizationId} and id = any(${ids}::uuid[]) and avatar_url is not null`);
  return new Map(rows.map((row) => [row.id, row.avatar_url]));
}

async function namesOf(q: Queryable, organizationId: string, ids: string[]): Promise<Map<string, string>> {
  const live = await q.rows<{ id: string; name: string }>(sql`
    with wanted as (select id from unnest(${ids}::uuid[]) as id)
    select u.id, u.display_name as name from users u join wanted w on w.id = u.id
      where u.organization_id = ${organizationId}
    union all select c.id, '#' || c.name from channels c join wanted w on w.id = c.id
      where c.organization_id = ${organizationId} and c.name is not null
    union all select t.id, t.name from api_tokens t join wanted w on w.id = t.id
      where t.organization_id = ${organizationId}
    union all select h.id, h.name from incoming_webhooks h join wanted w on w.id = h.id
      where h.organization_id = ${organizationId}
    union all select h.id, h.name from outgoing_webhooks h join wanted w on w.id = h.id
      where h.organization_id = ${organizationId}
    union all select k.id, '/' || k.trigger from custom_commands k join wanted w on w.id = k.id
      where k.organization_id = ${organizationId}
    union all select g.id, '@' || g.handle from user_groups g join wanted w on w.id = g.id
      where g.organization_id = ${organizationId}
    union all select a.id, a.name from agents a join wanted w on w.id = a.id
      where a.organization_id = ${organizationId}
    union all select j.id, j.name from agent_join_tokens j join wanted w on w.id = j.id
      where j.organization_id = ${organizationId} and j.name is not null
    union all select o.id, o.name from organizations o join wanted w on w.id = o.id
      where o.id = ${organizationId}`);
  const names = new Map(live.map((row) => [row.id, row.name]));
  const gone = ids.filter((id) => !names.has(id));
  if (gone.length === 0) return names;
  const last = await q.rows<{ id: string; name: string }>(sql`
    select distinct on (subject_id) subject_id as id, details->>key as name
    from audit_log, unnest(array['name', 'username', 'trigger', 'filename']) as key
    where organization_id = ${organizationId} and subject_id = any(${gone}::text[])
      and jsonb_typeof(details->key) = 'string'
    order by subject_id, id desc`);
  for (const row of last) names.set(row.id, row.name);
  return names;
}
