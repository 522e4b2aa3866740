// Sends one delivery to its webhook. The job queue repeats it with exponential back-off and jitter (8 tries over about two
// hours) until the receiver answers 2xx or says that it never will (a 4xx other than 408 and 429).
// Signature: X-Pulpo-Signature: sha256=<hex HMAC-SHA-256 of "<X-Pulpo-Timestamp>.<body>"> with the webhook's secret as key.
// A receiver that lets us wait is left alone for half a minute, so that it does not hold up deliveries to others.
// A receiver that only fails is switched off and the admins are told: after 5 days, or 50 deliveries given up in a row.
import { perApp } from "../../../kernel/per_app.ts";
import { postOutbound, RefusedAddress } from "../../../kernel/outbound.ts";
import { cutMarked } from "../../../kernel/cut_text.ts";
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { DELIVER_JOB } from "./deliveries.ts";
import { sendAsSystem } from "../send/notify.ts";
import { mayCallPrivate, signingSecret } from "./outgoing.ts";
import { findAdmins } from "../send/recipients.ts";

const TIMEOUT_MS = 10_000;
const RESPONSE_BYTES = 1024;
/** A failure that took longer makes the next tries wait. */
const SLOW_MS = 2000;
const COOL_DOWN_MS = 30_000;
const FAILING_DAYS = 5;
const DEAD_IN_A_ROW = 50;
const WEBHOOK_DISABLED = "webhook_disabled";

interface DeliverJob {
  delivery_id: string;
  organization_id: string;
}

interface DueDelivery {
  id: string;
  organization_id: string;
  webhook_id: string;
  event: string;
  body: string;
  event_id: number | null;
  url: string;
  enabled: boolean;
  secret_salt: string;
}

export interface Outcome {
  status: number | null;
  body: string | null;
  error: string | null;
  durationMs: number;
  /** delivered, never to be tried again, or to be tried again. */
  verdict: "delivered" | "refused" | "again";
}

export const deliverJob: JobRule<DeliverJob> = {
  name: DELIVER_JOB,
  retryLimit: 7,
  retryDelaySeconds: 60,
  async handle(app, job, { lastAttempt }) {
    const due = await app.db.maybe<DueDelivery>(sql`
      select d.id, d.organization_id, d.webhook_id, d.event, d.body, d.event_id, w.url, w.enabled, w.secret_salt
      from webhook_deliveries d join outgoing_webhooks w on w.id = d.webhook_id
      where d.id = ${job.delivery_id} and d.organization_id = ${job.organization_id} and d.status = 'pending'`);
    if (!due) return;
    // What somebody asked for (a test, a re-send) goes out even when the webhook is switched off.
    if (!due.enabled && due.event_id !== null) {
      await app.db.run(sql`
        update webhook_deliveries set status = 'failed', error = 'The webhook is switched off.' where id = ${due.id}
          and organization_id = ${due.organization_id}`);
      return;
    }
    // Costs a try, but the tries lie further and further apart; the last one is always made.
    const pause = pausesOf(app).get(due.webhook_id) ?? 0;
    if (pause > Date.now() && !lastAttempt) throw new Error(`delivery ${due.id}: its receiver did not answer just now`);
    const outcome = await attempt(app, due);
    notePause(pausesOf(app), due.webhook_id, outcome);
    const again = outcome.verdict === "again" && !lastAttempt;
    await record(app, due, outcome, again);
    if (again) throw new Error(`delivery ${due.id}: ${outcome.error ?? `status ${outcome.status}`}`);
  },
};

/** Until when a webhook's receiver is left alone (milliseconds since 1970), on this instance. */
const pausesOf = perApp((_app: App) => new Map<string, number>());

function notePause(pauses: Map<string, number>, webhookId: string, outcome: Outcome): void {
  const now = Date.now();
  pauses.delete(webhookId);
  if (outcome.verdict === "again" && outcome.durationMs > SLOW_MS) pauses.set(webhookId, now + COOL_DOWN_MS);
  if (pauses.size > 1000) {
    for (const [id, until] of pauses) {
      if (until < now || pauses.size > 1000) pauses.delete(id);
    }
  }
}

