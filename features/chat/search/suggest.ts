// The quick switcher: channels and people by a few letters of their names. What begins with the letters comes before
// what contains them, then what was used last. Private channels only for those in them; guests find
// only their channels and the people there; accents and case do not matter.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize, isGuest, requireUser } from "../../../kernel/actor.ts";
import { sql } from "../../../db/sql.ts";
import type { ChannelType } from "../../../protocol/chat/chat.ts";
import type { SuggestInput, Suggestion } from "../../../protocol/chat/search.ts";
import type { App, Ctx } from "../../context.ts";
import { readableChannels } from "../channels/store.ts";
import { type PersonRow, toChatUser } from "../messages/views.ts";

/** Of one person in a minute: one for each key of quick typing. */
const SUGGESTIONS_PER_MINUTE = 600;

const limiterOf = perApp((app: App) =>
  app.limits.limiter({ name: "suggest", points: SUGGESTIONS_PER_MINUTE, windowSeconds: 60, shared: false })
);

interface Row {
  kind: "channel" | "user";
  id: string;
  name: string | null;
  type: ChannelType | null;
  is_member: boolean;
  person: PersonRow | null;
  members: PersonRow[] | null;
  direct_id: string | null;
}

/** @throws AppError forbidden, rate_limited */
export async function suggest(ctx: Ctx, input: SuggestInput): Promise<{ items: Suggestion[] }> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  const { organizationId } = actor;
  await limiterOf(app).consume(userId, "You ask very often. Wait a moment.");
  const typed = (input.q.isWellFormed() ? input.q : "").replaceAll("\0", "").trim().replace(/^[@#~]/, "");
  const like = typed.replace(/[\\%_]/g, "\\$&");
  const letters = sql`lower(unaccent(${like}))`;
  // 0: begins with the letters, 1: a word in it does, 2: contains them; null: does not.
  const rankOf = (name: ReturnType<typeof sql>) =>
    sql`case when ${name} like ${letters} || '%' then 0
      when ${name} like '% ' || ${letters} || '%' or ${name} like '%-' || ${letters} || '%' then 1
      when ${name} like '%' || ${letters} || '%' then 2 end`;
  const onlyChannels = input.q.trim().startsWith("#"), onlyPeople = input.q.trim().startsWith("@");
  const guest = isGuest(actor);
  const rows = await app.db.rows<Row>(sql`
    with readable as materialized (
      select rc.channel_id from ${readableChannels(organizationId, userId, app.now())} rc
    ), mine as materialized (
      select c.id, c.type, c.name, c.member_count, c.last_message_at
      from readable r join channels c on c.id = r.channel_id and c.organization_id = ${organizationId}
      where c.archived_at is null
    ), direct as materialized (
      select d.id, d.last_message_at, d.member_count, t.user_id,
        lower(unaccent(u.username || ' ' || u.display_name)) as names,
        jsonb_build_object('id', u.id, 'username', u.username, 'display_name', u.display_name,
          'avatar_url', u.avatar_url) as person
      from mine d join channel_members t on t.channel_id = d.id and t.user_id <> ${userId}
      join users u on u.id = t.user_id where d.type = 'direct'
    ), found as (
      select 'channel' as kind, c.id, c.name, c.type, true as is_member, null::jsonb as person, null::jsonb as members,
        null::uuid as direct_id, ${rankOf(sql`lower(unaccent(c.name))`)} as rank, c.last_message_at as used, 0 as far
      from mine c where c.type <> 'direct' and not ${onlyPeople}
      union all
      select 'channel', c.id, c.name, c.type, false, null, null, null, ${rankOf(sql`lower(unaccent(c.name))`)}, null, 1
      from channels c where c.organization_id = ${organizationId} and c.type = 'public' and c.archived_at is null
        and not ${onlyPeople} and not ${guest} and not exists (select 1 from channel_members m where m.channel_id = c.id
          and m.user_id = ${userId})
      union all
      select 'channel', d.id, null, 'direct', true, null, jsonb_agg(d.person order by d.names), null,
        min(${rankOf(sql`d.names`)}), max(d.last_message_at), 0
      from direct d where d.member_count > 2 and not ${onlyChannels} group by d.id
      union all
      select 'user', u.id, null, null, false, jsonb_build_object('id', u.id, 'username', u.username,
          'display_name', u.display_name, 'avatar_url', u.avatar_url), null, d.id,
        least(${rankOf(sql`lower(unaccent(u.username))`)}, ${rankOf(sql`lower(unaccent(u.display_name))`)}),
        d.last_message_at, case when d.id is null then 1 else 0 end
      from users u left join direct d on d.user_id = u.id and d.member_count = 2
      where u.organization_id = ${organizationId} and u.is_active and u.id <> ${userId} and not ${onlyChannels}
        and (not ${guest} or exists (select 1 from readable r join channel_members t on t.channel_id = r.channel_id
          where t.user_id = u.id))
    )
    select kind, id, name, type, is_member, person, members, direct_id from found where rank is not null
    order by rank, far, used desc nulls last, coalesce(name, person ->> 'username', ''), id
    limit ${input.limit}`);
  return { items: rows.map(toSuggestion) };
}

function toSuggestion(row: Row): Suggestion {
  if (row.kind === "user") return { kind: "user", user: toChatUser(row.person!), channel_id: row.direct_id };
  return {
    kind: "channel",
    channel: { id: row.id, name: row.name, type: row.type! },
    is_member: row.is_member,
    members: (row.members ?? []).map((person) => toChatUser(person)),
  };
}
