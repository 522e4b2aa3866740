// Where a search looks and for whom: the channels that the caller may read, and the people and channels that the query
// names. A channel that may not be read is answered like one that does not exist.
import { type Queryable, sql } from "../../../db/sql.ts";
import type { ChannelType } from "../../../protocol/chat/chat.ts";
import type { SearchNote } from "../../../protocol/chat/search.ts";
import { isGuest } from "../../../kernel/actor.ts";
import type { Ctx } from "../../context.ts";
import { readableChannels } from "../channels/store.ts";
import { fold } from "./fold_text.ts";
import type { NameRef, ParsedQuery } from "./query.ts";

interface ScopeChannel {
  id: string;
  name: string | null;
  type: ChannelType;
  member_count: number;
  /** Messages in it, roughly. */
  messages: number;
}

export interface Scope {
  /** All readable ones. */
  channels: Map<string, ScopeChannel>;
  /** What the query narrows them to; null: all of them. */
  channelIds: string[] | null;
  from: string[] | null;
  notFrom: string[];
  /** Somebody or something is named that cannot be found: there are no matches. */
  impossible: boolean;
  notes: SearchNote[];
}

export async function findScope(
  db: Queryable,
  ctx: Ctx,
  query: ParsedQuery,
  userId: string,
  now: Date,
): Promise<Scope> {
  const { organizationId } = ctx.actor;
  const named = [...query.from, ...query.in.filter((ref) => ref.person)];
  const [channels, people] = await Promise.all([
    db.rows<ScopeChannel>(sql`
      select c.id, c.name, c.type, c.member_count, greatest(0, c.last_seq - rc.visible_after_seq) as messages
      from ${readableChannels(organizationId, userId, now)} rc
      join channels c on c.id = rc.channel_id and c.organization_id = ${organizationId}`),
    peopleNamed(db, organizationId, named.map((ref) => ref.name), isGuest(ctx.actor) ? { userId, now } : undefined),
  ]);
  const scope: Scope = {
    channels: new Map(channels.map((channel) => [channel.id, channel])),
    channelIds: null,
    from: null,
    notFrom: [],
    impossible: false,
    notes: [],
  };
  const idsOf = (ref: NameRef) => isMe(ref.name) ? [userId] : people.get(fold(ref.name)) ?? [];
  const unknown = (ref: NameRef, code: SearchNote["code"], message: string) => {
    scope.notes.push({ start: ref.start, end: ref.end, code, message });
  };
  for (const ref of query.from) {
    const ids = idsOf(ref);
    if (ids.length === 0) unknown(ref, "unknown_person", `There is nobody called "${ref.name}".`);
    if (ref.negated) scope.notFrom.push(...ids);
    else scope.from = [...scope.from ?? [], ...ids];
  }
  if (scope.from?.length === 0) scope.impossible = true;
  await narrow(db, ctx, query, scope, idsOf, unknown, userId);
  return scope;
}

const isMe = (name: string) => ["me", "mi", "mí", "yo"].includes(name.toLowerCase());

async function narrow(
  db: Queryable,
  ctx: Ctx,
  query: ParsedQuery,
  scope: Scope,
  idsOf: (ref: NameRef) => string[],
  unknown: (ref: NameRef, code: SearchNote["code"], message: string) => void,
  userId: string,
): Promise<void> {
  const all = [...scope.channels.values()];
  let wanted: Set<string> | undefined;
  const refused = new Set<string>();
  for (const ref of query.in) {
    const ids = ref.person ? await directWith(db, ctx, idsOf(ref), userId) : channelsNamed(all, ref.name);
    const readable = ids.filter((id) => scope.channels.has(id));
    if (readable.length === 0) {
      unknown(
        ref,
        "unknown_channel",
        ref.person
          ? `You have no conversation with "${ref.name}".`
          : `There is no channel "${ref.name}" that you belong to.`,
      );
    }
    for (const id of readable) {
      if (ref.negated) refused.add(id);
      else (wanted ??= new Set()).add(id);
    }
    if (!ref.negated) wanted ??= new Set();
  }
  const direct = query.flags.filter((ref) => ref.flag === "direct");
  if (!wanted && refused.size === 0 && direct.length === 0) return;
  scope.channelIds = all.filter((channel) =>
    (!wanted || wanted.has(channel.id)) && !refused.has(channel.id) &&
    direct.every((ref) => ref.negated !== (channel.type === "direct"))
  ).map((channel) => channel.id);
  if (scope.channelIds.length === 0) scope.impossible = true;
}

function channelsNamed(channels: readonly ScopeChannel[], name: string): string[] {
  const wanted = fold(name);
  return channels.filter((c) => c.id === name || (c.name !== null && fold(c.name) === wanted)).map((c) => c.id);
}

/** The conversations of two (or of one with oneself). */
async function directWith(db: Queryable, ctx: Ctx, others: string[], userId: string): Promise<string[]> {
  if (others.length === 0) return [];
  const rows = await db.rows<{ id: string }>(sql`
    select c.id from channels c join channel_members m on m.channel_id = c.id and m.user_id = ${userId}
    where c.organization_id = ${ctx.actor.organizationId} and c.type = 'direct' and exists (
      select 1 from unnest(${others}::uuid[]) as o (id)
      where exists (select 1 from channel_members t where t.channel_id = c.id and t.user_id = o.id)
        and (select count(*) from channel_members t where t.channel_id = c.id)
          = case when o.id = ${userId}::uuid then 1 else 2 end)`);
  return rows.map((row) => row.id);
}

/** By user name, or the whole display name; a guest finds those whom they meet. Folded name → ids. */
async function peopleNamed(
  db: Queryable,
  organizationId: string,
  names: string[],
  guest: { userId: string; now: Date } | undefined,
): Promise<Map<string, string[]>> {
  const out = new Map<string, string[]>();
  const wanted = [...new Set(names.filter((name) => !isMe(name)).map((name) => name.toLowerCase()))];
  if (wanted.length === 0) return out;
  const rows = await db.rows<{ name: string; id: string }>(sql`
    select w.name, u.id from unnest(${wanted}::text[]) as w (name)
    join users u on u.organization_id = ${organizationId}
      and (lower(u.username) = w.name or lower(unaccent(u.display_name)) = lower(unaccent(w.name)))
    ${
    guest
      ? sql`where exists (select 1 from ${readableChannels(organizationId, guest.userId, guest.now)} rc
          join channel_members t on t.channel_id = rc.channel_id where t.user_id = u.id)`
      : sql``
  }`);
  for (const { name, id } of rows) {
    const key = fold(name);
    out.set(key, [...out.get(key) ?? [], id]);
  }
  return out;
}
