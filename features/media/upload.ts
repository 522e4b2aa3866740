// A file in one request: as a form, or as the body itself. Its bytes go to disk as they come; an error leaves nothing.
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { formFields, type Media } from "../../protocol/media.ts";
import type { Ctx } from "../context.ts";
import { keepFile, refuseOverQuota } from "./keep.ts";
import { requireUploader } from "./may_upload.ts";
import { boundaryOf, type FormPart, readForm } from "./multipart.ts";
import { partFile, receive, removeFiles, tooLarge } from "./receive.ts";
import { slotsOf } from "./slots.ts";
import { usedBytes } from "./store.ts";
import { toMedia } from "./views.ts";

const MAX_FIELD_BYTES = 4096;

export interface UploadAbout {
  filename?: string;
  mimeType?: string;
  sha256?: string;
  encrypted?: boolean;
}

interface Received {
  sha256: string;
  about: UploadAbout;
}

/** @param length what Content-Length says, to refuse early. @throws AppError `too_large`, `unsupported_file`, … */
export async function uploadBytes(
  ctx: Ctx,
  about: UploadAbout,
  stream: ReadableStream<Uint8Array>,
  length?: number,
): Promise<Media> {
  return await oneRequest(ctx, length, async (path) => {
    const hash = createHash("sha256");
    await receive(path, stream, { limit: ctx.app.config.mediaLimitBytes, hash });
    return { sha256: hash.digest("hex"), about };
  });
}

/** multipart/form-data with the field `file`, and the text fields `sha256`, `encrypted`, `filename`, before or after it. */
export async function uploadForm(
  ctx: Ctx,
  contentType: string | undefined,
  about: UploadAbout,
  stream: ReadableStream<Uint8Array>,
  length?: number,
): Promise<Media> {
  const boundary = boundaryOf(contentType);
  // A form is a little longer than its file.
  const atLeast = length === undefined ? undefined : Math.max(0, length - 16 * 1024);
  return await oneRequest(ctx, atLeast, async (path) => {
    const fields: Record<string, string> = {};
    let file: { sha256: string; filename: string; type?: string } | undefined;
    for await (const part of readForm(stream, boundary)) {
      if (part.filename === undefined) {
        if (Object.keys(formFields.shape).includes(part.name)) fields[part.name] = await fieldText(part);
        continue;
      }
      if (part.name !== "file" || file) {
        throw fieldError(part.name, "one file, in the field `file`");
      }
      const hash = createHash("sha256");
      await receive(path, part.body, { limit: ctx.app.config.mediaLimitBytes, hash });
      file = { sha256: hash.digest("hex"), filename: part.filename, type: part.type };
    }
    if (!file) throw fieldError("file", "the field `file` with the file is missing");
    const given = formFields.safeParse(fields);
    if (!given.success) {
      const { path: [name], message } = given.error.issues[0]!;
      throw fieldError(String(name), message);
    }
    return {
      sha256: file.sha256,
      about: { ...about, filename: file.filename, mimeType: file.type, ...given.data },
    };
  });
}

async function oneRequest(
  ctx: Ctx,
  length: number | undefined,
  take: (path: string) => Promise<Received>,
): Promise<Media> {
  const userId = await requireUploader(ctx);
  const { app, actor } = ctx;
  const limit = app.config.mediaLimitBytes;
  if (length !== undefined && length > limit) throw tooLarge(limit);
  const slots = slotsOf(app);
  await slots.rate.consume(userId, "You upload too many files. Wait a moment.");
  refuseOverQuota(app, await usedBytes(app.db, actor.organizationId), length ?? 0);
  return await slots.stream(userId, async () => {
    const path = await partFile(app, newId());
    try {
      const { sha256, about } = await take(path);
      const row = await keepFile(app, {
        organizationId: actor.organizationId,
        ownerId: userId,
        filename: about.filename ?? "file",
        declaredType: about.mimeType,
        encrypted: about.encrypted,
        path,
        sha256,
        expectedSha256: about.sha256,
      });
      return toMedia(row);
    } finally {
      await removeFiles(path);
    }
  });
}

async function fieldText(part: FormPart): Promise<string> {
  const bytes: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of part.body) {
    size += chunk.length;
    if (size > MAX_FIELD_BYTES) throw fieldError(part.name, `at most ${MAX_FIELD_BYTES} bytes`);
    bytes.push(chunk.slice());
  }
  return await new Blob(bytes as Uint8Array<ArrayBuffer>[]).text();
}

function fieldError(name: string, message: string): AppError {
  return new AppError("validation_failed", `${name}: ${message}.`, { errors: [{ path: name, message }] });
}
