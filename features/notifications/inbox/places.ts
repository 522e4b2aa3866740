// Notifications about something that has a place and a position (a message in a channel): they are read together with it
// and go when it goes. The columns of notification_recipients are emptied by reading, so that what is unread is found by
// one look into an index.
import { sql, type Tx } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { tellReaders } from "./inbox.ts";

export interface ReadPlace {
  organizationId: string;
  userId: string;
  placeId: string;
  /** The thread that was read; null: the channel itself. */
  partId: string | null;
  /** Read up to this position. */
  seq: number;
}

/**
 * Marks a person's notifications about what has been read now as read, and tells the person's devices. Cheap when there are
 * none: one look into an index. Not inside a transaction of the caller's.
 * @returns how many there were
 */
export async function readPlace(app: App, read: ReadPlace): Promise<number> {
  const { organizationId, userId, placeId, partId, seq } = read;
  const rows = await app.db.rows<{ notification_id: string }>(sql`
    with seen as (
      update notification_recipients set place_id = null
      where user_id = ${userId} and organization_id = ${organizationId} and place_id = ${placeId}
        and place_seq <= ${seq} and part_id is not distinct from ${partId}::uuid
      returning notification_id
    )
    insert into notification_reads (user_id, notification_id, organization_id, read_at)
    select ${userId}, notification_id, ${organizationId}, ${app.now()} from seen
    on conflict do nothing returning notification_id`);
  if (rows.length) await tellReaders(app, organizationId, [userId], rows.map((row) => row.notification_id));
  return rows.length;
}

/** Who has a notification about these sources already, and of which type; by `source user`. */
export async function toldAbout(
  app: App,
  organizationId: string,
  sourceIds: readonly string[],
): Promise<Map<string, { sourceId: string; userId: string; type: string }>> {
  const rows = await app.db.rows<{ source_id: string; user_id: string; type: string }>(sql`
    select n.source_id, r.user_id, n.type from notifications n join notification_recipients r on r.notification_id = n.id
    where n.source_id = any(${sourceIds}::uuid[]) and n.organization_id = ${organizationId}`);
  return new Map(rows.map(({ source_id: sourceId, user_id: userId, type }) => [
    `${sourceId} ${userId}`,
    { sourceId, userId, type },
  ]));
}

/** Takes notifications about these sources out of the inboxes of people whom they do not concern any more. */
export async function removeFrom(
  app: App,
  organizationId: string,
  type: string,
  gone: readonly { sourceId: string; userId: string }[],
): Promise<void> {
  if (gone.length === 0) return;
  const rows = await app.db.rows<{ notification_id: string; user_id: string }>(sql`
    with gone as (
      delete from notification_recipients r
      using notifications n, unnest(${gone.map((g) => g.sourceId)}::uuid[], ${gone.map((g) => g.userId)}::uuid[])
        as g (source_id, user_id)
      where n.source_id = g.source_id and n.organization_id = ${organizationId} and n.type = ${type}
        and r.notification_id = n.id and r.user_id = g.user_id
      returning r.notification_id, r.user_id
    ), ${WITH_WHAT_HANGS_ON_THEM}
    select * from gone`);
  await tellGone(app, organizationId, rows);
}

/**
 * Empties the inboxes of people who may not see a place any more of what these types told about it (`data.channel_id`).
 * In the transaction that takes the right away.
 */
export async function forgetPlace(
  app: App,
  tx: Tx,
  organizationId: string,
  userIds: readonly string[],
  placeId: string,
  types: readonly string[],
): Promise<void> {
  const rows = await tx.rows<{ notification_id: string; user_id: string }>(sql`
    with gone as (
      delete from notification_recipients r using notifications n
      where r.user_id = any(${userIds}::uuid[]) and r.organization_id = ${organizationId} and n.id = r.notification_id
        and n.type = any(${types}::text[]) and n.data ->> 'channel_id' = ${placeId}
      returning r.notification_id, r.user_id
    ), ${WITH_WHAT_HANGS_ON_THEM}
    select * from gone`);
  tx.afterCommit(() =>
    void tellGone(app, organizationId, rows).catch((error) =>
      app.log.warn("could not tell devices of notifications that went", { error })
    )
  );
}

/** Marks and mails of the recipients in `gone`. */
const WITH_WHAT_HANGS_ON_THEM = sql`reads as (
      delete from notification_reads x using gone g where x.user_id = g.user_id and x.notification_id = g.notification_id
    ), mails as (
      delete from notification_mails x using gone g where x.user_id = g.user_id and x.notification_id = g.notification_id
    )`;

async function tellGone(
  app: App,
  organizationId: string,
  rows: readonly { notification_id: string; user_id: string }[],
): Promise<void> {
  const online = new Set(app.realtime.onlineUsers(organizationId));
  for (const [userId, own] of Map.groupBy(rows.filter((row) => online.has(row.user_id)), (row) => row.user_id)) {
    await tellReaders(app, organizationId, [userId], own.map((row) => row.notification_id));
  }
}

/** Removes the notifications about what is gone, from everybody's inbox. */
export async function removeAbout(app: App, organizationId: string, sourceIds: readonly string[]): Promise<void> {
  const rows = await app.db.rows<{ id: string; user_ids: string[] }>(sql`
    with gone as (
      delete from notifications where source_id = any(${sourceIds}::uuid[]) and organization_id = ${organizationId}
      returning id
    ), recipients as (
      delete from notification_recipients where notification_id in (select id from gone)
      returning notification_id, user_id
    ), reads as (
      delete from notification_reads where notification_id in (select id from gone)
    ), mails as (
      delete from notification_mails where notification_id in (select id from gone)
    )
    select notification_id as id, array_agg(user_id) as user_ids from recipients group by notification_id`);
  const online = new Set(app.realtime.onlineUsers(organizationId));
  for (const { id, user_ids } of rows) {
    await tellReaders(app, organizationId, user_ids.filter((userId) => online.has(userId)), [id]);
  }
}
