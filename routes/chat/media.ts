// Files: uploads in one request or in parts, reading with ranges and 304, removal. The bodies of uploads pass the general
// limit of bodies (body_limit.ts) and stream; what is refused half-way is read away for a while, so that the answer is seen.
import type { MiddlewareHandler } from "hono";
import { mayReadMedia } from "../../features/chat/mod.ts";
import type { App, Ctx } from "../../features/context.ts";
import {
  abortUpload,
  beginUpload,
  continueUpload,
  openMedia,
  removeMedium,
  upload,
  type UploadAbout,
  uploadState,
} from "../../features/media/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";
import {
  beginUploadBody,
  formUploadQuery,
  media,
  mediaQuery,
  type RawUploadQuery,
  rawUploadQuery,
  uploadState as uploadAnswer,
} from "../../protocol/chat/media.ts";
import { z } from "zod";
import { drainRest } from "../http/body_limit.ts";
import type { HttpContext, HttpEnv } from "../http/env.ts";
import { bodyOf, lengthOf, rangeOf, rawType, sendMedia } from "../http/media_headers.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { countCall } from "../http/kind_limits.ts";

const TAGS = ["Media"];
const ID = "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10";
const MEDIA = {
  id: ID,
  filename: "plan.png",
  mime_type: "image/png",
  size: 48_213,
  width: 1280,
  height: 720,
  kind: "image",
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  url: `/api/v1/media/${ID}`,
  thumbnail_url: `/api/v1/media/${ID}?size=thumb`,
  created_at: "2026-01-15T10:30:00.000Z",
};
const UPLOAD = { upload_id: "0199c2a0-7777-7c3b-9a51-2f1f3a6f1a10", offset: 0, size: 48_213, media: null };

// Documented only: a schema in `request.body` would read the whole body into memory to check it.
const formBody = {
  requestBody: {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object" as const,
          required: ["file"],
          properties: {
            file: { type: "string" as const, format: "binary" },
            sha256: { type: "string" as const },
            encrypted: { type: "string" as const, enum: ["1", "0"] },
          },
        },
      },
    },
  },
};
const rawBody = {
  requestBody: {
    required: true,
    content: { "application/octet-stream": { schema: { type: "string" as const, format: "binary" } } },
  },
};
/** A picture as the body or in a form. */
export const pictureBody = {
  requestBody: {
    required: true,
    content: {
      "image/*": { schema: { type: "string" as const, format: "binary" } },
      "multipart/form-data": {
        schema: {
          type: "object" as const,
          required: ["file"],
          properties: { file: { type: "string" as const, format: "binary" } },
        },
      },
    },
  },
};
const contentRange = z.object({
  "content-range": z.string().optional().meta({ description: "`bytes a-b/total`: a part; `bytes */total`: only ask" }),
});

/** When an upload is refused, the rest of its body is read away. */
export const drains: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  if (c.res.status >= 400) await drainRest(c);
};

