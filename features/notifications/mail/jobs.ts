// Notifications by mail. notification_mails is the outbox: a row is written in the transaction of the notification (or, for
// broadcasts, by the consumer below) and claimed before the mail goes out, so repeats of consumer and job send nothing
// twice. What a crash kept from being enqueued is found by the sweep. Only a crash between the mail server's "accepted" and
// our note of it can repeat a mail, half an hour later and with the same Message-ID, which mail programs show once.
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { DEFAULT_PREFERENCES, type Preferences } from "../../../protocol/notifications/notifications.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer, JobRule } from "../../define.ts";
import { accountSentence } from "../account/sentences.ts";
import { notificationMail } from "./template.ts";
import { quietUntil } from "../send/quiet_hours.ts";
import { deliveryOf, findMailReaders } from "../send/recipients.ts";
import { type DueMail, insertMails } from "../send/write.ts";

const MAIL_JOB = "notifications.mail";
/** A claim older than this belongs to a worker that died. */
const CLAIM_MINUTES = 30;

/** While the organisation is switched off its rows wait; the sweep finds them when it is on again. */
const HEARD = sql`exists (select from organizations o where o.id = notification_mails.organization_id and o.is_active)`;

interface MailJob {
  notification_id: string;
  user_id: string;
  organization_id: string;
}

/** Enqueues what is in the outbox; failures are left to the sweep. */
export async function enqueueMail(app: App, mails: readonly DueMail[]): Promise<void> {
  for (const { notification_id, user_id, organization_id, due_at } of mails) {
    const delaySeconds = Math.max(0, Math.ceil((new Date(due_at).getTime() - app.now().getTime()) / 1000));
    try {
      const job: MailJob = { notification_id, user_id, organization_id };
      await app.jobs.enqueue(MAIL_JOB, job, { delaySeconds, singletonKey: `${notification_id} ${user_id}` });
    } catch (error) {
      app.log.warn("a mail waits for the next sweep", { error, notification_id });
      return;
    }
  }
}

/** Broadcasts to those whose preferences say mail. Targeted ones have their outbox row since they were sent. */
export const mailConsumer: Consumer = {
  name: "notifications.mail",
  async handle(app, events) {
    if (!app.mailer.enabled) return;
    const broadcasts = events.filter(isBroadcastNotification);
    if (broadcasts.length === 0) return;
    const readers = await findMailReaders(app.db, [...new Set(broadcasts.map((e) => e.organizationId))]);
    if (readers.length === 0) return;
    const now = app.now();
    const mails = broadcasts.flatMap((event) =>
      readers.filter((r) =>
        r.organizationId === event.organizationId && deliveryOf(r.preferences, event.type) === "email" &&
        r.createdAt.getTime() <= Date.parse(String(event.push.timestamp))
      ).map((r): DueMail => ({
        notification_id: String(event.push.id),
        user_id: r.userId,
        organization_id: event.organizationId,
        due_at: quietUntil(r.preferences.quiet_hours, now) ?? now,
      }))
    );
    for (let i = 0; i < mails.length; i += 1000) {
      await enqueueMail(app, await insertMails(app.db, mails.slice(i, i + 1000)));
    }
  },
};

const isBroadcastNotification = (event: ConsumedEvent) =>
  event.channel === channels.broadcast() && typeof event.push.id === "string" && typeof event.push.message === "string";

export const mailJob: JobRule<MailJob> = {
  name: MAIL_JOB,
  retryLimit: 8,
  retryDelaySeconds: 30,
  async handle(app, job, { lastAttempt }) {
    const now = app.now();
    const stale = new Date(now.getTime() - CLAIM_MINUTES * 60_000);
    const claimed = await app.db.run(sql`
      update notification_mails set claimed_at = ${now}, attempts = attempts + 1
      where notification_id = ${job.notification_id} and user_id = ${job.user_id}
        and organization_id = ${job.organization_id} and done_at is null and ${HEARD}
        and (claimed_at is null or claimed_at < ${stale})`);
    if (!claimed) return;
    const finish = (error: string | null, done: boolean) =>
      app.db.run(sql`
        update notification_mails set claimed_at = null, done_at = ${done ? now : null}::timestamptz, error = ${error}
        where notification_id = ${job.notification_id} and user_id = ${job.user_id}
          and organization_id = ${job.organization_id}`);
    if (!app.mailer.enabled) return void await finish("no mail server is set", true);
    const mail = await composeMail(app, job);
    if (!mail) return void await finish("the notification, the person or the address is gone", true);
    try {
      await app.mailer.send(mail);
    } catch (error) {
      await finish(error instanceof Error ? error.message.slice(0, 500) : "unknown error", lastAttempt);
      throw error;
    }
    await finish(null, true);
  },
};

async function composeMail(app: App, job: MailJob) {
  const row = await app.db.maybe<{
    type: string;
    message: string;
    data: unknown;
    sender_id: string | null;
    sender_name: string;
    created_at: Date;
    email: string | null;
    locale: string;
    organization: string;
    value: Preferences | null;
  }>(sql`
    select n.type, n.message, n.data, n.sender_id, n.sender_name, n.created_at, u.email, u.locale, o.name as organization, p.value
    from notifications n
    join users u on u.id = ${job.user_id} and u.organization_id = n.organization_id and u.is_active
    join organizations o on o.id = n.organization_id
    left join notification_preferences p on p.user_id = u.id
    where n.id = ${job.notification_id} and n.organization_id = ${job.organization_id}`);
  if (!row?.email) return undefined;
  const retold = row.sender_id === null ? accountSentence(row.type, row.data, row.locale) : undefined;
  return notificationMail({
    id: job.notification_id,
    userId: job.user_id,
    to: row.email,
    locale: row.locale,
    organization: row.organization,
    type: row.type,
    message: retold ?? row.message,
    senderName: row.sender_name,
    createdAt: row.created_at,
    timezone: (row.value ?? DEFAULT_PREFERENCES).quiet_hours.timezone,
  }, app.publicUrl());
}

/** Enqueues outbox rows that are overdue and that nobody works on. */
export const mailSweepJob: JobRule = {
  name: "notifications.mail_sweep",
  retryLimit: 0,
  cron: "*/10 * * * *",
  async handle(app) {
    const overdue = new Date(app.now().getTime() - CLAIM_MINUTES * 60_000);
    const rows = await app.db.rows<DueMail>(sql`
      select notification_id, user_id, organization_id, due_at from notification_mails
      where done_at is null and ${HEARD} and due_at < ${overdue} and (claimed_at is null or claimed_at < ${overdue})
      order by due_at limit 500`);
    await enqueueMail(app, rows);
  },
};
