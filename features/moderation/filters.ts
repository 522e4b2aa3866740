// The settings of the automatic filter. Chat applies them (features/chat/filter/filter.ts) and asks for the version, which grows
// with every change, so that they hold on every instance within a second.
import { authorize } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { json, type Queryable, sql } from "../../db/sql.ts";
import {
  type FilterSettings,
  filterSettings,
  type FilterState,
  type FilterTest,
  type FilterTestInput,
  type FilterUpdate,
} from "../../protocol/chat/moderation.ts";
import { writeAudit } from "../audit/mod.ts";
import { applyRules, compileFilter, filterProblems, forgetFilter } from "../chat/mod.ts";
import type { Ctx } from "../context.ts";
import { peopleById } from "./people.ts";

interface FilterRow {
  settings: unknown;
  version: number;
  updated_at: Date;
  updated_by: string | null;
}

async function filterRow(db: Queryable, organizationId: string, lock = false): Promise<FilterRow | undefined> {
  return await db.maybe<FilterRow>(sql`
    select settings, version, updated_at, updated_by from moderation_filters where organization_id = ${organizationId}
    ${lock ? sql`for update` : sql``}`);
}

/** The settings of an organisation, those of a later version filled up with defaults. */
export async function settingsOf(db: Queryable, organizationId: string): Promise<FilterSettings> {
  return filterSettings.parse((await filterRow(db, organizationId))?.settings ?? {});
}

/** Needs `chat.moderate`: the lists are not for everybody. */
export async function getFilter(ctx: Ctx): Promise<FilterState> {
  authorize(ctx.actor, "chat.moderate");
  return await stateOf(ctx, await filterRow(ctx.app.db, ctx.actor.organizationId));
}

async function stateOf(ctx: Ctx, row: FilterRow | undefined): Promise<FilterState> {
  const person = await peopleById(ctx.app.db, ctx.actor.organizationId, [row?.updated_by ?? null]);
  return {
    ...filterSettings.parse(row?.settings ?? {}),
    version: row?.version ?? 0,
    updated_at: row?.updated_at.toISOString() ?? null,
    updated_by: row?.updated_by ? person(row.updated_by) : null,
  };
}

/** Replaces all settings. Needs `chat.manage`. @throws AppError validation_failed, conflict */
export async function updateFilter(ctx: Ctx, { version, ...settings }: FilterUpdate): Promise<FilterState> {
  const { app, actor } = ctx;
  authorize(actor, "chat.manage");
  const { organizationId } = actor;
  requireUsable(settings, "");
  const row = await app.db.withTx(async (tx) => {
    await tx.run(sql`
      insert into moderation_filters (organization_id, settings, version, updated_at)
      values (${organizationId}, '{}', 0, ${app.now()}) on conflict do nothing`);
    const before = (await filterRow(tx, organizationId, true))!;
    if (version !== undefined && version !== before.version) {
      throw new AppError("conflict", "Somebody else has changed the filter meanwhile. Load it again.");
    }
    const saved = await tx.one<FilterRow>(sql`
      update moderation_filters set settings = ${json(settings)}, version = version + 1, updated_at = ${app.now()},
        updated_by = ${actor.userId}
      where organization_id = ${organizationId} returning settings, version, updated_at, updated_by`);
    const { words, patterns, links, flood, caps, escalation } = settings;
    await writeAudit(tx, ctx, {
      action: "moderation.filter_changed",
      subject_type: "organization",
      subject_id: organizationId,
      details: {
        version: saved.version,
        words: words.length,
        patterns: patterns.length,
        links: links.action,
        flood: flood.action,
        caps: caps.action,
        escalation: escalation.enabled,
      },
    });
    tx.afterCommit(() => forgetFilter(app, organizationId));
    return saved;
  });
  return await stateOf(ctx, row);
}

/** @throws AppError `validation_failed` naming the words and patterns that cannot be used */
function requireUsable(settings: FilterSettings, prefix: string): void {
  const errors = filterProblems(settings).map(({ path, message }) => ({ path: prefix + path, message }));
  if (errors.length === 0) return;
  throw new AppError("validation_failed", `${errors[0]!.path}: ${errors[0]!.message}`, { errors: errors.slice(0, 50) });
}

/** What the filter would do with a text; with `settings` before they are saved. Needs `chat.moderate`. */
export async function testFilter(ctx: Ctx, input: FilterTestInput): Promise<FilterTest> {
  authorize(ctx.actor, "chat.moderate");
  if (input.settings) requireUsable(input.settings, "settings.");
  const settings = input.settings ?? await settingsOf(ctx.app.db, ctx.actor.organizationId);
  const hits = await applyRules(compileFilter(settings), input.content, true);
  const verdict = hits.some((hit) => hit.action === "block") ? "block" : hits.length > 0 ? "flag" : "ok";
  return { verdict, hits: hits.slice(0, 100) };
}
