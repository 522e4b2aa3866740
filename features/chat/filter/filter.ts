// The automatic filter on the way of every message and edit. Invariants:
//  - it holds for everybody of the organisation but the exempt roles and channels, over HTTP, sockets, jobs and programs;
//  - a change of the settings holds on every instance within a second: after half a second the version is asked again;
//  - whoever is refused learns that the filter did it, never which entry of the lists;
//  - what is recorded about refused messages (row, event, audit) is bounded per person, and never holds the text.
import { perApp } from "../../../kernel/per_app.ts";
import { AppError } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import type { Limiter } from "../../../kernel/rate_limit.ts";
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { type FilterSettings, filterSettings } from "../../../protocol/chat/moderation.ts";
import type { ModerationEvents } from "../../../protocol/pushes/moderation.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { foldText } from "./fold.ts";
import { applyRules, type CompiledFilter, compileFilter, type Hit } from "./rules.ts";

export type Verdict = { verdict: "ok" } | { verdict: "flag"; rule: string; reason: string };

/**
 * Judges a text before it is written.
 * @param options.edit true: the text replaces another, so it does not count as a further message of a flood
 * @param options.allowed throws when the person may not write there at all; asked only when something was found
 * @returns "flag": it may go out, and moderators are to be told (`message_flagged`)
 * @throws AppError `message_blocked`; `unavailable` when it could not be checked in time
 */
export async function checkContent(
  ctx: Ctx,
  channelId: string,
  content: string,
  options: { edit?: boolean; allowed?: () => Promise<unknown> } = {},
): Promise<Verdict> {
  const filter = await filterOf(ctx.app, ctx.actor.organizationId);
  if (!filter) return { verdict: "ok" };
  const { settings } = filter;
  const exempt = settings.exempt_roles.includes(ctx.actor.role) || settings.exempt_channels.includes(channelId);
  if (exempt) return { verdict: "ok" };
  const hits = content.trim() === "" ? [] : await applyRules(filter, content);
  if (!options.edit) hits.push(...await floodHits(ctx, settings.flood, content));
  if (hits.length) await options.allowed?.();
  const blocking = hits.find((hit) => hit.action === "block");
  if (blocking) {
    await recordBlock(ctx, channelId, blocking);
    throw new AppError("message_blocked", BLOCKED[blocking.rule]);
  }
  const [first] = hits;
  return first
    ? { verdict: "flag", rule: first.rule, reason: hits.map((hit) => hit.reason).join(", ").slice(0, 500) }
    : { verdict: "ok" };
}

const BLOCKED: Record<Hit["rule"], string> = {
  word: "This message was not sent: the rules of your organisation do not allow some of its words.",
  pattern: "This message was not sent: the rules of your organisation do not allow its content.",
  link: "This message was not sent: the rules of your organisation do not allow its link.",
  flood: "This message was not sent: too many messages, or the same one, in a short time. Wait a little.",
  caps: "This message was not sent: write it without so many capital letters.",
};

// --- settings ------------------------------------------------------------------------------------------------------

const RECHECK_MS = 500;
const MAX_KEPT = 1000;

interface Kept {
  version: number;
  /** null: this organisation has no filter. */
  filter: CompiledFilter | null;
  checkedAt: number;
  asking?: Promise<CompiledFilter | null>;
}

interface State {
  kept: Map<string, Kept>;
  limiters: Map<string, Limiter>;
}
const stateOf = perApp((_app: App): State => ({ kept: new Map(), limiters: new Map() }));

async function filterOf(app: App, organizationId: string): Promise<CompiledFilter | null> {
  const { kept } = stateOf(app);
  let entry = kept.get(organizationId);
  if (entry && performance.now() - entry.checkedAt < RECHECK_MS) return entry.filter;
  if (!entry) {
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(organizationId, entry = { version: 0, filter: null, checkedAt: -Infinity });
  }
  const asked = entry;
  return await (asked.asking ??= ask(app, organizationId, asked).finally(() => asked.asking = undefined));
}

