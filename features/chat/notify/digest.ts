// The mail about what was missed: people who want it get one mail with the notifications of chat that they have not read, by
// channel, after they had no open connection for 5 minutes. Two jobs: the sweep, every minute, finds who is due and writes a
// row of chat_digests (the outbox); the other claims the row and sends. Invariants:
//  - a notification is in at most one mail: the row and the person's position move in one transaction;
//  - a mail is sent once: it is claimed before, and what a crash interrupted is repeated with the same Message-ID;
//  - what was read, deleted or became unreadable before the mail goes out is not in it; no mail about nothing;
//  - quiet hours hold the mail back.
import { newId } from "../../../kernel/ids.ts";
import { json, sql } from "../../../db/sql.ts";
import { CHAT_NOTIFICATIONS, type ChatPreferences } from "../../../protocol/notifications/push.ts";
import { DEFAULT_PREFERENCES, type Preferences } from "../../../protocol/notifications/notifications.ts";
import type { App } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { deliveryOf, quietUntil } from "../../notifications/mod.ts";
import { dueSince } from "./digest_due.ts";
import { digestMail, type MissedMessage } from "./digest_mail.ts";

const SEND_JOB = "chat.digest_send";
const AWAY_MS = 5 * 60_000;
const CLAIM_MS = 30 * 60_000;
/** People looked at in one statement. */
const PAGE = 500;
/** Messages that are read for one mail; it shows fewer. */
const MAX_MISSED = 200;
const KEEP_DAYS = 30;
const NIL = "00000000-0000-0000-0000-000000000000";

interface WaitingRow {
  user_id: string;
  organization_id: string;
  digest: ChatPreferences["digest"];
  quiet: Preferences | null;
  online_at: Date | null;
  mailed_id: string | null;
  oldest_at: Date | null;
  newest_id: string | null;
}

export const digestSweepJob: JobRule = {
  name: "chat.digest_sweep",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    if (!app.mailer.enabled) return;
    for (let after = NIL;;) {
      const rows = await readers(app, after);
      if (rows.length === 0) break;
      after = rows.at(-1)!.user_id;
      await sweep(app, rows);
      if (rows.length < PAGE) break;
    }
    await enqueueOpen(app);
    const old = new Date(app.now().getTime() - KEEP_DAYS * 86_400_000);
    await app.db.run(sql`delete from chat_digests where done_at < ${old}`);
  },
};

/** People who want mails, with the oldest and newest of what they have not read since the last one. */
async function readers(app: App, after: string): Promise<WaitingRow[]> {
  return await app.db.rows<WaitingRow>(sql`
    select p.user_id, p.organization_id, p.digest, np.value as quiet, s.online_at, s.mailed_id, w.oldest_at, w.newest_id
    from (select * from chat_preferences where digest <> 'off' and user_id > ${after} order by user_id limit ${PAGE}) p
    join users u on u.id = p.user_id and u.is_active and (u.banned_until is null or u.banned_until <= ${app.now()})
    left join chat_digest_state s on s.user_id = p.user_id
    left join notification_preferences np on np.user_id = p.user_id
    left join lateral (
      select min(n.created_at) as oldest_at, max(n.id::text)::uuid as newest_id
      from notification_recipients r join notifications n on n.id = r.notification_id
      where r.user_id = p.user_id and r.place_id is not null and r.notification_id > coalesce(s.mailed_id, ${NIL})
    ) w on true
    order by p.user_id`);
}

async function sweep(app: App, rows: readonly WaitingRow[]): Promise<void> {
  const now = app.now();
  const online = new Map<string, Set<string>>();
  const isOnline = ({ organization_id, user_id }: WaitingRow) => {
    let people = online.get(organization_id);
    if (!people) online.set(organization_id, people = new Set(app.realtime.onlineUsers(organization_id)));
    return people.has(user_id);
  };
  // Who is here, or was never seen: the five minutes begin now.
  const seen = rows.filter((row) => !row.online_at || isOnline(row));
  if (seen.length) {
    await app.db.run(sql`
      insert into chat_digest_state as s (user_id, organization_id, online_at, mailed_id)
      select p.user_id, p.organization_id, ${now}, ${NIL}::uuid
      from unnest(${seen.map((row) => row.user_id)}::uuid[]) as i (id) join chat_preferences p on p.user_id = i.id
      on conflict (user_id) do update set online_at = excluded.online_at`);
  }
  for (const row of rows) {
    if (!row.online_at || isOnline(row) || row.online_at.getTime() > now.getTime() - AWAY_MS) continue;
    if (!row.oldest_at || !row.newest_id) continue;
    const quiet = (row.quiet ?? DEFAULT_PREFERENCES).quiet_hours;
    if (row.oldest_at > dueSince(row.digest, quiet.timezone, now) || quietUntil(quiet, now)) continue;
    await write(app, row);
  }
}

