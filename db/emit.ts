// The writing half of the event log: what a transaction does with its events right before COMMIT. One statement takes
// the next offsets of all channels, in sorted order so that two transactions never wait for each other crosswise, and
// writes the events. The rows of event_channels stay locked until COMMIT: offset order is commit order.
import { type AnyEvent, type EmittedEvent, hot, type LoggedEvent, type Row, type Sql, sql } from "./sql.ts";

export interface PendingEvent {
  organizationId: string;
  channel: string;
  type: string;
  /** What the caller of `emit` holds; completed by `applyFlush`. */
  emitted: EmittedEvent;
}

export function newEvent(event: AnyEvent): PendingEvent {
  const { organizationId, channel, type } = event;
  return {
    organizationId,
    channel,
    type,
    emitted: { organizationId, channel, epoch: "", offset: 0, body: eventBody(event) },
  };
}

/** The JSON text that is logged. */
export function eventBody({ type, data, extra }: AnyEvent): string {
  return JSON.stringify({ type, ...extra, data, timestamp: new Date().toISOString() });
}

const key = (event: { organizationId: string; channel: string }) => `${event.organizationId} ${event.channel}`;

/** How many events each channel gets, channels sorted. */
function perChannel(events: PendingEvent[]): Map<string, PendingEvent[]> {
  const out = new Map<string, PendingEvent[]>();
  for (const event of events) {
    const list = out.get(key(event));
    if (list) list.push(event);
    else out.set(key(event), [event]);
  }
  if (out.size < 2) return out;
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The statement that writes all events; its rows tell the last offset of each channel. */
export function flushStatement(events: PendingEvent[]): Sql {
  if (events.length === 1) return flushOne(events[0]!);
  const channels = [...perChannel(events).values()];
  // Position of each event from the end of its channel: offset = last offset - back.
  const back = new Map<PendingEvent, number>();
  for (const list of channels) list.forEach((event, i) => back.set(event, list.length - 1 - i));
  return hot(sql`
    with channels as (
      insert into event_channels as c (organization_id, channel, last_offset, epoch)
      select n.organization_id, n.channel, n.count, (select value from meta where key = 'epoch')
      from unnest(${channels.map((l) => l[0]!.organizationId)}::uuid[], ${channels.map((l) => l[0]!.channel)}::text[],
        ${channels.map((l) => l.length)}::int8[]) with ordinality as n (organization_id, channel, count, position)
      order by n.position
      on conflict (organization_id, channel) do update set last_offset = c.last_offset + excluded.last_offset
      returning c.id, c.organization_id, c.channel, c.last_offset, c.epoch
    ), logged as (
      insert into events (channel_id, "offset", type, body)
      select c.id, c.last_offset - e.back, e.type, e.body
      from unnest(${events.map((e) => e.organizationId)}::uuid[], ${events.map((e) => e.channel)}::text[],
        ${events.map((e) => back.get(e)!)}::int8[], ${events.map((e) => e.type)}::text[],
        ${events.map((e) => e.emitted.body)}::text[])
        with ordinality as e (organization_id, channel, back, type, body, position)
      join channels c using (organization_id, channel)
      order by e.position
    )
    select organization_id, channel, last_offset, epoch from channels`);
}

/** The same for the usual case of one event, without the arrays. */
function flushOne({ organizationId, channel, type, emitted }: PendingEvent): Sql {
  return hot(sql`
    with channels as (
      insert into event_channels as c (organization_id, channel, last_offset, epoch)
      values (${organizationId}, ${channel}, 1, (select value from meta where key = 'epoch'))
      on conflict (organization_id, channel) do update set last_offset = c.last_offset + 1
      returning c.id, c.organization_id, c.channel, c.last_offset, c.epoch
    ), logged as (
      insert into events (channel_id, "offset", type, body)
      select id, last_offset, ${type}, ${emitted.body} from channels
    )
    select organization_id, channel, last_offset, epoch from channels`);
}

/** The statement of `Tx.finish`: writes the events of the CTE `late`, in one go with what makes them. */
export function finishStatement(ctes: Sql): Sql {
  return hot(sql`
    with ${ctes}, event_place as materialized (
      select ord, organization_id, channel, row_number() over (partition by organization_id, channel order by ord) as place,
        count(*) over (partition by organization_id, channel) as count
      from late
    ), event_channel as (
      insert into event_channels as c (organization_id, channel, last_offset, epoch)
      select organization_id, channel, count, (select value from meta where key = 'epoch') from event_place where place = 1
      order by organization_id, channel collate "C"
      on conflict (organization_id, channel) do update set last_offset = c.last_offset + excluded.last_offset
      returning c.id, c.organization_id, c.channel, c.last_offset, c.epoch
    ), event as materialized (
      select l.*, c.id as event_channel_id, c.epoch, c.last_offset - p.count + p.place as "offset"
      from late l join event_place p using (ord) join event_channel c
        on c.organization_id = l.organization_id and c.channel = l.channel
    ), logged as (
      insert into events (channel_id, "offset", type, body)
      select event_channel_id, "offset", type, body from event order by ord
    )
    select * from event order by ord`);
}

/** An event out of a row of `finishStatement`. */
export function loggedEvent(row: Row): LoggedEvent {
  const { organization_id: organizationId, channel, epoch, offset, body } = row;
  return { organizationId, channel, epoch, offset, body };
}

/** Fills offset and epoch of the events in from the rows of the flush statement. */
export function applyFlush(events: PendingEvent[], rows: Row[]): void {
  const channels = perChannel(events);
  for (const row of rows) {
    const list = channels.get(`${row.organization_id} ${row.channel}`) ?? [];
    list.forEach((event, i) => {
      event.emitted.offset = row.last_offset - (list.length - 1 - i);
      event.emitted.epoch = row.epoch;
    });
  }
}
