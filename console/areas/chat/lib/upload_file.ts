// One file to the server, in parts (protocol/chat/media.ts): what has gone up stays there, so that a later try goes on behind
// it. XMLHttpRequest, because fetch tells nothing about what has gone up. @throws ApiError, as the calls of ../api.ts do.
import { outer } from "../../../lib/base.ts";
import type { Attachment } from "../../../../protocol/chat/chat.ts";
import type { Media, UploadState } from "../../../../protocol/chat/media.ts";
import { address, ApiError, csrfToken, get, post, renewSession, toError } from "../../../lib/api.ts";

const PART_BYTES = 8 * 1024 * 1024;
const SILENCE_MS = 60_000;

export interface SendOptions {
  /** Of an earlier try: goes on where that one stopped. */
  uploadId: string | null;
  signal: AbortSignal;
  onStart: (uploadId: string) => void;
  onProgress: (share: number) => void;
}

/** Sends what is missing. @returns the file as messages show it @throws ApiError; DOMException `AbortError` */
export async function sendFile(file: File, options: SendOptions): Promise<Attachment> {
  let state = await begin(file, options.uploadId);
  options.onStart(state.upload_id);
  while (!state.media) {
    options.signal.throwIfAborted();
    const { offset } = state;
    const part = file.slice(offset, Math.min(file.size, offset + PART_BYTES));
    const range = `bytes ${offset}-${offset + part.size - 1}/${file.size}`;
    state = await put(
      state.upload_id,
      part,
      range,
      options.signal,
      (sent) => options.onProgress(file.size ? (offset + sent) / file.size : 1),
    );
    if (!state.media && state.offset <= offset) throw new ApiError("bad_answer", 0, "The upload does not go on.");
  }
  return toAttachment(state.media);
}

async function begin(file: File, uploadId: string | null): Promise<UploadState> {
  if (uploadId) {
    try {
      return await get<UploadState>(`/media/uploads/${uploadId}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error; // it was too old: from the start
    }
  }
  const filename = file.name || `image.${file.type.split("/")[1] ?? "bin"}`;
  return await post<UploadState>("/media/uploads", { filename, size: file.size });
}

async function put(
  id: string,
  part: Blob,
  range: string,
  signal: AbortSignal,
  onProgress: (sent: number) => void,
): Promise<UploadState> {
  const startedAt = Date.now();
  const answer = await request(id, part, range, signal, onProgress);
  if (answer.status === 401 && await renewSession(startedAt)) {
    return await read(await request(id, part, range, signal, onProgress));
  }
  return await read(answer);
}

async function read(answer: Response): Promise<UploadState> {
  if (!answer.ok) throw await toError(answer);
  return await answer.json();
}

function request(
  id: string,
  part: Blob,
  range: string,
  signal: AbortSignal,
  onProgress: (sent: number) => void,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const call = new XMLHttpRequest();
  let silent: ReturnType<typeof setTimeout>;
  const alive = () => {
    clearTimeout(silent);
    silent = setTimeout(() => call.abort(), SILENCE_MS);
  };
  const stop = () => call.abort();
  call.open("PUT", outer(address(`/media/uploads/${id}`)));
  call.setRequestHeader("Content-Range", range);
  call.setRequestHeader("Content-Type", "application/octet-stream");
  const csrf = csrfToken();
  if (csrf) call.setRequestHeader("X-CSRF-Token", csrf);
  call.upload.onprogress = (event) => {
    alive();
    onProgress(event.loaded);
  };
  const headers = () => {
    const id = call.getResponseHeader("X-Request-Id");
    return id ? { "X-Request-Id": id } : undefined;
  };
  call.onload = () => resolve(new Response(call.responseText || null, { status: call.status, headers: headers() }));
  call.onerror = () => reject(new ApiError("network", 0, "The server cannot be reached."));
  call.onabort = () =>
    reject(signal.aborted ? signal.reason : new ApiError("timeout", 0, "The server did not answer in time."));
  call.onloadend = () => {
    clearTimeout(silent);
    signal.removeEventListener("abort", stop);
  };
  signal.addEventListener("abort", stop);
  alive();
  call.send(part);
  return promise;
}

function toAttachment(media: Media): Attachment {
  const { id, filename, mime_type, size, url, thumbnail_url, width, height } = media;
  return { id, filename, mime_type, size, url, thumbnail_url, width, height };
}

/** What the headers of a file tell: a draft keeps only ids. @returns null when it is gone */
export async function fileById(id: string): Promise<Attachment | null> {
  const url = address(`/media/${id}`);
  const answer = await fetch(outer(url), { method: "HEAD", credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return null;
  const type = answer.headers.get("Content-Type")?.split(";")[0] ?? "application/octet-stream";
  const disposition = answer.headers.get("Content-Disposition") ?? "";
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const named = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  return {
    id,
    filename: coded ? decodeURIComponent(coded) : named ?? id,
    mime_type: type,
    size: Number(answer.headers.get("Content-Length")) || 0,
    url,
    thumbnail_url: type.startsWith("image/") ? `${url}?size=thumb` : null,
    width: null,
    height: null,
  };
}
