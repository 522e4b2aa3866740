// A person's browsers that get Web Push. Each belongs to the session that made it: when the session ends, nothing is sent
// there any more. Endpoints are addresses that people give, so they are called through the guard of kernel/outbound.ts;
// over plain http and to private addresses only where PULPO_WEBHOOK_PRIVATE=allow says so.
import { authorize, requireUser, sessionIdOf } from "../../../kernel/actor.ts";
import { isAddress } from "../../../kernel/addresses.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import { isCallable } from "../../../kernel/outbound.ts";
import { sql } from "../../../db/sql.ts";
import {
  MAX_PUSH_SUBSCRIPTIONS,
  type NewPushSubscription,
  type PushSubscriptionItem,
} from "../../../protocol/notifications/push.ts";
import type { App, Ctx } from "../../context.ts";
import { encryptPush } from "./crypto.ts";
import { enqueueTest, mayPushPrivate } from "./deliver.ts";
import { serverKeys } from "./keys.ts";

interface SubscriptionRow {
  id: string;
  session_id: string;
  endpoint: string;
  device_name: string;
  created_at: Date;
  last_success_at: Date | null;
}

/** What browsers subscribe with. Needs `notifications.read`. */
export async function pushPublicKey(ctx: Ctx): Promise<{ public_key: string }> {
  authorize(ctx.actor, "notifications.read");
  return { public_key: (await serverKeys(ctx.app)).publicKey };
}

/**
 * Adds the browser, or takes it over when its endpoint is known: a browser belongs to whoever signed in last.
 * The oldest of more than 20 goes. Needs `notifications.read`.
 * @throws AppError `validation_failed` for an endpoint that is not called, or keys that are none; `forbidden` for an API
 * token: what it had made would outlive it
 */
export async function addPushSubscription(ctx: Ctx, input: NewPushSubscription): Promise<PushSubscriptionItem> {
  const { app, actor } = ctx;
  authorize(actor, "notifications.read");
  const userId = requireUser(actor), sessionId = sessionIdOf(actor);
  if (!sessionId) throw new AppError("forbidden", "Only a signed-in browser can ask for pushes.");
  checkEndpoint(app, input.endpoint);
  // Only computing with it shows whether it is a point of the curve.
  await encryptPush(new Uint8Array(), input.keys).catch(() => {
    throw invalid("keys.p256dh", "not a point of the curve P-256");
  });
  const { publicKey } = await serverKeys(app);
  const hash = await sha256Hex(input.endpoint);
  const deviceName = input.device_name || describeAgent(ctx.userAgent);
  const row = await app.db.withTx(async (tx) => {
    const made = await tx.maybe<SubscriptionRow>(sql`
      insert into push_subscriptions (id, user_id, organization_id, session_id, endpoint, endpoint_hash, p256dh, auth,
        server_key, device_name, created_at)
      select ${newId()}, u.id, u.organization_id, ${sessionId}::uuid, ${input.endpoint}, ${hash},
        ${input.keys.p256dh}, ${input.keys.auth}, ${publicKey}, ${deviceName}, ${app.now()}
      from users u where u.id = ${userId} and u.organization_id = ${actor.organizationId}
      on conflict (endpoint_hash) do update set user_id = excluded.user_id, organization_id = excluded.organization_id,
        session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth,
        server_key = excluded.server_key, device_name = excluded.device_name, failures = 0
      returning id, session_id, endpoint, device_name, created_at, last_success_at`);
    await tx.run(sql`
      delete from push_subscriptions where user_id = ${userId} and id in (
        select id from push_subscriptions where user_id = ${userId} and id <> ${made?.id ?? null}::uuid
        order by coalesce(last_success_at, created_at) desc, id desc offset ${MAX_PUSH_SUBSCRIPTIONS - 1})`);
    return made;
  });
  if (!row) throw notFound("user");
  return toItem(ctx, row);
}

/** The caller's browsers, newest first. Needs `notifications.read`. */
export async function listPushSubscriptions(ctx: Ctx): Promise<PushSubscriptionItem[]> {
  authorize(ctx.actor, "notifications.read");
  const rows = await ctx.app.db.rows<SubscriptionRow>(sql`
    select id, session_id, endpoint, device_name, created_at, last_success_at from push_subscriptions
    where user_id = ${requireUser(ctx.actor)} and organization_id = ${ctx.actor.organizationId}
    order by created_at desc, id desc limit ${MAX_PUSH_SUBSCRIPTIONS}`);
  return rows.map((row) => toItem(ctx, row));
}

/** @throws AppError `not_found` when it is not one of the caller's */
export async function deletePushSubscription(ctx: Ctx, which: { id: string } | { endpoint: string }): Promise<void> {
  authorize(ctx.actor, "notifications.read");
  const condition = "id" in which ? sql`id = ${which.id}` : sql`endpoint_hash = ${await sha256Hex(which.endpoint)}`;
  const gone = await ctx.app.db.run(sql`
    delete from push_subscriptions
    where ${condition} and user_id = ${requireUser(ctx.actor)} and organization_id = ${ctx.actor.organizationId}`);
  if (!gone) throw notFound("push subscription");
}

/**
 * Sends a test to one of the caller's browsers, also while a console is open. Needs `notifications.read`.
 * @throws AppError `not_found` when it is not one of the caller's
 */
export async function testPushSubscription(ctx: Ctx, id: string): Promise<void> {
  authorize(ctx.actor, "notifications.read");
  const { organizationId } = ctx.actor;
  const found = await ctx.app.db.maybe(sql`
    select 1 from push_subscriptions
    where id = ${id} and user_id = ${requireUser(ctx.actor)} and organization_id = ${organizationId}`);
  if (!found) throw notFound("push subscription");
  await enqueueTest(ctx.app, organizationId, id);
}

/** Without asking the name service: what a name leads to is checked with every push. */
function checkEndpoint(app: App, endpoint: string): void {
  const url = new URL(endpoint);
  const allowed = mayPushPrivate(app);
  if (url.protocol !== "https:" && !allowed) throw invalid("endpoint", "must be an https address");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocal = /(^|\.)localhost\.?$/i.test(host);
  if (isAddress(host) ? !isCallable(host, allowed) : isLocal && !allowed) {
    throw invalid("endpoint", "must be a public address");
  }
}

function invalid(path: string, message: string): AppError {
  return new AppError("validation_failed", `${path}: ${message}`, { errors: [{ path, message }] });
}

function toItem(ctx: Ctx, row: SubscriptionRow): PushSubscriptionItem {
  return {
    id: row.id,
    device_name: row.device_name,
    service: new URL(row.endpoint).hostname,
    created_at: row.created_at.toISOString(),
    last_success_at: row.last_success_at?.toISOString() ?? null,
    current: row.session_id === sessionIdOf(ctx.actor),
  };
}

const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** `Firefox, Linux`; what cannot be told is left out. */
export function describeAgent(agent: string | null): string {
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent ?? ""))?.[1];
  return [find(BROWSERS), find(SYSTEMS)].filter(Boolean).join(", ") || "Browser";
}
