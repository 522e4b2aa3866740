// From neutral messages to the JSON text of our rows (features/chat/messages/bulk.ts writes it). Runs in the worker: a batch costs
// the event loop that serves sockets one string.
import { cleanName } from "../../../protocol/names.ts";
import { withoutClicks } from "../../../protocol/chat/cards.ts";
import { MAX_CONTENT_BYTES } from "../../../protocol/chat/chat.ts";
import { type Findings, type NeutralFile, type NeutralMessage, stableId, storableText } from "../archives/neutral.ts";
import { storableTime } from "../archives/values.ts";

export interface Person {
  id: string;
  username: string;
}

/** A file that a message refers to, as a row of transfer_files. */
export interface FileRow {
  id: string;
  message_id: string;
  channel_id: string;
  owner_id: string | null;
  position: number;
  filename: string;
  mime_type: string;
  size: number | null;
  entry: string | null;
  url: string | null;
  placeholder: string;
}

export interface BatchCounts {
  rows: number;
  messages: number;
  merged: number;
  skipped: number;
  replies: number;
  reactions: number;
  edits: number;
  files: number;
  file_bytes: number;
}

export interface Batch {
  messages: string;
  mentions: string;
  edits: string;
  reactions: string;
  roots: string[];
  files: FileRow[];
  counts: BatchCounts;
  /** Milliseconds since 1970; null: no messages. */
  first: number | null;
  last: number | null;
  /** Characters of the rows, to estimate sizes. */
  chars: number;
}

const LINK = /\bhttps?:\/\/[^\s<>]+/i;
const MAX_CHARS = 2_000_000;

export class Assembler {
  #messages: string[] = [];
  #mentions: string[] = [];
  #edits: string[] = [];
  #reactions: string[] = [];
  #files: FileRow[] = [];
  #roots = new Set<string>();
  #chars = 0;
  #counts = noCounts();
  #first: number | null = null;
  #last: number | null = null;

  /** @param scope organisation and source: what makes ids of this import differ from those of others */
  constructor(
    private readonly scope: string,
    private readonly people: ReadonlyMap<string, Person>,
    private readonly findings: Findings,
    private readonly links: boolean,
    private readonly batchSize: number,
  ) {}

  get full(): boolean {
    return this.#messages.length >= this.batchSize || this.#chars >= MAX_CHARS;
  }

