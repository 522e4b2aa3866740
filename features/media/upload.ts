// A file in one request: as a form, or as the body itself. Its bytes go to disk as they come; an error leaves nothing.
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { formFields, type Media } from "../../protocol/chat/media.ts";
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

/** A file on its way in: the body itself, or the field `file` of a form. */
export interface Incoming {
  about: UploadAbout;
  stream: ReadableStream<Uint8Array>;
  /** What Content-Length says, to refuse early. */
  length?: number;
  /** Content-Type with the boundary, when it is a form. */
  form?: string;
}

interface Received {
  sha256: string;
  about: UploadAbout;
}

/** A form is a little longer than its file. */
const FORM_BYTES = 16 * 1024;

/** @throws AppError `too_large`, `unsupported_file`, … */
export async function upload(ctx: Ctx, incoming: Incoming): Promise<Media> {
  const userId = await requireUploader(ctx);
  const { app, actor } = ctx;
  return await takeIn(ctx, userId, incoming, app.config.mediaLimitBytes, async (path, { sha256, about }) =>
    toMedia(
      await keepFile(app, {
        organizationId: actor.organizationId,
        ownerId: userId,
        filename: about.filename ?? "file",
        declaredType: about.mimeType,
        encrypted: about.encrypted,
        path,
        sha256,
        expectedSha256: about.sha256,
      }),
    ));
}

/**
 * Receives one file onto this machine's disk, in one of the person's places, and hands it to `keep`; afterwards it is gone.
 * @throws AppError `too_large`, `rate_limited`, `validation_failed`, …
 */
export async function takeIn<T>(
  ctx: Ctx,
  userId: string,
  incoming: Incoming,
  limit: number,
  keep: (path: string, received: Received) => Promise<T>,
): Promise<T> {
  const { app, actor } = ctx;
  const boundary = incoming.form === undefined ? undefined : boundaryOf(incoming.form);
  const atLeast = Math.max(0, (incoming.length ?? 0) - (boundary === undefined ? 0 : FORM_BYTES));
  if (atLeast > limit) throw tooLarge(limit);
  const slots = slotsOf(app);
  await slots.rate.consume(userId, "You upload too many files. Wait a moment.");
  refuseOverQuota(app, await usedBytes(app.db, actor.organizationId), atLeast);
  return await slots.stream(userId, async () => {
    const path = await partFile(app, newId());
    try {
      const received = boundary === undefined
        ? { sha256: await takeBody(path, incoming.stream, limit), about: incoming.about }
        : await takeForm(path, incoming, boundary, limit);
      return await keep(path, received);
    } finally {
      await removeFiles(path);
    }
  });
}

/** @returns the SHA-256 of what came */
async function takeBody(path: string, body: ReadableStream<Uint8Array> | FormPart["body"], limit: number) {
  const hash = createHash("sha256");
  await receive(path, body, { limit, hash });
  return hash.digest("hex");
}

/** multipart/form-data with the field `file`, and the text fields `sha256`, `encrypted`, `filename`, before or after it. */
async function takeForm(path: string, { about, stream }: Incoming, boundary: string, limit: number): Promise<Received> {
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
    file = { sha256: await takeBody(path, part.body, limit), filename: part.filename, type: part.type };
  }
  if (!file) throw fieldError("file", "the field `file` with the file is missing");
  const given = formFields.safeParse(fields);
  if (!given.success) {
    const { path: [name], message } = given.error.issues[0]!;
    throw fieldError(String(name), message);
  }
  return { sha256: file.sha256, about: { ...about, filename: file.filename, mimeType: file.type, ...given.data } };
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
