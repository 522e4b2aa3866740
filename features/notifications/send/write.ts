// Writes a group of requests to send notifications in one transaction (kernel/group_commit.ts collects them). However
// many they are, each step is one statement: who the persons are · claims of dedupe keys · rows · offsets and COMMIT.
// Invariants:
//  - a request is all or nothing; one with an unknown person fails alone and leaves no trace;
//  - of the requests with one dedupe key and scope (`scopeOf`) only the first sends, also across instances: the key's row
//    is its lock;
//  - `Planned` holds no surprise for the database: every text and JSON value was checked by the schema before.
import { createHash } from "node:crypto";
import { AppError } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { type EmittedEvent, json, sql, type Tx } from "../../../db/sql.ts";
import { channels, type NotificationChannel, notifyChannel } from "../../../protocol/wire/channels.ts";
import type { NotifyInput, NotifyResult } from "../../../protocol/notifications/notifications.ts";
import { deliveryOf, findRecipients, type Recipient, recipientKey } from "./recipients.ts";
import { quietUntil } from "./quiet_hours.ts";

export const DEDUPE_HOURS = 24;

export interface Sender {
  id: string | null;
  name: string;
}

/** What a notification tells of, so that it is read with it and goes with it. */
export interface About {
  /** A message. */
  sourceId: string;
  /** Its channel. */
  placeId: string;
  /** Its thread; null: the channel itself. */
  partId: string | null;
  /** Its position in the channel. */
  seq: number;
}

/** What a feature sends: an ordinary notification, and what nobody can ask for from outside. */
export interface SystemInput extends NotifyInput {
  /** Type of the push, where it is not that of the inbox row. May be a reserved one. */
  pushType?: string;
  about?: About;
}

/** One request: a single notification or a batch. */
export interface SendRequest {
  organizationId: string;
  sender: Sender;
  /** From a feature: its dedupe keys are the only ones of that name, whoever they reach. */
  system?: boolean;
  /** `channel` is valid, `type` is not reserved. */
  inputs: readonly SystemInput[];
  /** Path of an input in the request's body, for problems: "" or `notifications.3.`. */
  pathOf(index: number): string;
}

export interface Ephemeral {
  organizationId: string;
  channel: NotificationChannel;
  type: string;
  data: unknown;
  extra: { id: string; message: string };
}

/** Where a notification to nobody in particular goes. Its name was checked before. */
export function channelOf({ channel }: Pick<NotifyInput, "channel">): NotificationChannel {
  return channel === undefined ? channels.broadcast() : notifyChannel(channel)!;
}

export interface DueMail {
  notification_id: string;
  user_id: string;
  organization_id: string;
  due_at: Date;
}

/** What became of a group: an answer for each request, and what is to be done after COMMIT. */
export interface Written {
  answers: (Answer[] | AppError)[];
  ephemerals: Ephemeral[];
  mails: DueMail[];
  /** Results of keys that were claimed in this group; their offsets are known after COMMIT. */
  claimed: { organizationId: string; scope: string; key: string; answer: Answer }[];
}

/** A result whose offset is known after COMMIT. */
export interface Answer {
  id: string;
  channel: string;
  event: EmittedEvent | null;
  /** Set for the answer of an earlier request with the same key. */
  earlierOffset?: number | null;
  /** Nothing was sent: an earlier one is answered. */
  duplicate: boolean;
}

export const toResult = (answer: Answer): NotifyResult => ({
  id: answer.id,
  channel: answer.channel,
  offset: answer.event ? answer.event.offset : answer.earlierOffset ?? null,
  duplicate: answer.duplicate,
});

interface Draft {
  request: SendRequest;
  input: SystemInput;
  id: string;
  people: Recipient[];
}

/** Whose key it is: the same key from another sender, or for another type, channel or person, is another one. */
function scopeOf({ request: { sender, system }, input, people }: Draft): string {
  if (system) return "system";
  const to = input.user_ids ? ["", people.map((person) => person.userId).sort().join()] : [channelOf(input), ""];
  return createHash("sha256").update([sender.id ?? sender.name, input.type, ...to].join("\n")).digest("hex");
}

const keyOf = (organizationId: string, scope: string, dedupeKey: string) => `${organizationId} ${scope} ${dedupeKey}`;

