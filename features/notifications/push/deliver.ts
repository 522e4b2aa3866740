// Sends notifications to browsers by Web Push. The consumer reads the personal pushes of the event log, so quiet hours and
// types that are switched off are respected already; the job encrypts and calls the push services. Invariants:
//  - nothing goes to a session that has ended, to somebody who is blocked, or about what was read or deleted meanwhile;
//  - a subscription that its service does not know any more is removed; a busy service is asked again with growing pauses,
//    as late as its Retry-After says, six times in all;
//  - a repeat is harmless: the device replaces what it shows of the same message.
import { postOutbound, RefusedAddress } from "../../../kernel/outbound.ts";
import { type Row, sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ChatPreferences } from "../../../protocol/notifications/push.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer, JobRule } from "../../define.ts";
import { encryptPush, type ServerKeys, vapidHeader } from "./crypto.ts";
import { serverKeys } from "./keys.ts";
import { payloadOf, type Pushed, testPayload } from "./payload.ts";

const PUSH_JOB = "notifications.web_push";
/** Older ones are not news: after a standstill nobody wants hours of them. */
const MAX_AGE_MS = 3_600_000;
const TTL_SECONDS = 24 * 3600;
const PER_JOB = 25;
const AT_ONCE = 5;
const MAX_TRIES = 6;
const TIMEOUT_MS = 10_000;
/** Refusals in a row after which a subscription is given up. */
const MAX_FAILURES = 10;

interface PushItem {
  subscription_id: string;
  /** null: a test that the person asked for. */
  notification_id: string | null;
}
interface PushJob {
  organization_id: string;
  items: PushItem[];
  tries: number;
}

/** May push services be on this machine or a private network? Never by default, unlike webhooks: anybody names them. */
export const mayPushPrivate = (app: App): boolean => app.config.webhookPrivate === "allow";

/** The person whose own channel this is. */
function receiverOf({ channel }: ConsumedEvent): string | undefined {
  const userId = channel.split(":")[1];
  return userId && channel === channels.userNotifications(userId) ? userId : undefined;
}

export const pushConsumer: Consumer = {
  name: "notifications.web_push",
  async handle(app, events) {
    const oldest = app.now().getTime() - MAX_AGE_MS;
    const personal = events.flatMap((event) => {
      const userId = receiverOf(event);
      return userId && typeof event.push.id === "string" && Date.parse(String(event.push.timestamp)) > oldest
        ? [{ userId, organizationId: event.organizationId, notificationId: event.push.id }]
        : [];
    });
    if (personal.length === 0) return;
    const rows = await app.db.rows<
      { id: string; user_id: string; organization_id: string; push: ChatPreferences["push"] }
    >(sql`
      select s.id, s.user_id, s.organization_id, coalesce(p.value ->> 'push', 'away') as push
      from push_subscriptions s left join chat_preferences p on p.user_id = s.user_id
      where s.user_id = any(${[...new Set(personal.map((p) => p.userId))]}::uuid[])
        and coalesce(p.value ->> 'push', 'away') <> 'off'`);
    if (rows.length === 0) return;
    const online = new Map<string, Set<string>>();
    const isOnline = (organizationId: string, userId: string) => {
      let people = online.get(organizationId);
      if (!people) online.set(organizationId, people = new Set(app.realtime.onlineUsers(organizationId)));
      return people.has(userId);
    };
    const devices = Map.groupBy(
      rows.filter((row) => row.push === "always" || !isOnline(row.organization_id, row.user_id)),
      (row) => `${row.organization_id} ${row.user_id}`,
    );
    const items = new Map<string, PushItem[]>();
    for (const { organizationId, userId, notificationId } of personal) {
      for (const { id } of devices.get(`${organizationId} ${userId}`) ?? []) {
        const list = items.get(organizationId) ?? [];
        items.set(organizationId, list);
        list.push({ subscription_id: id, notification_id: notificationId });
      }
    }
    for (const [organization_id, list] of items) await enqueue(app, { organization_id, items: list, tries: 1 }, 0);
  },
};

async function enqueue(app: App, job: PushJob, delaySeconds: number): Promise<void> {
  for (let i = 0; i < job.items.length; i += PER_JOB) {
    await app.jobs.enqueue(PUSH_JOB, { ...job, items: job.items.slice(i, i + PER_JOB) }, { delaySeconds });
  }
}

/** Sends a test to one of the caller's browsers, which the caller has shown to be hers. */
export async function enqueueTest(app: App, organizationId: string, subscriptionId: string): Promise<void> {
  const items = [{ subscription_id: subscriptionId, notification_id: null }];
  await enqueue(app, { organization_id: organizationId, items, tries: 1 }, 0);
}

interface Target extends Row {
  id: string;
  user_id: string;
  organization_id: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  locale: string;
  pushed: Pushed | null;
}

