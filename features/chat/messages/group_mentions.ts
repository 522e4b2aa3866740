// Groups that a text names: `@handle` means those of the group who are in the channel. Of the others, and of groups of which
// nobody is there, a message says nothing.
import { type Queryable, sql } from "../../../db/sql.ts";
import type { Mention } from "../../../protocol/chat/chat.ts";

export type GroupMention = Extract<Mention, { type: "group" }>;

/** @param names as they might be handles, lower case @returns by `channel name` */
export async function groupsNamed(
  db: Queryable,
  names: readonly { channelId: string; name: string }[],
): Promise<Map<string, GroupMention>> {
  if (names.length === 0) return new Map();
  const rows = await db.rows<{ channel_id: string; id: string; handle: string; name: string; user_ids: string[] }>(sql`
    select n.channel_id, g.id, g.handle, g.name, array_agg(m.user_id order by m.user_id) as user_ids
    from (select distinct * from unnest(${names.map((n) => n.channelId)}::uuid[], ${names.map((n) => n.name)}::text[])
      as d (channel_id, name)) n
    join channels c on c.id = n.channel_id
    join user_groups g on g.organization_id = c.organization_id and g.handle = n.name
    join user_group_members gm on gm.group_id = g.id
    join channel_members m on m.channel_id = n.channel_id and m.user_id = gm.user_id
    join users u on u.id = m.user_id and u.is_active
    group by n.channel_id, g.id, g.handle, g.name`);
  return new Map(
    rows.map(({ channel_id, ...group }) => [`${channel_id} ${group.handle}`, { type: "group", ...group }]),
  );
}

/** Active people of these groups of the organisation. */
export async function peopleOfGroups(
  db: Queryable,
  organizationId: string,
  groupIds: readonly string[],
): Promise<{ found: Set<string>; userIds: string[] }> {
  const rows = await db.rows<{ id: string; user_ids: string[] }>(sql`
    select g.id, coalesce(array_agg(u.id) filter (where u.id is not null), '{}') as user_ids
    from user_groups g left join user_group_members m on m.group_id = g.id
    left join users u on u.id = m.user_id and u.is_active
    where g.organization_id = ${organizationId} and g.id = any(${groupIds}::uuid[]) group by g.id`);
  return { found: new Set(rows.map((row) => row.id)), userIds: rows.flatMap((row) => row.user_ids) };
}
