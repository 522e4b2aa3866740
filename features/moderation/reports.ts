// Reports: people say that something is wrong with a message, moderators look after it. Invariants:
//  - only messages that the reporter may read, never the own; one open report per person and message;
//  - all open reports of a message are one case with one outcome, which each of the reporters is told;
//  - the report keeps the message as it was, also when it is edited or deleted afterwards;
//  - who wrote the reported message does not decide about the report, whatever the role, and is not told who reported it.
import { perApp } from "../../kernel/per_app.ts";
import { authorize, requireUser, type Role } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { isUuid, newId } from "../../kernel/ids.ts";
import { isUniqueViolation, sql, type Tx } from "../../db/sql.ts";
import type { AuditAction } from "../../protocol/operation/audit_actions.ts";
import { channels, type DurableType, type PushData } from "../../protocol/wire/channels.ts";
import type { Page } from "../../protocol/common.ts";
import type { OwnReport, Report, ReportInput, ReportQuery, UpdateReportInput } from "../../protocol/chat/moderation.ts";
import { rolesHolding } from "../accounts/mod.ts";
import { writeAudit } from "../audit/mod.ts";
import { readableMessage, toMessages } from "../chat/mod.ts";
import type { App, Ctx } from "../context.ts";
import { requireModerator } from "./people.ts";
import {
  insertReport,
  leadingReport,
  openReport,
  type ReportRow,
  reportRows,
  saveReport,
  toReports,
} from "./report_store.ts";

const REPORTS = 20;
const WINDOW_SECONDS = 600;
const limiterOf = perApp((app: App) =>
  app.limits.limiter({ name: "reports", points: REPORTS, windowSeconds: WINDOW_SECONDS, shared: true })
);

type ModerationChannel = ReturnType<typeof channels.moderation>;

/** Emits an event of the moderators' channel. */
export function tell<T extends DurableType<ModerationChannel>>(
  tx: Tx,
  organizationId: string,
  type: T,
  data: PushData<ModerationChannel, T>,
): void {
  tx.emit({ organizationId, channel: channels.moderation(), type, data });
}

/**
 * Reports a message.
 * @returns the open report of this person, new or earlier
 * @throws AppError not_found, forbidden (own message), rate_limited
 */
export async function reportMessage(ctx: Ctx, messageId: string, input: ReportInput): Promise<OwnReport> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const reporterId = requireUser(actor);
  const { row: message } = await readableMessage(app.db, actor, messageId, app.now());
  if (message.deleted_at) throw notFound("message");
  if (message.user_id === reporterId) throw new AppError("forbidden", "You cannot report your own message.");
  if (message.message_type === "system") throw new AppError("forbidden", "This message was written by the server.");
  const { organizationId } = actor;
  const earlier = await openReport(app.db, organizationId, messageId, reporterId);
  if (earlier) return ownReport(earlier);
  await limiterOf(app).consume(reporterId, "You have reported many messages in a short time. Try again later.");
  const row = await app.db.withTx(async (tx) => {
    const [snapshot] = await toMessages(tx, organizationId, [message]);
    const made = await insertReport(tx, {
      id: newId(),
      organization_id: organizationId,
      message_id: message.id,
      channel_id: message.channel_id,
      author_id: message.user_id,
      reporter_id: reporterId,
      source: "person",
      category: input.category,
      reason: input.reason,
      rule: null,
      snapshot: snapshot!,
      created_at: app.now(),
    });
    if (!made) return await openReport(tx, organizationId, messageId, reporterId);
    await tellCreated(app, tx, made);
    await writeAudit(tx, ctx, {
      action: "report.created",
      subject_type: "report",
      subject_id: made.id,
      details: { message_id: made.message_id, author_id: made.author_id, category: made.category },
    });
    return made;
  });
  if (!row) throw new AppError("conflict", "The report was closed at this moment. Report the message again.");
  return ownReport(row);
}

/** The case as it stands with the new report. */
export async function tellCreated(app: App, tx: Tx, row: ReportRow): Promise<void> {
  const lead = row.case_id === row.id ? row : await leadingReport(tx, row.organization_id, row.id);
  tell(tx, row.organization_id, "report_created", { report: await pushedReport(app, tx, lead!) });
}

