// Incoming webhooks: an address that other programs post Slack's payloads to; each post becomes a notification of type
// `webhook_message`, or what the channel's own feature makes of it (`HookTarget`: a chat message). The token in the address is the credential: 256 random bits, stored as SHA-256.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize } from "../../../kernel/actor.ts";
import { toPage } from "../../../kernel/cursor.ts";
import { cutMarked } from "../../../kernel/cut_text.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, randomToken, sha256Hex } from "../../../kernel/ids.ts";
import { plainText } from "../../../kernel/markdown_text.ts";
import {
  readSlackMessage,
  type SlackMessage,
  slackMessageText,
  type SlackProblem,
} from "../../../kernel/slack_cards.ts";
import { rawSql, sql } from "../../../db/sql.ts";
import { notifyChannel } from "../../../protocol/wire/channels.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";
import { MAX_CONTENT_BYTES } from "../../../protocol/chat/chat.ts";
import { MAX_DATA_BYTES, MAX_MESSAGE_BYTES } from "../../../protocol/notifications/notifications.ts";
import { utf8Length } from "../../../protocol/texts.ts";
import {
  type IncomingInput,
  type IncomingItem,
  type IncomingUpdate,
  MAX_WEBHOOKS,
} from "../../../protocol/notifications/webhooks.ts";
import { maintenanceError } from "../../accounts/mod.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx, GuestCtx } from "../../context.ts";
import type { HookTarget } from "../../define.ts";
import { cursorId } from "../inbox/inbox.ts";
import { sendAsSystem } from "../send/notify.ts";
import { checkUrl } from "./outgoing.ts";

const WEBHOOK_MESSAGE = "webhook_message";
/** Posts per minute and webhook. */
export const HOOK_POSTS_PER_MINUTE = 240;

interface IncomingRow {
  id: string;
  organization_id: string;
  name: string;
  channel: string;
  action_url: string | null;
  secret_salt: string;
  created_at: Date;
  last_used_at: Date | null;
}

const COLUMNS = rawSql(
  "h.id, h.organization_id, h.name, h.channel, h.action_url, h.secret_salt, h.created_at, h.last_used_at",
);

const toItem = (row: IncomingRow): IncomingItem => ({
  id: row.id,
  name: row.name,
  channel: row.channel,
  action_url: row.action_url,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
});