export const pushJob: JobRule<PushJob> = {
  name: PUSH_JOB,
  retryLimit: 3,
  retryDelaySeconds: 10,
  async handle(app, job) {
    const targets = await findTargets(app, job);
    if (targets.length === 0) return;
    const keys = await serverKeys(app);
    const later: PushItem[] = [];
    let delay = 0;
    for (let i = 0; i < targets.length; i += AT_ONCE) {
      await Promise.all(
        targets.slice(i, i + AT_ONCE).map(async (target) => {
          const wait = await sendOne(app, keys, target);
          if (wait === undefined) return;
          later.push({ subscription_id: target.id, notification_id: target.pushed?.id ?? null });
          delay = Math.max(delay, wait);
        }),
      );
    }
    if (later.length === 0 || job.tries >= MAX_TRIES) return;
    const backoff = 15 * 2 ** job.tries * (0.75 + Math.random() / 2);
    await enqueue(app, { ...job, items: later, tries: job.tries + 1 }, Math.ceil(Math.max(backoff, delay)));
  },
};

/** What is still to be sent: subscriptions of living sessions, with what is neither read nor gone. */
async function findTargets(app: App, job: PushJob): Promise<Target[]> {
  const now = app.now();
  return await app.db.rows<Target>(sql`
    select s.id, s.user_id, s.organization_id, s.endpoint, s.p256dh, s.auth, u.locale,
      case when n.id is not null then
        jsonb_build_object('id', n.id, 'type', n.type, 'message', n.message, 'data', n.data) end as pushed
    from unnest(${job.items.map((i) => i.subscription_id)}::uuid[], ${
    job.items.map((i) => i.notification_id)
  }::uuid[]) as i (subscription_id, notification_id)
    join push_subscriptions s on s.id = i.subscription_id and s.organization_id = ${job.organization_id}
    join users u on u.id = s.user_id and u.is_active and (u.banned_until is null or u.banned_until <= ${now})
    join sessions e on e.id = s.session_id and e.user_id = s.user_id and e.revoked_at is null and e.expires_at > ${now}
    left join notifications n on n.id = i.notification_id and n.organization_id = s.organization_id
    where i.notification_id is null or (n.id is not null
      and not exists (select 1 from notification_reads r where r.user_id = s.user_id and r.notification_id = n.id)
      and not exists (select 1 from notification_state t where t.user_id = s.user_id and t.read_all_id >= n.id))`);
}

/** @returns seconds to wait before it is tried again (0: as the back-off says), or undefined when that is not wanted */
async function sendOne(app: App, keys: ServerKeys, target: Target): Promise<number | undefined> {
  const payload = target.pushed ? payloadOf(target.pushed) : testPayload(target.locale);
  const { topic, urgency } = payload;
  try {
    const body = await encryptPush(new TextEncoder().encode(JSON.stringify(payload.data)), target);
    const { status, retryAfter } = await postOutbound({
      url: target.endpoint,
      headers: {
        authorization: await vapidHeader(keys, target.endpoint, contact(app), app.now()),
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        ttl: String(TTL_SECONDS),
        urgency,
        // One waiting message per channel: a device that was off does not ring ten times. The service learns no ids.
        ...(topic ? { topic: (await app.keys.mac("push_topic", `${target.user_id} ${topic}`)).slice(0, 32) } : {}),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: 1024,
      allowPrivate: mayPushPrivate(app),
    });
    if (status >= 200 && status < 300) return void await note(app, target, true);
    if (status === 404 || status === 410) return void await remove(app, target);
    if (status === 408 || status === 429 || status >= 500) return seconds(retryAfter, app.now());
    app.log.warn("a push service refused a message", { status, service: new URL(target.endpoint).hostname });
    return void await note(app, target, false);
  } catch (error) {
    if (error instanceof RefusedAddress) return void await remove(app, target);
    app.log.debug("a push service did not answer", { error, service: new URL(target.endpoint).hostname });
    return 0;
  }
}

/** RFC 8292 asks for an https: or mailto: address of whoever runs the server. */
function contact(app: App): string {
  const url = app.publicUrl();
  if (url.startsWith("https:")) return url;
  return `mailto:${/<([^<>]+)>\s*$/.exec(app.config.mailFrom)?.[1] ?? app.config.mailFrom}`;
}

/** Retry-After in seconds, at most an hour. */
function seconds(retryAfter: string | null, now: Date): number {
  if (!retryAfter) return 0;
  const value = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now.getTime()) / 1000;
  return Number.isFinite(value) ? Math.min(3600, Math.max(0, value)) : 0;
}

async function note(app: App, { id, organization_id }: Target, ok: boolean): Promise<void> {
  if (ok) {
    await app.db.run(sql`
      update push_subscriptions set last_success_at = ${app.now()}, failures = 0
      where id = ${id} and organization_id = ${organization_id}
        and (failures > 0 or last_success_at is null or last_success_at < ${new Date(app.now().getTime() - 60_000)})`);
    return;
  }
  await app.db.run(sql`
    with failed as (
      update push_subscriptions set failures = failures + 1 where id = ${id} and organization_id = ${organization_id}
        and failures < ${MAX_FAILURES - 1} returning id)
    delete from push_subscriptions where id = ${id} and organization_id = ${organization_id}
      and not exists (select 1 from failed)`);
}

async function remove(app: App, { id, organization_id }: Target): Promise<void> {
  await app.db.run(sql`delete from push_subscriptions where id = ${id} and organization_id = ${organization_id}`);
}
