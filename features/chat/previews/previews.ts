// Previews of links in messages, and copies of the pictures of their cards: a consumer notices links, a job looks at the pages, and the message is told anew with what
// was found. Invariants:
//  - sending never waits for a page, and a message that was edited or deleted meanwhile keeps its hands off old results;
//  - the message's `edited_at` stays what it was;
//  - a page is asked once in 24 hours and organisation, also when there was nothing to show;
//  - previews that were removed do not come back.
import { perApp } from "../../../kernel/per_app.ts";
import { isDeepStrictEqual } from "node:util";
import { authorize } from "../../../kernel/actor.ts";
import { sha256Hex } from "../../../kernel/ids.ts";
import { json, sql, type Tx } from "../../../db/sql.ts";
import type { LinkPreview, Message } from "../../../protocol/chat/chat.ts";
import type { PreviewSettings } from "../../../protocol/notifications/push.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import type { ConsumedEvent, Consumer, JobRule } from "../../define.ts";
import { requireRight } from "../channels/access.ts";
import { announceMessage } from "../messages/changes.ts";
import { changeableMessage, messageById } from "../messages/store.ts";
import { pictureAddresses, pictureIds, withPictures } from "../cards/pictures.ts";
import { copyImage, fetchPreview } from "./fetch.ts";
import { previewLinks } from "./links.ts";

const PREVIEW_JOB = "chat.previews";
const CACHE_HOURS = 24;
/** Messages older than this came from an import or a standstill: nobody waits for their previews. */
const MAX_AGE_MS = 24 * 3_600_000;
/** Files of a message have positions below, pictures of its previews from here on. */
const FIRST_POSITION = 1000;

interface PreviewJob {
  organization_id: string;
  message_id: string;
}

export const previewConsumer: Consumer = {
  name: "chat.previews",
  async handle(app, events) {
    for (const event of events) {
      const message = candidate(app, event);
      if (!message) continue;
      const job: PreviewJob = { organization_id: event.organizationId, message_id: message.id };
      await app.jobs.enqueue(PREVIEW_JOB, job, { singletonKey: message.id });
    }
  },
};

function candidate(app: App, event: ConsumedEvent): Message | undefined {
  if (event.type !== "chat_message" && event.type !== "message_edited") return;
  const message = (event.push.data as { message?: Message } | null)?.message;
  if (!message || message.message_type === "system" || message.is_deleted || message.previews.length) return;
  if (Date.parse(message.created_at) < app.now().getTime() - MAX_AGE_MS && event.type === "chat_message") return;
  if (event.type === "message_edited") return message.edited_at ? message : undefined;
  return previewLinks(message.content, app.publicUrl()).length || pictureAddresses(message.cards).length
    ? message
    : undefined;
}

export const previewJob: JobRule<PreviewJob> = {
  name: PREVIEW_JOB,
  retryLimit: 2,
  async handle(app, { organization_id, message_id }) {
    const row = await messageById(app.db, organization_id, message_id);
    if (!row || row.deleted_at || isOff(row.props) || !await previewsEnabled(app, organization_id)) return;
    const links = previewLinks(row.content, app.publicUrl());
    const found = await Promise.all(links.map((link) => previewOf(app, organization_id, link)));
    const previews = found.filter((preview) => preview !== null);
    const pictures = pictureAddresses(row.props.cards);
    const copies = new Map(
      await Promise.all(pictures.map(async (url): Promise<[string, string | null]> => [
        url,
        (await previewOf(app, organization_id, url, copyOf))?.image_id ?? null,
      ])),
    );
    await app.db.withTx(async (tx) => {
      const now = await messageById(tx, organization_id, message_id, true);
      if (!now || now.deleted_at || isOff(now.props) || now.content !== row.content) return;
      if (JSON.stringify(now.props.cards) !== JSON.stringify(row.props.cards)) return;
      const cards = withPictures(now.props.cards ?? [], copies);
      await showImages(tx, now, [...previews.flatMap((preview) => preview.image_id ?? []), ...pictureIds(cards)]);
      // Not as texts: the database orders the keys of JSON its own way.
      if (isDeepStrictEqual([now.props.previews ?? [], now.props.cards ?? []], [previews, cards])) return;
      await tx.run(sql`
        update messages set props = props || ${json({ previews, ...(cards.length ? { cards } : {}) })}
        where id = ${message_id} and organization_id = ${organization_id}`);
      await announceMessage(tx, organization_id, message_id);
    });
  },
};

const isOff = (props: object): boolean => (props as { previews_off?: boolean }).previews_off === true;

/** Who reads the message may read the pictures of its previews, and they are kept as long as it stands. */
async function showImages(
  tx: Tx,
  message: { id: string; organization_id: string; channel_id: string },
  mediaIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(mediaIds)];
  await tx.run(sql`
    delete from message_attachments where message_id = ${message.id} and organization_id = ${message.organization_id}
      and position >= ${FIRST_POSITION} and media_id <> all(${ids}::uuid[])`);
  if (ids.length === 0) return;
  await tx.run(sql`
    insert into message_attachments (message_id, media_id, position, organization_id, channel_id)
    select ${message.id}, i.id, ${FIRST_POSITION} + i.n, ${message.organization_id}, ${message.channel_id}
    from unnest(${ids}::uuid[]) with ordinality as i (id, n) on conflict do nothing`);
}

