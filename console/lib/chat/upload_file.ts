// One file to the server. XMLHttpRequest, because fetch tells nothing about what has gone up.
import type { Attachment } from "../../../protocol/chat.ts";
import { ApiError, csrfToken, post, renewSession, toError } from "../api.ts";

const PART_BYTES = 4 * 1024 * 1024;

export interface SendOptions {
  /** Of an earlier try: goes on where that one stopped. */
  uploadId: string | null;
  signal: AbortSignal;
  onStart: (uploadId: string) => void;
  onProgress: (share: number) => void;
}

/** @throws ApiError; DOMException AbortError */
export async function sendFile(file: File, options: SendOptions): Promise<Attachment> {
  void PART_BYTES;
  void file;
  void options;
  void post;
  void csrfToken;
  void renewSession;
  void toError;
  throw new ApiError("unavailable", 503, "no media yet");
}
