// People with what they did in a period, for those who manage them.
import { authorize } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";
import { joinSql, rawSql, type Sql, sql } from "../../db/sql.ts";
import type { PeopleQuery, PersonStats } from "../../protocol/operation/analytics.ts";
import type { Page } from "../../protocol/common.ts";
import type { Restriction } from "../../protocol/chat/moderation.ts";
import type { Ctx } from "../context.ts";
import { periodOf } from "../../kernel/time_buckets.ts";
import { peopleSums } from "./series_store.ts";
import { refreshFigures } from "./stats.ts";

const SEEN_RECENTLY_MS = 60_000;

interface Row extends Omit<PersonStats, "created_at" | "last_seen_at" | "restrictions"> {
  created_at: Date;
  last_seen_at: Date | null;
  banned_until: Date | null;
  banned_reason: string | null;
  restrictions: Restriction[] | null;
  sort_key: string | number;
}

/** What people are sorted by, and the type of the cursor's first part. */
const SORTS: Record<PeopleQuery["sort"], { key: Sql; type: string; up: boolean }> = {
  username: { key: sql`lower(u.username)`, type: "text", up: true },
  messages: { key: sql`coalesce(n.messages, 0)`, type: "int8", up: false },
  active_seconds: { key: sql`coalesce(n.seconds, 0)`, type: "int8", up: false },
  last_seen_at: { key: sql`coalesce(extract(epoch from u.last_seen_at), 0)::float8`, type: "float8", up: false },
  created_at: { key: sql`extract(epoch from u.created_at)::float8`, type: "float8", up: false },
};

/** Needs `users.manage`. @throws AppError `forbidden`, `validation_failed` */
export async function listPeople(ctx: Ctx, query: PeopleQuery): Promise<Page<PersonStats>> {
  authorize(ctx.actor, "users.manage");
  const { app, actor: { organizationId } } = ctx;
  const now = app.now();
  const period = periodOf(query, now);
  const { key, type, up } = SORTS[query.sort];
  const upwards = query.order === undefined ? up : query.order === "asc";
  const holds = sql`(r.expires_at is null or r.expires_at > ${now})`;
  const restricted = sql`(coalesce(u.banned_until > ${now}, false) or exists (
    select 1 from chat_restrictions r where r.user_id = u.id and r.organization_id = ${organizationId} and ${holds}))`;
  const all = [sql`u.organization_id = ${organizationId} and not u.is_service`];
  if (query.role) all.push(sql`u.role = ${query.role}`);
  if (query.active) all.push(query.active === "true" ? sql`u.is_active` : sql`not u.is_active`);
  if (query.restricted) all.push(query.restricted === "true" ? restricted : sql`not ${restricted}`);
  if (query.q) {
    const like = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    all.push(sql`(u.username ilike ${like} or u.display_name ilike ${like} or u.email ilike ${like})`);
  }
  if (query.cursor) {
    const [value, id] = decodeCursor(query.cursor, 2);
    if (typeof value !== (type === "text" ? "string" : "number") || !isUuid(String(id))) {
      throw new AppError("validation_failed", "The cursor is not one that this server gave out for this order.");
    }
    all.push(sql`(${key}, u.id) ${rawSql(upwards ? ">" : "<")} (${value}::${rawSql(type)}, ${id}::uuid)`);
  }
  await refreshFigures(app, organizationId);
  const direction = rawSql(upwards ? "asc" : "desc");
  const rows = await app.db.rows<Row>(sql`
    select u.id, u.username, u.display_name, u.email, u.avatar_url, u.role, u.status, u.is_active, u.created_at,
      u.last_seen_at, u.banned_until, u.banned_reason, coalesce(n.messages, 0)::int8 as messages,
      coalesce(n.seconds, 0)::int8 as active_seconds, coalesce(n.days, 0) as active_days, ${key} as sort_key,
      (select jsonb_agg(jsonb_build_object('id', r.id, 'action_type', r.kind, 'channel_id', r.channel_id,
          'reason', r.reason, 'expires_at', to_char(r.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
        from chat_restrictions r where r.user_id = u.id and r.organization_id = ${organizationId} and ${holds}
      ) as restrictions
    from users u left join ${peopleSums(organizationId, period)} n on n.user_id = u.id
    where ${joinSql(all, " and ")}
    order by ${key} ${direction}, u.id ${direction} limit ${query.limit + 1}`);
  const online = new Set(app.realtime.onlineUsers(organizationId));
  return toPage(rows, query.limit, (row) => [row.sort_key, row.id], (row): PersonStats => {
    const seen = online.has(row.id) || (row.last_seen_at?.getTime() ?? 0) > now.getTime() - SEEN_RECENTLY_MS;
    return {
      id: row.id,
      username: row.username,
      display_name: row.display_name,
      email: row.email,
      avatar_url: row.avatar_url,
      role: row.role,
      // "online" is a claim about now; the others are what the person says.
      status: row.status === "online" && !seen ? "offline" : row.status,
      is_active: row.is_active,
      created_at: row.created_at.toISOString(),
      last_seen_at: row.last_seen_at?.toISOString() ?? null,
      messages: row.messages,
      active_days: row.active_days,
      active_seconds: row.active_seconds,
      restrictions: [...organizationBan(row, now), ...(row.restrictions ?? [])],
    };
  });
}

/** A ban from the whole organisation stands with the account; far in the future means without end. */
function organizationBan(row: Row, now: Date): Restriction[] {
  const until = row.banned_until;
  if (!until || until <= now) return [];
  const end = until.getUTCFullYear() >= 9000 ? null : until.toISOString();
  return [{ id: row.id, action_type: "ban", channel_id: null, reason: row.banned_reason ?? "", expires_at: end }];
}
