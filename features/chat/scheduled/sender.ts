// Sends scheduled messages when their time has come, within about a second. Every instance looks; a row is claimed by one.
// Exactly once although a crash may repeat the work: a message's client_id is `scheduled:<id>`, a reminder's dedupe key the
// same, so a second time finds the first. Rights are those that the author has at this moment: without them the row fails
// for good and its author is told. Passing troubles (database away, limits) are tried again with growing pauses.
import { perApp } from "../../../kernel/per_app.ts";
import type { Ctx } from "../../context.ts";
import { AppError, toAppError } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { UserChatEvents } from "../../../protocol/pushes/chat.ts";
import { personActor } from "../../accounts/mod.ts";
import type { App } from "../../context.ts";
import { sendAsSystem } from "../../notifications/mod.ts";
import { languageOf, scheduledFailed } from "../texts.ts";
import { SCHEDULED_PREFIX } from "../messages/drafts.ts";
import { sendMessage } from "../messages/send.ts";
import {
  claimDue,
  deleteOldScheduled,
  markFailed,
  markSent,
  nextDue,
  releaseClaim,
  type ScheduledRow,
} from "./store.ts";

/** How often the time is compared; costs nothing as long as nothing is due. */
const TICK_MS = 250;
/** How often the table is looked at anyway: what other instances took in, or left behind. */
const REFRESH_MS = 30_000;
const AT_ONCE = 50;
/** Tries before a passing trouble counts as final; with the pauses about two hours. */
const MAX_ATTEMPTS = 12;
const MAX_PAUSE_MS = 900_000;
const SENT_DAYS = 30;
const FAILED_DAYS = 90;

interface Clock {
  /** Time of the next one that is known, as milliseconds; Infinity: none. */
  next: number;
}
const clockOf = perApp((_app: App): Clock => ({ next: 0 }));

/** Something new is due at this time. */
export function noteDue(app: App, at: Date): void {
  const clock = clockOf(app);
  clock.next = Math.min(clock.next, at.getTime());
}

/** Looks for due messages until the returned function is called, which waits for those that are being sent. */
export function startScheduler(app: App): () => Promise<void> {
  const clock = clockOf(app);
  let running: Promise<void> | undefined;
  let refreshAt = 0;
  const timer = setInterval(() => {
    if (running) return;
    const refresh = performance.now() >= refreshAt;
    if (!refresh && app.now().getTime() < clock.next) return;
    if (refresh) refreshAt = performance.now() + REFRESH_MS;
    running = sendDue(app).catch((error) => {
      app.log.warn("could not look for scheduled messages; trying again", { error });
      clock.next = app.now().getTime() + 5_000;
    }).finally(() => running = undefined);
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Sends everything that is due now. */
export async function sendDue(app: App): Promise<void> {
  const clock = clockOf(app);
  for (;;) {
    const rows = await claimDue(app.db, app.now(), AT_ONCE);
    if (rows.length === 0) break;
    await Promise.all(rows.map((row) => sendClaimed(app, row)));
  }
  // What is noted while the question is under way must not be forgotten.
  clock.next = Infinity;
  const next = await nextDue(app.db);
  if (next) noteDue(app, next);
}

/**
 * Sends one that this instance has claimed, and writes down what became of it.
 * @param asked the author, when it is sent by hand: then errors are thrown too
 */
export async function sendClaimed(app: App, row: ScheduledRow, asked?: Ctx): Promise<void> {
  try {
    const ctx = asked ?? await authorCtx(app, row);
    const messageId = row.kind === "message" ? await sendAsAuthor(ctx, row) : await remind(app, row);
    await markSent(app.db, row, messageId, app.now());
  } catch (thrown) {
    const error = toAppError(thrown);
    if (asked) {
      await releaseClaim(app.db, row, null);
      throw error;
    }
    if ((error.retryable || error.code === "internal") && row.attempts < MAX_ATTEMPTS) {
      const pause = Math.min(MAX_PAUSE_MS, 2_000 * 2 ** (row.attempts - 1));
      app.log.warn("a scheduled message waits for another try", { error: thrown, scheduled_id: row.id });
      await releaseClaim(app.db, row, new Date(app.now().getTime() + pause));
      return;
    }
    await markFailed(app.db, row, { code: error.code, reason: error.detail }, app.now());
    await tellAuthor(app, row, error).catch((error) => app.log.warn("could not tell an author", { error }));
  }
  const data: UserChatEvents["scheduled_changed"] = { id: row.id };
  app.realtime.publishEphemeral(row.organization_id, channels.userChat(row.user_id), "scheduled_changed", data);
}

async function authorCtx(app: App, row: ScheduledRow): Promise<Ctx> {
  const actor = await personActor(app, row.organization_id, row.user_id);
  if (!actor) throw new AppError("account_disabled", "The account is switched off.");
  return { app, actor, requestId: newId(), ip: null, userAgent: null, log: app.log };
}

async function sendAsAuthor(ctx: Ctx, row: ScheduledRow): Promise<string> {
  const message = await sendMessage(ctx, row.channel_id, {
    content: row.content,
    attachments: row.attachments,
    reply_to_id: row.reply_to_id,
    client_id: SCHEDULED_PREFIX + row.id,
    // Its author confirmed when it was scheduled.
    confirm_mentions: true,
  }, { program: row.program });
  return message.id;
}

async function remind(app: App, row: ScheduledRow): Promise<null> {
  await sendAsSystem(app, row.organization_id, "Pulpo", {
    type: "reminder",
    message: row.content.slice(0, 1000),
    data: { scheduled_id: row.id, channel_id: row.channel_id, text: row.content },
    user_ids: [row.user_id],
    persist: true,
    dedupe_key: SCHEDULED_PREFIX + row.id,
  });
  return null;
}

async function tellAuthor(app: App, row: ScheduledRow, error: AppError): Promise<void> {
  const person = await app.db.maybe<{ locale: string }>(sql`
    select locale from users where id = ${row.user_id} and organization_id = ${row.organization_id} and is_active`);
  if (!person) return;
  await sendAsSystem(app, row.organization_id, "Pulpo", {
    type: "scheduled_failed",
    message: scheduledFailed(languageOf(person.locale), error),
    data: { scheduled_id: row.id, channel_id: row.channel_id, code: error.code, reason: error.detail },
    user_ids: [row.user_id],
    persist: true,
    dedupe_key: `scheduled_failed:${row.id}:${row.updated_at.getTime()}`,
  });
}

/** Sent ones go after a month, failed ones after three. */
export async function sweepScheduled(app: App): Promise<void> {
  const before = (days: number) => new Date(app.now().getTime() - days * 86_400_000);
  await deleteOldScheduled(app.db, before(SENT_DAYS), before(FAILED_DAYS));
}