/** Makes a webhook. The token and its address are in this answer and nowhere else. Needs `webhooks.manage`. */
export async function createIncoming(
  ctx: Ctx,
  input: IncomingInput,
): Promise<IncomingItem & { token: string; url: string; secret: string }> {
  authorize(ctx.actor, "webhooks.manage");
  const { organizationId } = ctx.actor;
  const found = targetOf(ctx.app, input.channel);
  if (found) await found.target.authorize(ctx, found.match);
  else if (notifyChannel(input.channel) === null) {
    throw new AppError("unknown_channel", "There is no such kind of channel.");
  }
  if (input.action_url) await checkUrl(ctx.app, input.action_url, "action_url");
  const token = randomToken(), tokenHash = await sha256Hex(token);
  const row: IncomingRow = {
    id: newId(),
    organization_id: organizationId,
    name: input.name,
    channel: input.channel,
    action_url: input.action_url ?? null,
    secret_salt: randomToken(16),
    created_at: ctx.app.now(),
    last_used_at: null,
  };
  await ctx.app.db.withTx(async (tx) => {
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*)::int as count from incoming_webhooks where organization_id = ${organizationId}`);
    if (count >= MAX_WEBHOOKS) throw new AppError("conflict", `An organisation has at most ${MAX_WEBHOOKS} of these.`);
    await tx.run(sql`
      insert into incoming_webhooks
        (id, organization_id, name, channel, action_url, secret_salt, token_hash, created_by, created_at)
      values (${row.id}, ${organizationId}, ${row.name}, ${row.channel}, ${row.action_url}, ${row.secret_salt},
        ${tokenHash}, ${ctx.actor.userId}, ${row.created_at})`);
    await writeAudit(tx, ctx, {
      action: "webhook.incoming_created",
      subject_type: "incoming_webhook",
      subject_id: row.id,
      details: { name: row.name, channel: row.channel },
    });
  });
  const secret = await actionSecret(ctx.app, row);
  return { ...toItem(row), token, url: `${ctx.app.publicUrl()}/hooks/${token}`, secret };
}

/** `whsec_…`: what clicks on the webhook's cards are signed with. */
const actionSecret = async (app: App, { id, secret_salt }: Pick<IncomingRow, "id" | "secret_salt">) =>
  `whsec_${await app.keys.mac("incoming_webhook", `${id}.${secret_salt}`)}`;

/** Where clicks on a webhook's cards go; undefined: nowhere, or the webhook is gone. For the feature that has the cards. */
export async function actionReceiver(
  app: App,
  organizationId: string,
  webhookId: string,
): Promise<{ url: string; secret: string } | undefined> {
  const row = await app.db.maybe<IncomingRow>(sql`
    select ${COLUMNS} from incoming_webhooks h where h.id = ${webhookId} and h.organization_id = ${organizationId}`);
  return row?.action_url ? { url: row.action_url, secret: await actionSecret(app, row) } : undefined;
}

/** Changes the given fields; its address stays. Needs `webhooks.manage`. */
export async function updateIncoming(ctx: Ctx, id: string, update: IncomingUpdate): Promise<IncomingItem> {
  authorize(ctx.actor, "webhooks.manage");
  const { name, action_url } = update;
  if (action_url) await checkUrl(ctx.app, action_url, "action_url");
  return await ctx.app.db.withTx(async (tx) => {
    const row = await tx.maybe<IncomingRow>(sql`
      update incoming_webhooks h set name = coalesce(${name}, h.name),
        action_url = case when ${action_url === undefined} then h.action_url else ${action_url ?? null}::text end
      where h.id = ${id} and h.organization_id = ${ctx.actor.organizationId} returning ${COLUMNS}`);
    if (!row) throw notFound("webhook");
    await writeAudit(tx, ctx, {
      action: "webhook.incoming_updated",
      subject_type: "incoming_webhook",
      subject_id: id,
      details: { name: row.name, ...(action_url ? { action_host: new URL(action_url).host } : {}) },
    });
    return toItem(row);
  });
}

/** Newest first. Needs `webhooks.manage`. */
export async function listIncoming(ctx: Ctx, query: PageQuery): Promise<Page<IncomingItem>> {
  authorize(ctx.actor, "webhooks.manage");
  const before = query.cursor === undefined ? null : cursorId(query.cursor);
  const rows = await ctx.app.db.rows<IncomingRow>(sql`
    select ${COLUMNS} from incoming_webhooks h
    where h.organization_id = ${ctx.actor.organizationId} and (${before}::uuid is null or h.id < ${before})
    order by h.id desc limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.id], toItem);
}

/** Its address answers 404 from now on. Needs `webhooks.manage`. */
export async function deleteIncoming(ctx: Ctx, id: string): Promise<void> {
  authorize(ctx.actor, "webhooks.manage");
  await ctx.app.db.withTx(async (tx) => {
    const row = await tx.maybe<{ name: string }>(sql`
      delete from incoming_webhooks where id = ${id} and organization_id = ${ctx.actor.organizationId} returning name`);
    if (!row) throw notFound("webhook");
    await writeAudit(tx, ctx, {
      action: "webhook.incoming_deleted",
      subject_type: "incoming_webhook",
      subject_id: id,
      details: { name: row.name },
    });
  });
}

export type HookAnswer =
  | "ok"
  | SlackProblem
  | "no_service"
  | "channel_not_found"
  | "channel_is_archived"
  | "action_prohibited";

/** What a channel's owner says to a post, in Slack's words. */
const REFUSALS: Partial<Record<ErrorCode, HookAnswer>> = {
  not_found: "channel_not_found",
  channel_archived: "channel_is_archived",
  message_blocked: "action_prohibited",
};

