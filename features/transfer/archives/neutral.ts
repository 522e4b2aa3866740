// What every archive is turned into before it becomes rows: people, channels and messages by the names that they have
// there. Only the readers (slack.ts, mattermost.ts, pulpo.ts) know formats, only import/assemble.ts knows our tables.
import { createHash } from "node:crypto";
import type { Card } from "../../../protocol/chat/cards.ts";
import type { Finding } from "../../../protocol/operation/transfer.ts";

export interface NeutralUser {
  key: string;
  username: string;
  display_name: string;
  email: string | null;
  /** Writes messages under its name but gets no account. */
  is_bot: boolean;
  is_active: boolean;
  locale?: string;
  role?: "guest" | "member" | "viewer" | "moderator" | "admin";
  /** Our own format only: notification preferences and restrictions. */
  extra?: { preferences?: unknown; restrictions?: Record<string, unknown>[] };
}

export interface NeutralMember {
  key: string;
  role: "admin" | "moderator" | "member" | "viewer";
  /** Our own format only: columns of channel_members. */
  settings?: Record<string, unknown>;
}

export interface NeutralChannel {
  key: string;
  name: string;
  type: "public" | "private" | "direct";
  topic: string;
  description: string;
  /** Milliseconds since 1970. */
  created_at: number;
  creator: string | null;
  archived: boolean;
  members: NeutralMember[];
  /** Names of those in a conversation who get no account: bots and people of elsewhere. */
  strangers?: string[];
  /** Kept by our own format only. */
  extra?: { history?: string; policy?: unknown; is_default?: boolean; auto_archive_days?: number | null };
}

export interface NeutralFile {
  name: string;
  mime_type: string;
  size: number | null;
  /** In the archive, or at an address; neither: it is gone. */
  entry?: string;
  url?: string;
}

export interface NeutralMessage {
  /** Unique in the archive. */
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The time in its id, when that is another one. */
  id_at?: number;
  user: string | null;
  /** Bots and people who are not in the list. */
  sender_name?: string;
  bot?: boolean;
  /** Markdown; mentions as `@name` of ours are made by the reader with `Names`. */
  content: string;
  mentions: ({ type: "user"; key: string } | { type: "channel" } | { type: "here" })[];
  /** Key and time of the first message of the thread. */
  root?: { key: string; at: number };
  reply_to?: { key: string; at: number };
  system?: { event: string; user?: string; actor?: string; value?: string };
  edited_at?: number;
  deleted_at?: number;
  pinned?: { at: number; by: string | null };
  edits?: { content: string; cards?: Card[]; by: string | null; at: number }[];
  reactions?: { emoji: string; users: string[]; at?: number[] }[];
  files?: NeutralFile[];
  /** Our own format only. */
  previews?: unknown[];
  cards?: Card[];
}

export interface Directory {
  users: NeutralUser[];
  channels: NeutralChannel[];
  /** Names of people in conversations who are not among `users`. */
  outsiders?: Map<string, string>;
  /** Uncompressed bytes of all message files. */
  bytes: number;
}

/** What the readers must know to write names: key → our person, key → our channel. */
export interface Names {
  user(key: string): { id: string; username: string } | undefined;
  /** Of a person without an account here. */
  plainName(key: string): string | undefined;
  channel(key: string): { id: string; name: string } | undefined;
  /** The id that a message gets. */
  messageId(key: string, at: number): string;
}

/** A row of the archive, converted when it is its turn. Undefined: it is no message, and the findings say why. */
export type LazyMessage = () => NeutralMessage | undefined;

export interface Source {
  directory(): Promise<Directory>;
  /**
   * The rows of one channel in the order of time, in portions, each of them called once and in its turn. Channels are asked
   * for in the directory's order.
   */
  messages(channel: number, names: Names): AsyncGenerator<LazyMessage[]>;
  /** Bytes of message files read so far. */
  readonly bytesRead: number;
  /** Says the bytes of channels that are passed over. */
  skip(channel: number): Promise<void>;
  close(): Promise<void>;
}

/** Counts what is odd, with examples. Bounded: at most 200 codes, 3 examples each. */
export class Findings {
  #all = new Map<string, Finding>();
  /** Rows of messages that were read, of these rows that are no message here, and rows that only tell of another one. */
  rows = 0;
  skipped = 0;
  merged = 0;
  /** Nothing is noted: these rows were written before the work went on here. */
  muted = false;

  /** Another row was read; every one ends as a message, as part of one, or left out. */
  row(): void {
    if (!this.muted) this.rows++;
  }

  /** A row of messages that is not taken. */
  leaveOut(code: string, example = "", count = 1): void {
    if (!this.muted) this.skipped += count;
    this.add(code, example, count);
  }

  /** A row that became part of another one. */
  merge(): void {
    if (!this.muted) this.merged++;
  }

  add(code: string, example = "", count = 1): void {
    if (this.muted) return;
    code = storableText(code, 100);
    let found = this.#all.get(code);
    if (!found) {
      if (this.#all.size >= 200) code = "more";
      found = this.#all.get(code) ?? { code, count: 0, examples: [] };
      this.#all.set(code, found);
    }
    found.count += count;
    const text = storableText(example, 200);
    if (text && found.examples.length < 3 && !found.examples.includes(text)) found.examples.push(text);
  }

  clear(): void {
    this.#all.clear();
    this.rows = this.skipped = this.merged = 0;
  }

  list(): Finding[] {
    return [...this.#all.values()].map((f) => ({ ...f, examples: [...f.examples] })).sort((a, b) =>
      b.count - a.count || (a.code < b.code ? -1 : 1)
    );
  }
}

/**
 * The same id for the same thing at every import: a UUIDv7 of the thing's own time whose other bits are a digest of the
 * organisation, the source and the name there. Sorts by time like the ids of messages written here.
 */
export function stableId(scope: string, key: string, at: number): string {
  const digest = createHash("sha256").update(`${scope}\0${key}`).digest();
  const time = Math.max(0, Math.min(2 ** 48 - 1, Math.floor(at))).toString(16).padStart(12, "0");
  const a = ((digest[0]! & 0x0f) | 0x70).toString(16).padStart(2, "0");
  const b = ((digest[2]! & 0x3f) | 0x80).toString(16).padStart(2, "0");
  const hex = digest.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-${a}${hex.slice(2, 4)}-${b}${hex.slice(6, 8)}-${hex.slice(8, 20)}`;
}

/** Text that PostgreSQL and JSON take: no NUL, no lone surrogates. */
export function storableText(value: unknown, max = 100_000): string {
  let text = typeof value === "string" ? value : "";
  if (text.includes("\0")) text = text.replaceAll("\0", "");
  if (!text.isWellFormed()) text = text.toWellFormed();
  return text.length > max ? text.slice(0, max).toWellFormed() : text;
}