export function mediaRoutes(_app: App): Router {
  const router = createRouter();
  for (const path of ["/media/upload", "/media/uploads/:id"]) router.use(path, drains);
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [413, 415, 422],
      limit: "uploads",
      method: "post",
      path: "/media/upload",
      tags: TAGS,
      summary: "Upload a file as a form",
      description:
        "The field `file`; `sha256` (checked) and `encrypted` may stand beside it. The type that was declared " +
        "must be what the bytes show (422 `unsupported_file`). Pictures lose EXIF and everything else that is not the " +
        "picture, are turned upright and get a small one. A file that nothing refers to goes after 24 hours. 413 " +
        "`too_large` over PULPO_MEDIA_LIMIT_BYTES or the organization's quota.",
      request: { query: formUploadQuery },
      responses: { 201: answer(media, "The file", MEDIA) },
      ...formBody,
    }),
    async (c) => {
      const form = c.req.header("content-type") ?? "";
      const incoming = { form, about: c.req.valid("query"), stream: bodyOf(c), length: lengthOf(c) };
      return c.json(await upload(c.var.ctx, incoming), 201);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [404, 409, 413, 422],
      method: "put",
      path: "/media/upload",
      tags: TAGS,
      summary: "Upload a file as the body, whole or in parts",
      description:
        "Without Content-Range: the whole file, answered with 201 and the file. With `Content-Range: bytes " +
        "0-b/total`: the first part; the answer has an `upload_id`. Send it with the next parts, as `?upload_id=` or the " +
        "header Upload-Id, starting at `offset`; the last one is answered with 201 and the file in `media`. After a cut " +
        "connection ask with `Content-Range: bytes */total` where to go on. 409 with the header Upload-Offset when a part " +
        "starts behind what has come.",
      request: { query: rawUploadQuery, headers: contentRange },
      responses: {
        200: answer(uploadAnswer, "More is to come", { ...UPLOAD, offset: 16_384 }),
        201: answer(z.union([media, uploadAnswer]), "The file, or the finished upload with it", MEDIA),
      },
      ...rawBody,
    }),
    async (c) => {
      const done = await putUpload(c, c.req.valid("query"));
      if ("id" in done) return c.json(done, 201);
      c.header("upload-offset", String(done.offset));
      return done.media ? c.json(done, 201) : c.json(done, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [413, 422],
      limit: "uploads",
      method: "post",
      path: "/media/uploads",
      tags: TAGS,
      summary: "Begin an upload in parts",
      description:
        "For files that should survive a cut connection. Then PUT the parts. What is not finished within 24 " +
        "hours of the last part goes.",
      request: {
        body: jsonBody(beginUploadBody, { filename: "plan.png", size: 48_213, mime_type: "image/png" }),
      },
      responses: { 201: answer(uploadAnswer, "The upload", UPLOAD) },
    }),
    async (c) => c.json(await beginUpload(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [404],
      method: "get",
      path: "/media/uploads/{id}",
      tags: TAGS,
      summary: "How far an upload is",
      request: { params: idParam },
      responses: { 200: answer(uploadAnswer, "Continue at `offset`", UPLOAD) },
    }),
    async (c) => c.json(await uploadState(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [404, 409, 413, 422],
      method: "put",
      path: "/media/uploads/{id}",
      tags: TAGS,
      summary: "Send a part",
      description:
        "Content-Range says which. A newer request ends an older one of the same upload, whose connection may " +
        "hang. The last part may be repeated when its answer was lost.",
      request: { params: idParam, headers: contentRange },
      responses: {
        200: answer(uploadAnswer, "More is to come", { ...UPLOAD, offset: 16_384 }),
        201: answer(uploadAnswer, "Finished", { ...UPLOAD, offset: 48_213, media: MEDIA }),
      },
      ...rawBody,
    }),
    async (c) => {
      const done = await putPart(c, c.req.valid("param").id);
      c.header("upload-offset", String(done.offset));
      return done.media ? c.json(done, 201) : c.json(done, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [404],
      method: "delete",
      path: "/media/uploads/{id}",
      tags: TAGS,
      summary: "Give an upload up",
      request: { params: idParam },
      responses: { 204: empty("Given up; a finished file stays") },
    }),
    async (c) => {
      await abortUpload(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.read",
      errors: [404],
      method: "get",
      path: "/media/{id}",
      tags: TAGS,
      summary: "Read a file",
      description:
        "The owner, and whoever may read a message with it; 404 for all others. Takes Range (one range), If-Range, " +
        "If-None-Match and HEAD. Pictures, sound, video and PDF are shown inline, everything else is a download.",
      request: { params: idParam, query: mediaQuery },
      responses: {
        200: empty("The bytes"),
        206: empty("The part that Range asked for"),
        304: empty("Not changed"),
        416: empty("The range lies behind the end"),
      },
    }),
    async (c) => {
      const { size, download } = c.req.valid("query");
      const found = await openMedia(c.var.ctx, c.req.valid("param").id, mayReadInChat, {
        size,
        download: download !== undefined,
      });
      return await sendMedia(c, found);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.upload",
      errors: [404, 409],
      method: "delete",
      path: "/media/{id}",
      tags: TAGS,
      summary: "Remove a file",
      description: "The owner, or an administrator who may read it. 409 while a message or a draft uses it.",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      const { ctx } = c.var;
      await removeMedium(ctx, c.req.valid("param").id, ({ id }) => mayReadMedia(ctx, id));
      return c.body(null, 204);
    },
  );
  return router;
}

const mayReadInChat = (ctx: Ctx, { id }: { id: string }) => mayReadMedia(ctx, id);

async function putUpload(c: HttpContext, query: RawUploadQuery) {
  const { ctx } = c.var;
  const id = query.upload_id ?? c.req.header("upload-id");
  if (id !== undefined) {
    if (!isUuid(id)) throw new AppError("not_found", "There is no such upload.");
    return await putPart(c, id);
  }
  await countCall(c, "uploads");
  const about: UploadAbout = {
    filename: query.filename,
    mimeType: query.mime_type ?? rawType(c),
    sha256: query.sha256,
    encrypted: query.encrypted,
  };
  const range = rangeOf(c);
  if (range === undefined) return await upload(ctx, { about, stream: bodyOf(c), length: lengthOf(c) });
  if (range === null || range.start !== 0) {
    throw new AppError("validation_failed", "The first part starts at byte 0; later ones name their upload_id.");
  }
  const begun = await beginUpload(ctx, {
    filename: about.filename ?? "file",
    size: range.total,
    mime_type: about.mimeType,
    sha256: about.sha256,
    encrypted: about.encrypted ?? false,
  });
  return await continueUpload(ctx, begun.upload_id, range, bodyOf(c), lengthOf(c));
}

async function putPart(c: HttpContext, id: string) {
  const range = rangeOf(c);
  if (range === null) return await uploadState(c.var.ctx, id);
  if (range === undefined) {
    throw new AppError("validation_failed", "Say which part this is: Content-Range: bytes <first>-<last>/<size>.");
  }
  return await continueUpload(c.var.ctx, id, range, bodyOf(c), lengthOf(c));
}