/** Puts the mail into the outbox and moves the person's position; another instance that does so at the same time loses. */
async function write(app: App, row: WaitingRow): Promise<void> {
  const { user_id, organization_id, newest_id } = row, from = row.mailed_id ?? NIL;
  await app.db.withTx(async (tx) => {
    const moved = await tx.run(sql`
      update chat_digest_state set mailed_id = ${newest_id}
      where user_id = ${user_id} and organization_id = ${organization_id} and mailed_id = ${from}`);
    if (!moved) return;
    await tx.run(sql`
      insert into chat_digests (id, user_id, organization_id, from_id, up_to_id, created_at)
      values (${newId()}, ${user_id}, ${organization_id}, ${from}, ${newest_id}, ${app.now()})`);
  });
}

/** While the organisation is switched off its rows wait. */
const HEARD = sql`exists (select from organizations o where o.id = chat_digests.organization_id and o.is_active)`;

/** Rows that nobody works on. */
async function enqueueOpen(app: App): Promise<void> {
  const stale = new Date(app.now().getTime() - CLAIM_MS);
  const rows = await app.db.rows<{ id: string }>(sql`
    select id from chat_digests where done_at is null and ${HEARD} and (claimed_at is null or claimed_at < ${stale})
    order by created_at limit 500`);
  for (const { id } of rows) await app.jobs.enqueue(SEND_JOB, { digest_id: id }, { singletonKey: id });
}

export const digestSendJob: JobRule<{ digest_id: string }> = {
  name: SEND_JOB,
  retryLimit: 6,
  retryDelaySeconds: 60,
  async handle(app, { digest_id }, { lastAttempt }) {
    const now = app.now();
    const digest = await app.db.maybe<Digest>(sql`
      update chat_digests set claimed_at = ${now}
      where id = ${digest_id} and done_at is null and ${HEARD}
        and (claimed_at is null or claimed_at < ${new Date(now.getTime() - CLAIM_MS)})
      returning id, user_id, organization_id, from_id, up_to_id`);
    if (!digest) return;
    const finish = (error: string | null, done: boolean) =>
      app.db.run(sql`
        update chat_digests set claimed_at = null, done_at = ${done ? now : null}::timestamptz, error = ${error}
        where id = ${digest_id}`);
    try {
      const mail = await compose(app, digest);
      if (mail) await app.mailer.send(mail);
    } catch (error) {
      await finish(error instanceof Error ? error.message.slice(0, 500) : "unknown error", lastAttempt);
      throw error;
    }
    await finish(null, true);
  },
};

interface Digest {
  id: string;
  user_id: string;
  organization_id: string;
  from_id: string;
  up_to_id: string;
}

interface Reader {
  email: string;
  locale: string;
  organization: string;
  quiet: Preferences | null;
  digest: ChatPreferences["digest"] | null;
}

/** Undefined: nothing is unread any more, the person is here, or does not want it any more. */
async function compose(app: App, digest: Digest) {
  const { user_id, organization_id } = digest;
  if (app.realtime.onlineUsers(organization_id).includes(user_id)) return;
  const reader = await app.db.maybe<Reader>(sql`
    select u.email, u.locale, o.name as organization, np.value as quiet, p.digest
    from users u join organizations o on o.id = u.organization_id
    left join chat_preferences p on p.user_id = u.id
    left join notification_preferences np on np.user_id = u.id
    where u.id = ${user_id} and u.organization_id = ${organization_id} and u.is_active and u.email is not null
      and (u.banned_until is null or u.banned_until <= ${app.now()})`);
  if (!reader || (reader.digest ?? "off") === "off") return;
  const preferences = reader.quiet ?? DEFAULT_PREFERENCES;
  const missed = (await missedBy(app, digest)).filter((row) => deliveryOf(preferences, row.type) === "push");
  if (missed.length === 0) return;
  return digestMail({
    id: digest.id,
    to: reader.email,
    locale: reader.locale,
    organization: reader.organization,
    timezone: preferences.quiet_hours.timezone,
    publicUrl: app.publicUrl(),
    missed,
  });
}

/** Oldest first; without what the person may not read (any more) or has got by mail on its own. */
async function missedBy(app: App, { user_id, organization_id, from_id, up_to_id }: Digest): Promise<MissedMessage[]> {
  return await app.db.rows<MissedMessage>(sql`
    select n.type, n.data, n.created_at, x.content, x.attachments, coalesce(x.props -> 'cards', '[]') as cards
    from notification_recipients r
    join notifications n on n.id = r.notification_id and n.organization_id = ${organization_id}
      and n.type in (select jsonb_array_elements_text(${json(CHAT_NOTIFICATIONS)}))
    join messages x on x.id = n.source_id and x.organization_id = n.organization_id and x.deleted_at is null
    join channel_members m on m.channel_id = x.channel_id and m.user_id = r.user_id and x.seq > m.visible_after_seq
      and coalesce((m.permissions ->> 'read')::boolean, true)
    where r.user_id = ${user_id} and r.place_id is not null
      and r.notification_id > ${from_id} and r.notification_id <= ${up_to_id}
      and not exists (select 1 from notification_reads d where d.user_id = r.user_id and d.notification_id = n.id)
      and not exists (select 1 from notification_state s where s.user_id = r.user_id and s.read_all_id >= n.id)
      and not exists (select 1 from chat_restrictions b where b.user_id = r.user_id and b.channel_id = x.channel_id
        and b.kind = 'ban' and (b.expires_at is null or b.expires_at > ${app.now()}))
    order by n.id limit ${MAX_MISSED}`);
}
