// Files of the message that is being written. Each goes up by itself, in parts, so that it can go on where it stopped:
// after a lost connection by itself, after a failure with a button. Invariants: at most MAX_FILES; a file that was taken
// out stops at once; pictures are shown before they are there; whoever goes elsewhere meanwhile finds them where they were
// being added, and nowhere else.
import { computed, effect, signal } from "@preact/signals";
import type { Attachment } from "../../../../protocol/chat/chat.ts";
import { ApiError } from "../../../lib/api.ts";
import { t } from "../../../lib/i18n.ts";
import { toast } from "../../../lib/toasts.ts";
import { problemText } from "../../../lib/error_text.ts";
import { fileById, sendFile } from "./upload_file.ts";

const MAX_FILES = 10;
const AT_ONCE = 2;
const TRIES = 5;

export interface Upload {
  key: string;
  name: string;
  size: number;
  /** 0–1 */
  progress: number;
  state: "waiting" | "sending" | "done" | "failed";
  error?: string;
  attachment?: Attachment;
  /** Address of the picture, for pictures. */
  preview?: string;
}

/** By the key of their draft: lists of places that were left before all was there. */
const underway = new Map<string, UploadList>();

/** For a draft that is taken up: its files that are still on their way or have failed; the others stand in the draft. */
export function uploadsOf(key: string): UploadList {
  const list = underway.get(key) ?? new UploadList();
  underway.delete(key);
  return list;
}

export class UploadList {
  readonly items = signal<readonly Upload[]>([]);
  readonly busy = computed(() => this.items.value.some((item) => item.state === "waiting" || item.state === "sending"));
  readonly #files = new Map<string, { file: File; abort: AbortController; uploadId: string | null }>();
  #changed = () => {};

  add(files: readonly File[], changed: () => void): void {
    this.#changed = changed;
    const room = MAX_FILES - this.items.peek().length;
    if (files.length > room) toast({ kind: "info", title: t("chat.upload_many", { n: MAX_FILES }) });
    const added = files.slice(0, Math.max(0, room)).map((file): Upload => {
      const key = crypto.randomUUID();
      this.#files.set(key, { file, abort: new AbortController(), uploadId: null });
      const picture = /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type);
      const name = file.name || `image.${file.type.split("/")[1] ?? "bin"}`;
      return {
        key,
        name,
        size: file.size,
        progress: 0,
        state: "waiting",
        preview: picture ? URL.createObjectURL(file) : undefined,
      };
    });
    this.items.value = [...this.items.peek(), ...added];
    this.#next();
  }

  /** Files of a draft, by id. */
  async restore(ids: readonly string[]): Promise<void> {
    if (!ids.length) return;
    const found = await Promise.all(ids.map(fileById));
    const known = new Set(this.doneIds());
    const added = found.filter((file) => file !== null).filter((file) => !known.has(file.id)).map((file): Upload => ({
      key: file.id,
      name: file.filename,
      size: file.size,
      progress: 1,
      state: "done",
      attachment: file,
      preview: file.thumbnail_url ?? undefined,
    }));
    this.items.value = [...this.items.peek(), ...added];
  }

  #set(key: string, change: Partial<Upload>): void {
    this.items.value = this.items.peek().map((item) => item.key === key ? { ...item, ...change } : item);
  }

  #next(): void {
    const list = this.items.peek();
    const room = AT_ONCE - list.filter((item) => item.state === "sending").length;
    for (const item of list.filter((entry) => entry.state === "waiting").slice(0, Math.max(0, room))) {
      this.#send(item.key);
    }
  }

  async #send(key: string): Promise<void> {
    const entry = this.#files.get(key);
    if (!entry) return;
    this.#set(key, { state: "sending", error: undefined });
    for (let attempt = 1;; attempt++) {
      try {
        const attachment = await sendFile(entry.file, {
          uploadId: entry.uploadId,
          signal: entry.abort.signal,
          onStart: (id) => entry.uploadId = id,
          onProgress: (progress) => this.#set(key, { progress }),
        });
        this.#set(key, { state: "done", progress: 1, attachment });
        this.#changed();
        break;
      } catch (error) {
        if (entry.abort.signal.aborted) return;
        const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
        if (passing && attempt < TRIES) {
          await new Promise((done) => setTimeout(done, 1_000 * attempt));
          if (entry.abort.signal.aborted) return;
          continue;
        }
        this.#set(key, { state: "failed", error: problemText(error) || t("chat.upload_failed") });
        break;
      }
    }
    this.#next();
  }

  retry(key: string): void {
    this.#set(key, { state: "waiting" });
    this.#next();
  }

  remove(key: string): void {
    this.#files.get(key)?.abort.abort();
    this.#files.delete(key);
    const item = this.items.peek().find((entry) => entry.key === key);
    if (item?.preview?.startsWith("blob:")) URL.revokeObjectURL(item.preview);
    this.items.value = this.items.peek().filter((entry) => entry.key !== key);
    this.#changed();
    this.#next();
  }

  attachments(): Attachment[] {
    return this.items.peek().flatMap((item) => item.attachment ?? []);
  }

  doneIds(): string[] {
    return this.attachments().map((file) => file.id);
  }

  clear(): void {
    for (const { preview } of this.items.peek()) if (preview?.startsWith("blob:")) URL.revokeObjectURL(preview);
    this.#files.clear();
    this.items.value = [];
  }

  /** The place was left: what is still on its way goes on, and joins the draft when it is there. */
  leave(key: string): void {
    if (!this.busy.peek()) return this.close();
    underway.set(key, this);
    const stop = effect(() => {
      if (this.items.value.some((item) => item.state !== "done")) return;
      // Not at once: the last one joins the draft first.
      queueMicrotask(() => {
        stop();
        if (underway.get(key) !== this) return; // taken up again
        underway.delete(key);
        this.close();
      });
    });
  }

  close(): void {
    for (const { abort } of this.#files.values()) abort.abort();
    this.clear();
  }
}
