// Default channels: everybody who joins the organisation becomes a member, and so do all who are there when a channel
// becomes default. Whoever leaves one stays out. Invariants:
//  - a person is put in once per reason: with the new account or by its event, whichever is first (`default_channel_joins`), or
//    by the one run over all people, which goes by id and notes how far it is;
//  - many people are added in batches, each a short transaction.
import { newId, SYSTEM_ORGANIZATION } from "../../../kernel/ids.ts";
import { type Actor, may, systemActor } from "../../../kernel/actor.ts";
import { json, sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { CreateChannelInput } from "../../../protocol/chat/chat.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import type { App, NewOrganization } from "../../context.ts";
import type { ConsumedEvent, Consumer, JobRule } from "../../define.ts";
import { type ChannelRow, lockChannel } from "../channels/store.ts";
import { addPeople } from "./moves.ts";

const FILL_JOB = "chat.fill_default_channel";
const BATCH = 200;

interface FillJob {
  organization_id: string;
  channel_id: string;
}

/** The one that a new organisation begins with. */
const DEFAULT_CHANNEL = "general";

/**
 * Makes the first default channel with the owner as its admin. Nobody made it (`created_by` is null): a script that makes
 * a channel of this name gets this one (`takeOver`).
 */
export async function makeDefaultChannel(app: App, tx: Tx, { id, owner }: NewOrganization): Promise<void> {
  const now = app.now(), channelId = newId();
  await tx.run(sql`
    insert into channels (id, organization_id, type, name, is_default, created_at, updated_at)
    values (${channelId}, ${id}, 'public', ${DEFAULT_CHANNEL}, true, ${now}, ${now})`);
  // Everybody who is there is in it from the start: a later change must not bring back who has left.
  await tx.run(sql`
    insert into default_channel_fills (channel_id, organization_id, started_at, done)
    values (${channelId}, ${id}, ${now}, true)`);
  const channel = (await lockChannel(tx, id, channelId))!;
  const ctx = { app, actor: systemActor(id) };
  await addPeople(tx, ctx, channel, [{ userId: owner.id, role: "admin" }], { quiet: true });
  await claimJoin(tx, id, owner.id);
}

/**
 * Gives the first default channel to whoever makes one of its name, as long as nobody has made it theirs or written in it:
 * scripts that set an organisation up find the name free. Who manages channels becomes its admin and sets its rules.
 * @returns the channel, locked, and who is in it; undefined when there is no such channel
 */
export async function takeOver(
  tx: Tx,
  actor: Actor,
  input: CreateChannelInput,
  now: Date,
): Promise<{ channel: ChannelRow; members: string[] } | undefined> {
  const { organizationId, userId } = actor;
  if (input.type !== "public") return undefined;
  const manages = may(actor, "chat.manage");
  const rules = manages
    ? sql`, history = ${input.history}, policy = ${json(input.policy)}, auto_archive_days = ${input.auto_archive_days}`
    : sql``;
  const taken = await tx.maybe<{ id: string }>(sql`
    update channels set name = ${input.name}, description = ${input.description}, topic = ${input.topic},
      created_by = ${userId}, updated_at = ${now}${rules}
    where organization_id = ${organizationId} and type = 'public' and lower(name) = lower(${input.name})
      and archived_at is null and created_by is null and is_default and root_count = 0
    returning id`);
  if (!taken) return undefined;
  const members = await tx.rows<{ user_id: string }>(sql`
    update channel_members set role = case when user_id = ${userId} and ${manages} then 'admin' else role end,
      own_role = case when user_id = ${userId} and ${manages} and own_role is not null then 'admin' else own_role end
    where channel_id = ${taken.id} and organization_id = ${organizationId} returning user_id`);
  return { channel: (await lockChannel(tx, organizationId, taken.id))!, members: members.map((m) => m.user_id) };
}

export const defaultChannelsConsumer: Consumer = {
  name: "chat.default_channels",
  async handle(app, events) {
    for (const event of events) {
      const created = createdUser(event);
      if (created) await app.db.withTx((tx) => joinDefaults(app, tx, created.organization_id, created.user_id));
      else if (event.type === "channel_updated") await noteChange(app, event);
    }
  },
};

function createdUser(event: ConsumedEvent): { user_id: string; organization_id: string } | undefined {
  if (event.organizationId !== SYSTEM_ORGANIZATION || event.channel !== channels.control()) return undefined;
  const control = event.push.data as ControlEvent;
  return control.kind === "user_created" ? control : undefined;
}

/** Notes that a person is put in; false for guests, programs and who is not active (yet), and when that has been done (the event of an account comes after its transaction). */
async function claimJoin(tx: Tx, organizationId: string, userId: string): Promise<boolean> {
  const claimed = await tx.maybe(sql`
    insert into default_channel_joins (user_id, organization_id) select id, organization_id from users
    where id = ${userId} and organization_id = ${organizationId} and role <> 'guest' and not is_service and is_active
    on conflict do nothing returning user_id`);
  return claimed !== undefined;
}

/** For a new person; in the transaction that makes the account, and again by its event for accounts made otherwise. */
export async function joinDefaults(app: App, tx: Tx, organizationId: string, userId: string): Promise<void> {
  if (!await claimJoin(tx, organizationId, userId)) return;
  const found = await tx.rows<{ id: string }>(sql`
    select c.id from channels c where c.organization_id = ${organizationId} and c.is_default and c.archived_at is null
      and not exists (select from channel_members m where m.channel_id = c.id and m.user_id = ${userId})
    order by c.id`);
  for (const { id } of found) {
    const channel = await lockChannel(tx, organizationId, id);
    if (channel && isOpenDefault(channel)) await add(app, tx, channel, [userId], false);
  }
}

const isOpenDefault = (channel: ChannelRow) => channel.is_default && !channel.archived_at && channel.type === "public";

async function add(
  app: App,
  tx: Parameters<typeof addPeople>[0],
  channel: ChannelRow,
  userIds: readonly string[],
  quiet: boolean,
): Promise<void> {
  const ctx = { app, actor: systemActor(channel.organization_id) };
  await addPeople(tx, ctx, channel, userIds.map((userId) => ({ userId, role: "member" as const })), { quiet });
}

/** A channel that became default gets its run; one that is not any more may get another one later. */
async function noteChange(app: App, event: ConsumedEvent): Promise<void> {
  const { channel } = event.push.data as ChannelEvents["channel_updated"];
  if (!channel.is_default) {
    await app.db.run(sql`
      delete from default_channel_fills where channel_id = ${channel.id} and organization_id = ${event.organizationId}`);
    return;
  }
  await app.db.run(sql`
    insert into default_channel_fills (channel_id, organization_id, started_at)
    select c.id, c.organization_id, ${app.now()} from channels c
    where c.id = ${channel.id} and c.organization_id = ${event.organizationId} and c.is_default
    on conflict do nothing`);
  const open = await app.db.maybe(sql`
    select 1 from default_channel_fills where channel_id = ${channel.id} and not done`);
  if (!open) return;
  const job: FillJob = { organization_id: event.organizationId, channel_id: channel.id };
  await app.jobs.enqueue(FILL_JOB, job, { singletonKey: channel.id });
}

export const fillDefaultJob: JobRule<FillJob> = {
  name: FILL_JOB,
  retryLimit: 8,
  async handle(app, job) {
    while (await fillBatch(app, job)) { /* the next batch */ }
  },
};

/** Adds the next people; false when all are in, or the channel is not default any more. */
async function fillBatch(app: App, { organization_id, channel_id }: FillJob): Promise<boolean> {
  return await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, organization_id, channel_id);
    const fill = await tx.maybe<{ last_user_id: string | null; started_at: Date }>(sql`
      select last_user_id, started_at from default_channel_fills
      where channel_id = ${channel_id} and organization_id = ${organization_id} and not done for update`);
    if (!channel || !fill || !isOpenDefault(channel)) return false;
    const people = await tx.rows<{ id: string }>(sql`
      select u.id from users u
      where u.organization_id = ${organization_id} and u.is_active and u.role <> 'guest' and not u.is_service
        and (${fill.last_user_id}::uuid is null or u.id > ${fill.last_user_id}::uuid)
        and not exists (select 1 from chat_restrictions r where r.user_id = u.id and r.channel_id = ${channel_id}
          and r.kind = 'ban' and (r.expires_at is null or r.expires_at > ${app.now()}))
      order by u.id limit ${BATCH}`);
    await add(app, tx, channel, people.map((person) => person.id), true);
    await tx.run(sql`
      update default_channel_fills set last_user_id = coalesce(${people.at(-1)?.id ?? null}::uuid, last_user_id),
        done = ${people.length < BATCH}
      where channel_id = ${channel_id}`);
    return people.length === BATCH;
  });
}
