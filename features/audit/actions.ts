// Writing and reading the audit log. Every security-relevant action calls `writeAudit` inside its own transaction, so an
// entry exists exactly when the change does. Details hold names and numbers, never secrets.
import { type Actor, authorize } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError } from "../../kernel/errors.ts";
import { isUuid, newId } from "../../kernel/ids.ts";
import type { AuditEntry, AuditFilter, AuditQuery } from "../../protocol/operation/audit.ts";
import type { AuditAction } from "../../protocol/operation/audit_actions.ts";
import type { Page } from "../../protocol/common.ts";
import type { Queryable } from "../../db/sql.ts";
import type { Ctx, GuestCtx } from "../context.ts";
import { csvHeader, csvLine } from "./csv.ts";
import { withNames } from "./names.ts";
import { auditRows, insertAudit } from "./store.ts";

export interface AuditInput {
  action: AuditAction;
  subject_type?: string;
  subject_id?: string | null;
  details?: Record<string, unknown>;
}

/** Somebody who acts without an Actor: a failed sign-in, a registration. */
export interface AuditActor {
  organizationId: string;
  id: string | null;
  name: string;
  kind: AuditEntry["actor_kind"];
}

/** Adds an entry in the caller's transaction. @param as who acts, when the context has no actor. */
export async function writeAudit(tx: Queryable, ctx: Ctx, input: AuditInput): Promise<void>;
export async function writeAudit(tx: Queryable, ctx: GuestCtx, input: AuditInput, as: AuditActor): Promise<void>;
export async function writeAudit(
  tx: Queryable,
  ctx: GuestCtx & { actor?: Actor },
  input: AuditInput,
  as?: AuditActor,
): Promise<void> {
  const who = as ?? actorOf((ctx as Ctx).actor);
  await insertAudit(tx, {
    id: newId(),
    organizationId: who.organizationId,
    actorId: who.id,
    actorName: who.name,
    actorKind: who.kind,
    action: input.action,
    subjectType: input.subject_type ?? null,
    subjectId: input.subject_id ?? null,
    ip: ctx.ip,
    details: input.details ?? {},
    createdAt: ctx.app.now(),
  });
}

function actorOf(actor: Actor): AuditActor {
  const kind = actor.kind === "person" ? "user" : actor.kind;
  const id = actor.kind === "agent" ? actor.agentId : actor.userId;
  return { organizationId: actor.organizationId, id, name: actor.username, kind };
}

/** One page of the organisation's log, newest first. Needs `audit.read`. */
export async function listAudit(ctx: Ctx, query: AuditQuery): Promise<Page<AuditEntry>> {
  authorize(ctx.actor, "audit.read");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  if (before !== undefined && !isUuid(before)) {
    throw new AppError("validation_failed", "The cursor is not one that this server gave out.");
  }
  const { app: { db }, actor: { organizationId } } = ctx;
  const rows = await withNames(db, organizationId, await auditRows(db, organizationId, query, query.limit + 1, before));
  return toPage(rows, query.limit, (r) => [r.id], (r) => r);
}

const EXPORT_BATCH = 500;

/** The whole filtered log as text, newest first, read in batches while it is sent. Needs `audit.read`. */
export function exportAudit(ctx: Ctx, filter: AuditFilter, format: "csv" | "ndjson"): ReadableStream<Uint8Array> {
  authorize(ctx.actor, "audit.read");
  const encoder = new TextEncoder();
  const line = format === "csv" ? csvLine : (e: AuditEntry) => JSON.stringify(e) + "\n";
  let before: string | undefined;
  let done = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (format === "csv") controller.enqueue(encoder.encode(csvHeader()));
    },
    async pull(controller) {
      if (done) return controller.close();
      const { app: { db }, actor: { organizationId } } = ctx;
      const rows = await withNames(
        db,
        organizationId,
        await auditRows(db, organizationId, filter, EXPORT_BATCH, before),
      );
      done = rows.length < EXPORT_BATCH;
      before = rows.at(-1)?.id;
      if (rows.length > 0) controller.enqueue(encoder.encode(rows.map(line).join("")));
      if (done) controller.close();
    },
  });
}