/** @param mailOn false: nobody gets mail, because there is no mail server. */
export async function writeRequests(
  tx: Tx,
  requests: readonly SendRequest[],
  now: Date,
  mailOn: boolean,
): Promise<Written> {
  const out: Written = { answers: [], ephemerals: [], mails: [], claimed: [] };
  const drafts = await makeDrafts(tx, requests, out);
  const all = drafts.flat();
  const earlier = await claimKeys(tx, all, now);
  const fresh: Draft[] = [];
  const firstOfKey = new Map<string, Answer>();
  for (const [i, request] of requests.entries()) {
    if (out.answers[i] instanceof AppError) continue;
    out.answers[i] = drafts[i]!.map((draft) => {
      const { organizationId } = request, { dedupe_key } = draft.input;
      const scope = dedupe_key === undefined ? "" : scopeOf(draft);
      const key = dedupe_key === undefined ? null : keyOf(organizationId, scope, dedupe_key);
      const known = key === null ? undefined : earlier.get(key) ?? firstOfKey.get(key);
      if (known) return { ...known, duplicate: true };
      fresh.push(draft);
      const answer = push(tx, draft, now, mailOn, out);
      if (key !== null) {
        firstOfKey.set(key, answer);
        out.claimed.push({ organizationId, scope, key: dedupe_key!, answer });
      }
      return answer;
    });
  }
  await insertRows(tx, fresh, out.mails, now);
  return out;
}

/** Gives each notification its id and finds its persons. A request that names an unknown one becomes an error. */
async function makeDrafts(tx: Tx, requests: readonly SendRequest[], out: Written): Promise<Draft[][]> {
  const wanted = requests.flatMap(({ organizationId, inputs }) =>
    inputs.flatMap((input) => (input.user_ids ?? []).map((userId) => ({ organizationId, userId })))
  );
  const people = wanted.length ? await findRecipients(tx, wanted) : new Map<string, Recipient>();
  return requests.map((request, i) => {
    const errors: { path: string; message: string }[] = [];
    const drafts = request.inputs.map((input, n): Draft => {
      const found = new Map<string, Recipient>();
      input.user_ids?.forEach((userId, u) => {
        const person = people.get(recipientKey(request.organizationId, userId));
        if (person) found.set(person.userId, person);
        else errors.push({ path: `${request.pathOf(n)}user_ids.${u}`, message: "no such user in this organisation" });
      });
      return { request, input, id: newId(), people: [...found.values()] };
    });
    if (errors.length) {
      out.answers[i] = new AppError("validation_failed", "Some of the users do not exist in this organisation.", {
        errors,
      });
      return [];
    }
    out.answers[i] = [];
    return drafts;
  });
}

/** Takes the keys that are free or older than 24 hours; answers the earlier results of the others. */
async function claimKeys(tx: Tx, drafts: readonly Draft[], now: Date): Promise<Map<string, Answer>> {
  const wanted = new Map<string, Draft>();
  for (const draft of drafts) {
    if (draft.input.dedupe_key === undefined) continue;
    const key = keyOf(draft.request.organizationId, scopeOf(draft), draft.input.dedupe_key);
    if (!wanted.has(key)) wanted.set(key, draft);
  }
  if (wanted.size === 0) return new Map();
  const rows = [...wanted.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, draft]) => ({
    organization_id: draft.request.organizationId,
    scope: scopeOf(draft),
    dedupe_key: draft.input.dedupe_key!,
    notification_id: draft.id,
    channel: draft.people.length ? channels.userNotifications(draft.people[0]!.userId) : channelOf(draft.input),
    created_at: now,
  }));
  const expired = new Date(now.getTime() - DEDUPE_HOURS * 3_600_000);
  // One row at a time in the order of the keys, so that two instances never wait for each other crosswise.
  const taken = await tx.rows<{ notification_id: string }>(sql`
    insert into notification_dedupe as d (organization_id, scope, dedupe_key, notification_id, channel, created_at)
    select * from jsonb_to_recordset(${json(rows)}) as n
      (organization_id uuid, scope text, dedupe_key text, notification_id uuid, channel text, created_at timestamptz)
    on conflict (organization_id, scope, dedupe_key) do update
      set notification_id = excluded.notification_id, channel = excluded.channel, "offset" = null,
        created_at = excluded.created_at
      where d.created_at <= ${expired}
    returning notification_id`);
  if (taken.length === rows.length) return new Map();
  const mine = new Set(taken.map((row) => row.notification_id));
  const others = rows.filter((row) => !mine.has(row.notification_id));
  const found = await tx.rows<{
    organization_id: string;
    scope: string;
    dedupe_key: string;
    notification_id: string;
    channel: string;
    offset: number | null;
  }>(sql`
    select organization_id, scope, dedupe_key, notification_id, channel, "offset" from notification_dedupe
    where (organization_id, scope, dedupe_key) in (select * from unnest(
      ${others.map((o) => o.organization_id)}::uuid[], ${others.map((o) => o.scope)}::text[],
      ${others.map((o) => o.dedupe_key)}::text[]))`);
  return new Map(found.map((row) => [keyOf(row.organization_id, row.scope, row.dedupe_key), {
    id: row.notification_id,
    channel: row.channel,
    event: null,
    earlierOffset: row.offset,
    duplicate: true,
  }]));
}