/** Requests for one page at the same moment share one call. */
const underWay = perApp((_app: App) => new Map<string, Promise<LinkPreview | null>>());

/** Looks at an address. */
type Look = typeof fetchPreview;

/** A picture alone, kept as a preview without words. */
const copyOf: Look = async (app, organizationId, url) => {
  const image_id = await copyImage(app, organizationId, url, 8);
  return image_id ? { url, title: "", description: "", site: "", image_id } : null;
};

async function previewOf(
  app: App,
  organizationId: string,
  link: string,
  look: Look = fetchPreview,
): Promise<LinkPreview | null> {
  const hash = await sha256Hex(look === copyOf ? `picture ${link}` : link);
  const known = await cached(app, organizationId, hash);
  if (known !== undefined) return known;
  const calls = underWay(app);
  const key = `${organizationId} ${hash}`;
  let call = calls.get(key);
  if (!call) {
    call = fetchAndKeep(app, organizationId, link, hash, look).finally(() => calls.delete(key));
    calls.set(key, call);
  }
  return await call;
}

/** undefined: not known, or its picture was removed meanwhile. */
async function cached(app: App, organizationId: string, hash: string): Promise<LinkPreview | null | undefined> {
  const fresh = new Date(app.now().getTime() - CACHE_HOURS * 3_600_000);
  const row = await app.db.maybe<{ preview: LinkPreview | null; whole: boolean }>(sql`
    select preview, preview ->> 'image_id' is null or exists (
      select 1 from media m where m.id = (preview ->> 'image_id')::uuid and m.organization_id = ${organizationId}) as whole
    from link_previews
    where organization_id = ${organizationId} and url_hash = ${hash} and fetched_at > ${fresh}`);
  return row?.whole ? row.preview : undefined;
}

async function fetchAndKeep(app: App, organizationId: string, link: string, hash: string, look: Look) {
  const preview = await look(app, organizationId, link);
  await app.db.run(sql`
    insert into link_previews (organization_id, url_hash, preview, fetched_at)
    values (${organizationId}, ${hash}, ${preview === null ? null : json(preview)}, ${app.now()})
    on conflict (organization_id, url_hash) do update set preview = excluded.preview, fetched_at = excluded.fetched_at`);
  return preview;
}

export const previewSweepJob: JobRule = {
  name: "chat.previews_sweep",
  retryLimit: 0,
  cron: "41 * * * *",
  async handle(app) {
    const old = new Date(app.now().getTime() - CACHE_HOURS * 3_600_000);
    for (;;) {
      const gone = await app.db.run(sql`
        delete from link_previews where (organization_id, url_hash) in (
          select organization_id, url_hash from link_previews where fetched_at < ${old} limit 1000)`);
      if (gone < 1000) return;
    }
  },
};

/**
 * Takes the previews off a message, for good. By its author, or with the right `delete_others`.
 * @throws AppError not_found, forbidden
 */
export async function removePreviews(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const { row, access } = await changeableMessage(tx, actor, id, app.now());
    const own = row.user_id !== null && row.user_id === actor.userId;
    if (!own) requireRight(access, "delete_others");
    if (isOff(row.props)) return;
    await tx.run(sql`
      update messages set props = (props - 'previews') || ${json({ previews_off: true })}
      where id = ${id} and organization_id = ${actor.organizationId}`);
    await showImages(tx, row, pictureIds(row.props.cards));
    if (row.props.previews?.length) await announceMessage(tx, actor.organizationId, id);
    if (own) return;
    await writeAudit(tx, ctx, {
      action: "message.previews_removed",
      subject_type: "message",
      subject_id: id,
      details: { channel_id: row.channel_id, author_id: row.user_id },
    });
  });
}

// --- the organisation's switch -----------------------------------------------------------------------------------------

async function previewsEnabled(app: App, organizationId: string): Promise<boolean> {
  const row = await app.db.maybe<PreviewSettings>(sql`
    select enabled from chat_preview_settings where organization_id = ${organizationId}`);
  return row?.enabled ?? true;
}

/** Needs `chat.read`. */
export async function getPreviewSettings(ctx: Ctx): Promise<PreviewSettings> {
  authorize(ctx.actor, "chat.read");
  return { enabled: await previewsEnabled(ctx.app, ctx.actor.organizationId) };
}

/** Needs `chat.manage`. */
export async function updatePreviewSettings(ctx: Ctx, { enabled }: PreviewSettings): Promise<PreviewSettings> {
  const { app, actor } = ctx;
  authorize(actor, "chat.manage");
  await app.db.withTx(async (tx) => {
    await tx.run(sql`
      insert into chat_preview_settings (organization_id, enabled) values (${actor.organizationId}, ${enabled})
      on conflict (organization_id) do update set enabled = excluded.enabled`);
    const subject = { subject_type: "organization", subject_id: actor.organizationId };
    await writeAudit(tx, ctx, { action: "chat.previews_changed", ...subject, details: { enabled } });
  });
  return { enabled };
}
