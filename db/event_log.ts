// Reading the event log (db/emit.ts writes it): positions and missed events for the hub, the sweep that finds what
// a crash left between COMMIT and publishing, retention, and the epoch.
import { type Db, type Queryable, sql } from "./sql.ts";

export interface StoredEvent {
  offset: number;
  epoch: string;
  body: string;
}

/** What the hub reads (realtime/event_source.ts; the same shape, because realtime does not import db). */
export interface EventSource {
  /** Position of the newest event; offset 0 and the log's epoch when there never was one. */
  head(organizationId: string, channel: string): Promise<{ epoch: string; offset: number }>;
  /** Events with offset > after, in order, at most `limit`. */
  read(organizationId: string, channel: string, after: number, limit: number): Promise<StoredEvent[]>;
  /** Channels that got events since the call before the last one, with their newest offset. */
  changed(): Promise<{ organizationId: string; channel: string; epoch: string; offset: number }[]>;
}

/** How far back the first sweep of a process looks. */
const FIRST_SWEEP_EVENTS = 1000;

export function createEventSource(db: Db): EventSource {
  // Every event that a sweep cannot see yet belongs to a transaction that was running or not begun, so its txid is at least
  // the sweep's xmin: the next sweep reads from there and misses none, however long a transaction takes. Starting one
  // sweep earlier still gives each event two chances.
  let before: string | undefined;
  let last: string | undefined;
  return {
    async head(organizationId, channel) {
      return await db.one<{ epoch: string; offset: number }>(sql`
        select coalesce(c.epoch, m.value) as epoch, coalesce(c.last_offset, 0) as offset
        from meta m left join event_channels c on c.organization_id = ${organizationId} and c.channel = ${channel}
        where m.key = 'epoch'`);
    },
    async read(organizationId, channel, after, limit) {
      return await db.rows<StoredEvent>(sql`
        select e."offset", c.epoch, e.body
        from event_channels c join events e on e.channel_id = c.id
        where c.organization_id = ${organizationId} and c.channel = ${channel} and e."offset" > ${after}
        order by e."offset" limit ${limit}`);
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
    select txid from (select txid, id from events order by txid desc, id desc limit ${FIRST_SWEEP_EVENTS}) e
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