/** Emits what subscribers get, or notes it for after COMMIT when it is not to be stored. */
function push(tx: Tx, draft: Draft, now: Date, mailOn: boolean, out: Written): Answer {
  const { request: { organizationId }, input, id, people } = draft;
  const extra = { id, message: input.message };
  const data = input.data ?? null, type = input.pushType ?? input.type;
  const send = (channel: NotificationChannel): EmittedEvent | null => {
    if (input.persist) return tx.emit({ organizationId, channel, type, data, extra });
    out.ephemerals.push({ organizationId, channel, type, data, extra });
    return null;
  };
  if (!input.user_ids) {
    const channel = channelOf(input);
    return { id, channel, event: send(channel), duplicate: false };
  }
  const answer: Answer = { id, channel: channels.userNotifications(people[0]!.userId), event: null, duplicate: false };
  people.forEach((person, i) => {
    const delivery = deliveryOf(person.preferences, input.type);
    if (delivery === "none") return;
    const until = quietUntil(person.preferences.quiet_hours, now);
    const event = until ? null : send(channels.userNotifications(person.userId));
    if (i === 0) answer.event = event;
    if (delivery === "email" && mailOn && input.persist) {
      out.mails.push({
        notification_id: id,
        user_id: person.userId,
        organization_id: organizationId,
        due_at: until ?? now,
      });
    }
  });
  return answer;
}

async function insertRows(tx: Tx, fresh: readonly Draft[], mails: readonly DueMail[], now: Date): Promise<void> {
  const stored = fresh.filter((draft) => draft.input.persist);
  if (stored.length === 0) return;
  const notifications = stored.map(({ request, input, id, people }) => ({
    id,
    organization_id: request.organizationId,
    audience: input.user_ids ? "users" : channelOf(input) === channels.broadcast() ? "broadcast" : "channel",
    channel: input.user_ids ? channels.userNotifications(people[0]!.userId) : channelOf(input),
    type: input.type,
    message: input.message,
    data: input.data ?? null,
    sender_id: request.sender.id,
    sender_name: request.sender.name,
    dedupe_key: input.dedupe_key ?? null,
    created_at: now,
    source_id: input.about?.sourceId ?? null,
  }));
  const recipients = stored.flatMap(({ request, input, id, people }) =>
    people.map(({ userId }) => ({
      user_id: userId,
      notification_id: id,
      organization_id: request.organizationId,
      place_id: input.about?.placeId,
      part_id: input.about?.partId,
      place_seq: input.about?.seq,
    }))
  );
  // Sent without waiting in between; the first error is the real one.
  const steps = [tx.run(sql`
    insert into notifications
      (id, organization_id, audience, channel, type, message, data, sender_id, sender_name, dedupe_key, created_at,
        source_id)
    select id, organization_id, audience, channel, type, message, coalesce(data, 'null'), sender_id, sender_name, dedupe_key,
      created_at, source_id
    from jsonb_to_recordset(${json(notifications)}) as n (id uuid, organization_id uuid, audience text, channel text,
      type text, message text, data jsonb, sender_id uuid, sender_name text, dedupe_key text, created_at timestamptz,
      source_id uuid)`)];
  if (recipients.length) {
    steps.push(tx.run(sql`
      insert into notification_recipients (user_id, notification_id, organization_id, place_id, part_id, place_seq)
      select * from jsonb_to_recordset(${json(recipients)}) as r (user_id uuid, notification_id uuid,
        organization_id uuid, place_id uuid, part_id uuid, place_seq bigint)`));
  }
  if (mails.length) steps.push(insertMails(tx, mails).then((rows) => rows.length));
  await Promise.all(steps);
}

/** Puts mails into the outbox; answers those that were not there before. */
export function insertMails(tx: Pick<Tx, "rows">, mails: readonly DueMail[]): Promise<DueMail[]> {
  return tx.rows<DueMail>(sql`
    insert into notification_mails (notification_id, user_id, organization_id, due_at)
    select * from jsonb_to_recordset(${json(mails)}) as m
      (notification_id uuid, user_id uuid, organization_id uuid, due_at timestamptz)
    on conflict do nothing
    returning notification_id, user_id, organization_id, due_at`);
}

/** Notes the offsets of claimed keys, before the callers hear of them. */
export function saveOffsetsStatement(claimed: Written["claimed"]) {
  const rows = claimed.map(({ organizationId, scope, key, answer }) => ({
    organization_id: organizationId,
    scope,
    dedupe_key: key,
    notification_id: answer.id,
    offset: toResult(answer).offset,
  }));
  return sql`
    update notification_dedupe d set "offset" = n."offset"
    from jsonb_to_recordset(${json(rows)}) as n
      (organization_id uuid, scope text, dedupe_key text, notification_id uuid, "offset" bigint)
    where d.organization_id = n.organization_id and d.scope = n.scope and d.dedupe_key = n.dedupe_key
      and d.notification_id = n.notification_id`;
}