function targetOf(app: App, channel: string): { target: HookTarget; match: RegExpMatchArray } | undefined {
  for (const target of app.features.flatMap((feature) => feature.hookTargets ?? [])) {
    const match = target.channel.pattern.exec(channel);
    if (match) return { target, match };
  }
}

/**
 * Takes a post to `/hooks/<token>`.
 * @param readBody gives the parsed JSON, or throws when it is none; asked only for a token that exists
 * @throws AppError `rate_limited`, `unavailable`, `maintenance` while the organisation is maintained
 */
export async function receiveHook(ctx: GuestCtx, token: string, readBody: () => Promise<unknown>): Promise<HookAnswer> {
  const { app } = ctx;
  if (!/^[\w-]{20,100}$/.test(token)) return "no_service";
  const hook = await app.db.maybe<IncomingRow & { organization_settings: Record<string, unknown> }>(sql`
    select ${COLUMNS}, o.settings as organization_settings
    from incoming_webhooks h join organizations o on o.id = h.organization_id and o.is_active
      and coalesce((o.settings #>> '{features,webhooks}')::boolean, true)
    where h.token_hash = ${await sha256Hex(token)}`);
  if (!hook) return "no_service";
  await limiterOf(app).consume(hook.id, "This webhook posts too often.");
  const maintained = maintenanceError({ ...hook, role: "member" });
  if (maintained) throw maintained;
  let body: unknown;
  try {
    body = await readBody();
  } catch (error) {
    if (error instanceof AppError) throw error;
    return "invalid_payload";
  }
  const read = readSlackMessage(body, MAX_CONTENT_BYTES);
  if (typeof read === "string") return read;
  const senderName = read.username ?? hook.name;
  const found = targetOf(app, hook.channel);
  if (found) {
    const post = { hookId: hook.id, senderName, content: read.content, cards: read.cards };
    try {
      await found.target.post(app, hook.organization_id, found.match, post);
    } catch (error) {
      const refusal = error instanceof AppError ? REFUSALS[error.code] : undefined;
      if (!refusal) throw error;
      return refusal;
    }
    await noteUse(app, hook);
    return "ok";
  }
  await sendAsSystem(app, hook.organization_id, senderName, {
    type: WEBHOOK_MESSAGE,
    ...asNotification(read, hook),
    channel: hook.channel,
    persist: true,
  });
  await noteUse(app, hook);
  return "ok";
}

/** Notifications are plain text; what draws them finds the cards in `data`. */
function asNotification(read: SlackMessage, hook: IncomingRow): { message: string; data: Record<string, unknown> } {
  const plain = (text: string) => plainText(text, { addresses: true }).trim();
  const { content, username, icon_emoji, icon_url } = read, cards = [...read.cards];
  const message = plain(slackMessageText(read)) || cards.flatMap((card) => card.image_url ?? card.thumb_url ?? [])[0];
  const data = {
    text: plain(content),
    username,
    icon_emoji,
    icon_url,
    cards,
    webhook: { id: hook.id, name: hook.name },
  };
  while (cards.length && utf8Length(JSON.stringify(data)) > MAX_DATA_BYTES) cards.pop();
  return { message: cutMarked(message || hook.name, MAX_MESSAGE_BYTES), data };
}

/** Once a minute is enough to show when a webhook was last used. */
async function noteUse(app: App, hook: IncomingRow): Promise<void> {
  const now = app.now();
  if (hook.last_used_at && now.getTime() - hook.last_used_at.getTime() < 60_000) return;
  await app.db.run(sql`
    update incoming_webhooks set last_used_at = ${now} where id = ${hook.id} and organization_id = ${hook.organization_id}`);
}

const limiterOf = perApp((app: App) =>
  app.limits.limiter({ name: "hooks", points: HOOK_POSTS_PER_MINUTE, windowSeconds: 60, shared: false })
);