async function ask(app: App, organizationId: string, entry: Kept): Promise<CompiledFilter | null> {
  const at = performance.now();
  const row = await app.db.maybe<{ version: number; settings: unknown }>(sql`
    select version, case when version = ${entry.version} then null else settings end as settings
    from moderation_filters where organization_id = ${organizationId}`);
  if (row?.settings) {
    entry.filter = compileFilter(filterSettings.parse(row.settings));
    entry.version = row.version;
  }
  entry.checkedAt = at;
  return entry.filter;
}

/** The settings have changed: the next message on this instance reads them anew. */
export function forgetFilter(app: App, organizationId: string): void {
  stateOf(app).kept.delete(organizationId);
}

// --- flood ---------------------------------------------------------------------------------------------------------

function limiterOf(app: App, name: string, points: number, windowSeconds: number): Limiter {
  const { limiters } = stateOf(app);
  const key = `filter-${name}:${points}:${windowSeconds}`;
  let limiter = limiters.get(key);
  if (!limiter) {
    if (limiters.size >= MAX_KEPT) limiters.clear();
    limiters.set(key, limiter = app.limits.limiter({ name: key, points, windowSeconds, shared: true }));
  }
  return limiter;
}

/** False when it was one too many. */
async function within(limiter: Limiter, key: string): Promise<boolean> {
  return await limiter.consume(key, "").then(() => true, (error) => {
    if (error instanceof AppError && error.code === "rate_limited") return false;
    throw error;
  });
}

async function floodHits(ctx: Ctx, flood: FilterSettings["flood"], content: string): Promise<Hit[]> {
  const { actor, app } = ctx;
  if (flood.action === "off" || !actor.userId) return [];
  const { action, messages, seconds, duplicates } = flood;
  const limiter = (name: string, points: number) => limiterOf(app, name, points, seconds);
  const checks = [within(limiter("flood", messages), actor.userId)];
  const folded = foldText(content);
  const text = folded.replace(/[^\p{L}\p{N}]+/gu, " ").trim() || folded.trim();
  if (duplicates > 0 && text) {
    checks.push(within(limiter("same", duplicates), `${actor.userId}:${await sha256Hex(text)}`));
  }
  const [few, different = true] = await Promise.all(checks);
  if (few && different) return [];
  // Moderators are told once per window, not of every message of the flood.
  if (action === "flag" && !await within(limiter("told", 1), actor.userId)) return [];
  const reason = few ? `the same text more than ${duplicates} times` : `more than ${messages} messages`;
  return [{ rule: "flood", reason: `${reason} in ${seconds} s`, action }];
}

// --- what is recorded ----------------------------------------------------------------------------------------------

const RECORDED_PER_MINUTE = 30;

async function recordBlock(ctx: Ctx, channelId: string, hit: Hit): Promise<void> {
  const { app, actor } = ctx;
  const userId = actor.userId;
  if (!userId || !await within(limiterOf(app, "recorded", RECORDED_PER_MINUTE, 60), userId)) return;
  const audited = await within(limiterOf(app, "audited", 1, 60), userId);
  const id = newId();
  await app.db.withTx(async (tx) => {
    await tx.run(sql`insert into moderation_blocks (id, organization_id, user_id, channel_id, rule, created_at)
      values (${id}, ${actor.organizationId}, ${userId}, ${channelId}, ${hit.rule}, ${app.now()})`);
    const data: ModerationEvents["message_blocked"] = { id, channel_id: channelId, user_id: userId, rule: hit.rule };
    tx.emit({
      organizationId: actor.organizationId,
      channel: channels.moderation(),
      type: "message_blocked",
      data,
    });
    if (audited) {
      const details = { rule: hit.rule, by: hit.reason };
      await writeAudit(tx, ctx, { action: "message.blocked", subject_type: "channel", subject_id: channelId, details });
    }
  });
}