  add(m: NeutralMessage, channelId: string): void {
    // The readers look too; a time that the database refuses must come from nowhere.
    if (storableTime(m.at) === undefined) return this.findings.leaveOut("time_out_of_range", m.key);
    const id = stableId(this.scope, m.key, m.id_at ?? m.at);
    const created_at = new Date(m.at).toISOString();
    const iso = (ms: number | undefined) => ms ? new Date(storableTime(ms) ?? m.at).toISOString() : null;
    const userId = m.user === null ? null : this.people.get(m.user)?.id ?? null;
    let content = m.content;
    if (content.length * 3 > MAX_CONTENT_BYTES && new TextEncoder().encode(content).length > MAX_CONTENT_BYTES) {
      this.findings.add("longer_than_16_kib", m.key);
    }
    for (const [position, file] of (m.files ?? []).entries()) {
      const placeholder = placeholderOf(file);
      content += (content ? "\n" : "") + placeholder;
      this.#counts.files++;
      this.#counts.file_bytes += file.size ?? 0;
      if (this.links && !file.entry) continue;
      if (!file.entry && !file.url) {
        this.findings.add("file_missing", file.name);
        continue;
      }
      this.#files.push({
        id: stableId(this.scope, `${m.key} file ${position}`, m.at),
        message_id: id,
        channel_id: channelId,
        owner_id: userId,
        position,
        filename: file.name,
        mime_type: file.mime_type,
        size: file.size,
        entry: file.entry ?? null,
        url: file.url ?? null,
        placeholder,
      });
    }
    const mentions: Record<string, unknown>[] = [];
    let everybody = false;
    for (const mention of m.mentions) {
      if (mention.type !== "user") {
        everybody = true;
        mentions.push({ type: mention.type });
        continue;
      }
      const person = this.people.get(mention.key);
      // Two names there may be one person here.
      if (person && !mentions.some((known) => known.id === person.id)) {
        mentions.push({ type: "user", id: person.id, username: person.username });
      }
    }
    if (everybody) this.#mentions.push(JSON.stringify({ message_id: id, user_id: null }));
    else for (const { id: user_id } of mentions) this.#mentions.push(JSON.stringify({ message_id: id, user_id }));
    const rootId = m.root ? stableId(this.scope, m.root.key, m.root.at) : null;
    if (rootId) {
      this.#roots.add(rootId);
      this.#counts.replies++;
    }
    const props = {
      ...(m.bot ? { bot: true } : {}),
      ...(m.system ? { system: this.#system(m.system) } : {}),
      ...(m.previews?.length ? { previews: m.previews } : {}),
      ...(m.cards?.length ? { cards: withoutClicks(m.cards) } : {}),
    };
    const row = JSON.stringify({
      n: this.#messages.length,
      id,
      channel_id: channelId,
      user_id: userId,
      sender_name: userId && !m.bot ? null : senderName(m) ?? (m.user && !userId && !m.system ? "unknown" : null),
      root_id: rootId,
      reply_to_id: m.reply_to ? stableId(this.scope, m.reply_to.key, m.reply_to.at) : rootId,
      message_type: m.system ? "system" : "text",
      content,
      ...(mentions.length ? { mentions } : {}),
      ...(Object.keys(props).length ? { props } : {}),
      has_file: false,
      has_link: !m.system && LINK.test(content),
      created_at,
      edited_at: iso(m.edited_at),
      deleted_at: iso(m.deleted_at),
      pinned_at: iso(m.pinned?.at),
      pinned_by: m.pinned?.by ? this.people.get(m.pinned.by)?.id ?? null : null,
    });
    this.#messages.push(row);
    this.#chars += row.length;
    this.#more(m, id);
    this.#counts.messages++;
    if (this.#first === null || m.at < this.#first) this.#first = m.at;
    if (this.#last === null || m.at > this.#last) this.#last = m.at;
  }

  #more(m: NeutralMessage, message_id: string): void {
    for (const [i, edit] of (m.edits ?? []).entries()) {
      this.#counts.edits++;
      this.#edits.push(JSON.stringify({
        message_id,
        version: i + 1,
        content: edit.content,
        ...(edit.cards ? { cards: withoutClicks(edit.cards) } : {}),
        edited_by: edit.by ? this.people.get(edit.by)?.id ?? null : null,
        edited_at: new Date(storableTime(edit.at) ?? m.at).toISOString(),
      }));
    }
    let order = 0;
    const given = new Set<string>();
    for (const { emoji, users, at } of m.reactions ?? []) {
      for (const [i, key] of users.entries()) {
        const person = this.people.get(key);
        if (!person) {
          this.findings.add("reaction_of_unknown_person", m.key);
          continue;
        }
        const once = `${person.id} ${emoji}`;
        if (given.has(once)) continue;
        given.add(once);
        this.#counts.reactions++;
        const created_at = new Date(storableTime(at?.[i]) ?? m.at + ++order).toISOString();
        this.#reactions.push(JSON.stringify({ message_id, emoji, user_id: person.id, created_at }));
      }
    }
  }

  #system({ event, user, actor, value }: NonNullable<NeutralMessage["system"]>): Record<string, unknown> {
    const who = (key: string | undefined) => {
      const person = key === undefined ? undefined : this.people.get(key);
      return person && { id: person.id, username: person.username };
    };
    return { event, user: who(user), actor: who(actor), value };
  }

  take(): Batch {
    const { rows, merged, skipped } = this.findings;
    Object.assign(this.#counts, { rows, merged, skipped });
    this.findings.rows = this.findings.merged = this.findings.skipped = 0;
    const list = (rows: string[]) => `[${rows.join(",")}]`;
    const batch: Batch = {
      messages: list(this.#messages),
      mentions: list(this.#mentions),
      edits: list(this.#edits),
      reactions: list(this.#reactions),
      roots: [...this.#roots],
      files: this.#files,
      counts: this.#counts,
      first: this.#first,
      last: this.#last,
      chars: this.#chars,
    };
    this.#messages = [];
    this.#mentions = [];
    this.#edits = [];
    this.#reactions = [];
    this.#files = [];
    this.#roots = new Set();
    this.#chars = 0;
    this.#counts = noCounts();
    this.#first = this.#last = null;
    return batch;
  }
}

function noCounts(): BatchCounts {
  return { rows: 0, messages: 0, merged: 0, skipped: 0, replies: 0, reactions: 0, edits: 0, files: 0, file_bytes: 0 };
}

/** What stands in the message until the file is there, or for good. Keys in Slack's addresses are not shown to anybody. */
function placeholderOf(file: NeutralFile): string {
  const name = storableText(file.name, 200).replace(/[[\]\\\n]/g, " ").trim() || "file";
  if (!file.url || !URL.canParse(file.url)) return `[${name}]`;
  const url = new URL(file.url);
  url.search = "";
  url.username = url.password = "";
  return `[${name}](${url.href.replaceAll("(", "%28").replaceAll(")", "%29")})`;
}

const senderName = ({ sender_name: name }: NeutralMessage): string | undefined =>
  name === undefined ? undefined : cleanName(name, 100, "unknown");
