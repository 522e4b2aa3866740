// Pictures of people: one small square WebP, encoded anew here, among the organisation's files but nobody's own (so that it
// cannot be sent or removed as a file). A new picture is a new address, so that what was served may be kept for ever.
// Invariant: only the picture that a person has now is served, and only inside the organisation.
import { isGuest } from "../../kernel/actor.ts";
import { notFound } from "../../kernel/errors.ts";
import { type Queryable, sql } from "../../db/sql.ts";
import type { User } from "../../protocol/accounts/accounts.ts";
import { changeAvatar, getUser, requireAvatarRight } from "../accounts/mod.ts";
import type { Ctx } from "../context.ts";
import { keepFile } from "./keep.ts";
import { type OpenedMedia, openMedia } from "./read.ts";
import { removeGarbage } from "./remove.ts";
import { deleteMediaRows } from "./store.ts";
import { type Incoming, takeIn } from "./upload.ts";

/** Twice what the console shows at most. */
const SIDE = 256;
const MAX_BYTES = 10 * 1024 * 1024;

/** The address of a picture, relative to the server's. */
function avatarUrl(mediaId: string): string {
  return `/api/v1/avatars/${mediaId}`;
}

/**
 * Sets one's own picture, or as a manager of users that of another.
 * @throws AppError `not_found`, `forbidden`, `too_large`, `unsupported_file`, …
 */
export async function setAvatar(ctx: Ctx, userId: string, incoming: Incoming): Promise<User> {
  const { app } = ctx;
  const by = await requireAvatarRight(ctx, userId);
  await takeIn(
    ctx,
    by,
    incoming,
    Math.min(MAX_BYTES, app.config.mediaLimitBytes),
    (path, { sha256, about }) =>
      keepFile(
        app,
        { ...fileOf(ctx.actor.organizationId), declaredType: about.mimeType, path, sha256 },
        async (tx, row) => {
          const old = await changeAvatar(ctx, tx, userId, { mediaId: row.id, url: avatarUrl(row.id) });
          if (old) await deleteMediaRows(tx, row.organization_id, [old], app.now());
        },
      ),
  );
  await removeGarbage(app);
  return await getUser(ctx, userId);
}

/** @throws AppError `not_found`, `forbidden` */
export async function removeAvatar(ctx: Ctx, userId: string): Promise<User> {
  const { app, actor } = ctx;
  await requireAvatarRight(ctx, userId);
  await app.db.withTx(async (tx) => {
    const old = await changeAvatar(ctx, tx, userId, null);
    if (old) await deleteMediaRows(tx, actor.organizationId, [old], app.now());
  });
  await removeGarbage(app);
  return await getUser(ctx, userId);
}

const fileOf = (organizationId: string) => ({ organizationId, ownerId: null, filename: "picture", square: SIDE });

/** @throws AppError `not_found` when nobody of the caller's organisation has this picture now */
export async function openAvatar(ctx: Ctx, mediaId: string): Promise<OpenedMedia> {
  const { app, actor } = ctx;
  const owners = await app.db.rows<{ id: string }>(sql`
    select id from users where organization_id = ${actor.organizationId} and avatar_media_id = ${mediaId}`);
  if (owners.length === 0) throw notFound("picture");
  if (isGuest(actor) && owners.every(({ id }) => id !== actor.userId)) {
    const met = await app.acquaintances(app.db, actor.organizationId, actor.userId!);
    if (!owners.some(({ id }) => met.includes(id))) throw notFound("picture");
  }
  const found = await openMedia(ctx, mediaId, () => Promise.resolve(true));
  // The bytes behind an address never change. Only for the caller: other people's browsers ask for themselves.
  return {
    ...found,
    headers: { ...found.headers, "cache-control": "private, max-age=31536000, immutable, no-transform" },
  };
}

/** Which of these files are somebody's picture. */
export async function avatarsInUse(db: Queryable, organizationId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.rows<{ avatar_media_id: string }>(sql`select avatar_media_id from users
    where organization_id = ${organizationId} and avatar_media_id = any(${ids}::uuid[])`);
  return rows.map((row) => row.avatar_media_id);
}