/** As it stands in events: all moderators get them, so the reporter is not named when one of them wrote the message. */
async function pushedReport(app: App, tx: Tx, row: ReportRow): Promise<Report> {
  const author = row.author_id
    ? await tx.maybe<{ role: Role }>(sql`
      select role from users where id = ${row.author_id} and organization_id = ${row.organization_id}`)
    : undefined;
  const reads = author !== undefined &&
    (await rolesHolding(app, tx, row.organization_id, "chat.moderate")).includes(author.role);
  return (await toReports(tx, row.organization_id, [row], () => reads))[0]!;
}

function ownReport(row: ReportRow): OwnReport {
  const { case_id, message_id, category, reason, status } = row;
  // The case's, so that what a reporter knows is what moderators have in their queue.
  return { id: case_id, message_id, category, reason, status, created_at: row.created_at.toISOString() };
}

/** The queue, newest first. Needs `chat.moderate`. */
export async function listReports(ctx: Ctx, query: ReportQuery): Promise<Page<Report>> {
  authorize(ctx.actor, "chat.moderate");
  const { app: { db }, actor: { organizationId } } = ctx;
  const before = query.cursor ? cursorId(query.cursor) : undefined;
  const rows = await reportRows(db, organizationId, query, before, query.limit + 1);
  const reports = await toReports(db, organizationId, rows, (row) => row.author_id === ctx.actor.userId);
  return toPage(reports, query.limit, (report) => [report.id], (report) => report);
}

/** The id in a cursor of one part. @throws AppError `validation_failed` */
export function cursorId(cursor: string): string {
  const id = String(decodeCursor(cursor, 1)[0]);
  if (!isUuid(id)) throw new AppError("validation_failed", "The cursor is not one that this server gave out.");
  return id;
}

/** @throws AppError not_found, forbidden (own message), validation_failed, conflict */
export async function updateReport(ctx: Ctx, id: string, input: UpdateReportInput): Promise<Report> {
  const { app, actor } = ctx;
  authorize(actor, "chat.moderate");
  const { organizationId } = actor;
  const moderatorId = requireUser(actor);
  try {
    return await app.db.withTx(async (tx) => {
      const row = await leadingReport(tx, organizationId, id, { lock: true });
      if (!row) throw notFound("report");
      // Owners have nobody above them, and perhaps nobody beside them.
      if (row.author_id === moderatorId && actor.role !== "owner") {
        throw new AppError("forbidden", "This is about a message of yours: somebody else decides.");
      }
      if (input.assigned_to && input.assigned_to !== row.assigned_to) {
        await requireModerator(app, tx, organizationId, input.assigned_to);
      }
      const changed = (["status", "note", "assigned_to"] as const)
        .filter((key) => input[key] !== undefined && input[key] !== row[key]);
      if (changed.length > 0) {
        apply(row, input, moderatorId, app.now());
        await saveReport(tx, row);
        await writeAudit(tx, ctx, {
          action: auditAction(row, changed),
          subject_type: "report",
          subject_id: row.id,
          details: { changed, status: row.status, assigned_to: row.assigned_to, author_id: row.author_id },
        });
      }
      if (changed.length > 0) {
        tell(tx, organizationId, "report_updated", { report: await pushedReport(app, tx, row), changed });
      }
      return (await toReports(tx, organizationId, [row]))[0]!;
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError("conflict", "The message has been reported anew since: that case is open already.");
  }
}

function apply(row: ReportRow, input: UpdateReportInput, moderatorId: string, now: Date): void {
  if (input.note !== undefined) row.note = input.note;
  if (input.assigned_to !== undefined) row.assigned_to = input.assigned_to;
  if (input.status !== undefined && input.status !== row.status) {
    row.status = input.status;
    row.reviewed_by = input.status === "pending" ? null : moderatorId;
    row.reviewed_at = input.status === "pending" ? null : now;
  }
  row.updated_at = now;
}

function auditAction(row: ReportRow, changed: readonly string[]): AuditAction {
  if (changed.includes("status")) return row.status === "pending" ? "report.reopened" : `report.${row.status}`;
  return changed.includes("assigned_to") ? "report.assigned" : "report.updated";
}
