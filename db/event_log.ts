// Reading the event log (db/emit.ts writes it): positions and missed events for the hub, what has changed since
// it looked last (a crash may come between COMMIT and publishing), retention, and the epoch.
import { type Db, hot, type Queryable, sql } from "./sql.ts";

export interface StoredEvent {
  offset: number;
  epoch: string;
  body: string;
}

interface LogChannel {
  organizationId: string;
  channel: string;
}

/** What the hub reads (realtime/event_source.ts; the same shape, because realtime does not import db). One statement each. */
export interface EventSource {
  /** Positions of the newest events; offset 0 and the log's epoch when there never was one. */
  heads(channels: readonly LogChannel[]): Promise<{ epoch: string; offset: number }[]>;
  /** Of each range the events with offset > after, in order, at most `limit`. */
  read(ranges: readonly (LogChannel & { after: number; limit: number })[]): Promise<StoredEvent[][]>;
  /** Channels that got events since the call before the last one, with their newest offset. */
  changed(): Promise<{ organizationId: string; channel: string; epoch: string; offset: number }[]>;
}

/** How far back the first look of a process goes. */
const FIRST_EVENTS = 1000;

export function createEventSource(db: Db): EventSource {
  // Every event that a look cannot see yet belongs to a transaction that was running or not begun, so its txid is at least
  // the xmin of that look: the next one reads from there and misses none, however long a transaction takes. Starting one
  // look earlier still gives each event two chances.
  let before: string | undefined;
  let last: string | undefined;
  return {
    async heads(channels) {
      return await db.rows<{ epoch: string; offset: number }>(hot(sql`
        select coalesce(c.epoch, m.value) as epoch, coalesce(c.last_offset, 0) as "offset"
        from unnest(${channels.map((c) => c.organizationId)}::uuid[], ${channels.map((c) => c.channel)}::text[])
          with ordinality as k (organization_id, channel, position)
        join meta m on m.key = 'epoch'
        left join event_channels c on c.organization_id = k.organization_id and c.channel = k.channel
        order by k.position`));
    },
    async read(ranges) {
      const rows = await db.rows<StoredEvent & { position: number }>(hot(sql`
        select k.position::int as position, e."offset", c.epoch, e.body
        from unnest(${ranges.map((r) => r.organizationId)}::uuid[], ${ranges.map((r) => r.channel)}::text[],
          ${ranges.map((r) => r.after)}::bigint[], ${ranges.map((r) => r.limit)}::int[])
          with ordinality as k (organization_id, channel, after, most, position)
        join event_channels c on c.organization_id = k.organization_id and c.channel = k.channel
        cross join lateral (
          select e."offset", e.body from events e where e.channel_id = c.id and e."offset" > k.after
          order by e."offset" limit k.most
        ) e
        order by k.position, e."offset"`));
      const out: StoredEvent[][] = ranges.map(() => []);
      for (const { position, offset, epoch, body } of rows) out[position - 1]!.push({ offset, epoch, body });
      return out;
    },
    async changed() {
      before ??= await firstSweepPosition(db);
      const rows = await db.rows<
        { organization_id: string; channel: string; epoch: string; offset: number; xmin: string }
      >(
        sql`
        with seen as (select pg_snapshot_xmin(pg_current_snapshot())::text as xmin),
          touched as (
            select channel_id, max("offset") as "offset" from events where txid >= ${before}::xid8 group by channel_id
          )
        select c.organization_id, c.channel, c.epoch, t."offset", seen.xmin
        from seen left join touched t on true left join event_channels c on c.id = t.channel_id`,
      );
      before = last ?? before;
      last = rows[0]!.xmin;
      return rows.filter((row) => row.channel !== null).map((row) => ({
        organizationId: row.organization_id,
        channel: row.channel,
        epoch: row.epoch,
        offset: row.offset,
      }));
    },
  };
}

async function firstSweepPosition(db: Db): Promise<string> {
  const oldest = await db.maybe<{ txid: string }>(sql`
    select txid from (select txid, id from events order by txid desc, id desc limit ${FIRST_EVENTS}) e
    order by txid, id limit 1`);
  return oldest?.txid ?? "0";
}

/** How much longer events stay that a consumer has not read; then they go, or a broken consumer would fill the disk. */
const UNREAD_EXTRA_HOURS = 7 * 24;

/**
 * Deletes events older than `retentionHours`, 1,000 at a time so that writers never wait long. What a consumer that was
 * active in the last week has not read yet stays a week longer. Returns how many went.
 */
export async function pruneEvents(db: Db, retentionHours: number): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await db.run(sql`
      with unread as (
        select txid, event_id from event_consumers where leased_until > now() - interval '7 days'
        order by txid, event_id limit 1
      )
      delete from events where (txid, id) in (
        select e.txid, e.id from (select txid, id, created_at from events order by txid, id limit 1000) e
        left join unread on true
        where e.created_at < now() - make_interval(hours => ${retentionHours})
          and (unread.txid is null or (e.txid, e.id) <= (unread.txid, unread.event_id)
            or e.created_at < now() - make_interval(hours => ${retentionHours + UNREAD_EXTRA_HOURS})))`);
    total += deleted;
    if (deleted === 0) return total;
  }
}

/** Gives the log a new epoch, after a restore: clients then fetch a snapshot instead of resuming at a wrong place. */
export async function newEpoch(db: Queryable): Promise<string> {
  const epoch = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  await db.run(sql`
    with epoch as (update meta set value = ${epoch} where key = 'epoch')
    update event_channels set epoch = ${epoch}`);
  return epoch;
}