/** The signature's text form. Also what a receiver computes to compare. */
export async function sign(secret: string, timestamp: number, body: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${timestamp}.${body}`));
  return `sha256=${new Uint8Array(mac).toHex()}`;
}

async function attempt(app: App, due: DueDelivery): Promise<Outcome> {
  const secret = await signingSecret(app, due.webhook_id, due.secret_salt);
  return await signedPost(app, { id: due.id, event: due.event, url: due.url, body: due.body, secret });
}

export interface SignedPost {
  /** The same for every try. */
  id: string;
  event: string;
  url: string;
  /** JSON. */
  body: string;
  secret: string;
}

/** One try to tell another program something, signed. Does not throw: what goes wrong is the outcome. */
export async function signedPost(app: App, { id, event, url, body, secret }: SignedPost): Promise<Outcome> {
  const timestamp = Math.floor(app.now().getTime() / 1000);
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Pulpo-Webhooks/1",
    "x-pulpo-event": event,
    "x-pulpo-delivery": id,
    "x-pulpo-timestamp": String(timestamp),
    "x-pulpo-signature": await sign(secret, timestamp, body),
  };
  const started = performance.now();
  const took = () => Math.round(performance.now() - started);
  try {
    const answer = await postOutbound({
      url,
      headers,
      body,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: RESPONSE_BYTES,
      allowPrivate: mayCallPrivate(app),
    });
    const { status } = answer, text = cutMarked(answer.body, RESPONSE_BYTES);
    return { status, body: text, error: null, durationMs: took(), verdict: verdictOf(status) };
  } catch (error) {
    const text = error instanceof Error ? error.message.slice(0, 300) : "unknown error";
    const verdict = error instanceof RefusedAddress ? "refused" : "again";
    return { status: null, body: null, error: text, durationMs: took(), verdict };
  }
}

function verdictOf(status: number): Outcome["verdict"] {
  if (status >= 200 && status < 300) return "delivered";
  return status === 408 || status === 429 || status >= 500 ? "again" : "refused";
}

async function record(app: App, due: DueDelivery, outcome: Outcome, again: boolean): Promise<void> {
  const now = app.now();
  const ok = outcome.verdict === "delivered";
  const status = ok ? "delivered" : again ? "pending" : "failed";
  const dead = status === "failed" ? 1 : 0;
  const failingLimit = new Date(now.getTime() - FAILING_DAYS * 86_400_000);
  const webhook = await app.db.withTx(async (tx) => {
    await tx.run(sql`
      update webhook_deliveries set status = ${status}, attempts = attempts + 1, response_status = ${outcome.status},
        response_body = ${outcome.body}, error = ${outcome.error}, duration_ms = ${outcome.durationMs}, last_attempt_at = ${now}
      where id = ${due.id} and organization_id = ${due.organization_id}`);
    if (ok) {
      await tx.run(sql`
        update outgoing_webhooks set last_status = ${outcome.status}, failing_since = null, dead_in_a_row = 0
        where id = ${due.webhook_id} and organization_id = ${due.organization_id}`);
      return undefined;
    }
    return await tx.maybe<{ name: string; switched_off: boolean }>(sql`
      update outgoing_webhooks w set last_status = ${outcome.status ?? 0},
        failing_since = coalesce(w.failing_since, ${now}), dead_in_a_row = w.dead_in_a_row + ${dead},
        enabled = w.enabled and not o.give_up,
        disabled_reason = case when w.enabled and o.give_up then 'Nothing but failures for too long.' else w.disabled_reason end
      from (select id, enabled and (failing_since < ${failingLimit} or dead_in_a_row + ${dead} >= ${DEAD_IN_A_ROW}) is true
          as give_up, enabled as was_enabled
        from outgoing_webhooks where id = ${due.webhook_id} for update) o
      where w.id = o.id and w.organization_id = ${due.organization_id}
      returning w.name, o.was_enabled and o.give_up as switched_off`);
  });
  if (webhook?.switched_off) await tellAdmins(app, due, webhook.name);
}

async function tellAdmins(app: App, due: DueDelivery, name: string): Promise<void> {
  const admins = await findAdmins(app.db, due.organization_id);
  for (const [spanish, group] of Map.groupBy(admins, ({ locale }) => /^es\b/i.test(locale))) {
    await sendAsSystem(app, due.organization_id, "Pulpo", {
      type: WEBHOOK_DISABLED,
      message: spanish
        ? `El webhook "${name}" se ha desactivado: su dirección lleva un tiempo fallando.`
        : `The webhook "${name}" was switched off: its address has only failed for some time.`,
      data: { webhook_id: due.webhook_id, name },
      user_ids: group.map(({ id }) => id),
      persist: true,
    });
  }
}
