// Reader of Slack's export archive: users.json, channels.json, groups.json, dms.json, mpims.json and a folder per channel
// with one file per day. Runs in the worker; one day is in memory at a time. Nothing in it is trusted to be of its type.
import { emojiOf } from "../../kernel/emoji_names.ts";
import {
  type Directory,
  type Findings,
  type Names,
  type NeutralChannel,
  type NeutralFile,
  type NeutralMessage,
  type NeutralUser,
  type Source,
  storableText,
} from "./neutral.ts";
import { slackText } from "./slack_text.ts";
import { ArchiveError, type ZipArchive } from "./zip_archive.ts";

type Json = Record<string, unknown>;
const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
const objects = (v: unknown): Json[] => Array.isArray(v) ? v.filter(isObject) : [];
const str = (v: unknown): string => typeof v === "string" ? v : "";
const strings = (v: unknown): string[] => Array.isArray(v) ? v.filter((x) => typeof x === "string") : [];
/** `1355517523.000005` → milliseconds; NaN when it is none. */
const time = (ts: unknown): number => /^\d{1,12}(\.\d+)?$/.test(String(ts)) ? Math.floor(Number(ts) * 1000) : NaN;

const MESSAGE_SUBTYPES = new Set([
  "",
  "bot_message",
  "me_message",
  "file_share",
  "file_comment",
  "file_mention",
  "thread_broadcast",
  "reply_broadcast",
  "slackbot_response",
  "assistant_app_thread",
  "document_mention",
  "reminder_add",
]);
const SYSTEM: Record<string, string> = {
  channel_join: "user_joined",
  group_join: "user_joined",
  channel_leave: "user_left",
  group_leave: "user_left",
  channel_topic: "topic_changed",
  group_topic: "topic_changed",
  channel_purpose: "description_changed",
  group_purpose: "description_changed",
  channel_name: "channel_renamed",
  group_name: "channel_renamed",
  channel_archive: "channel_archived",
  group_archive: "channel_archived",
  channel_unarchive: "channel_unarchived",
  group_unarchive: "channel_unarchived",
};

export class SlackSource implements Source {
  bytesRead = 0;
  #days: string[][] = [];
  #pins: Map<string, { at: number; by: string | null }>[] = [];
  #channels: NeutralChannel[] = [];
  #directory: Promise<Directory> | undefined;

  constructor(private readonly zip: ZipArchive, private readonly findings: Findings, private joinLeave: boolean) {}

  directory(): Promise<Directory> {
    return this.#directory ??= this.#scan();
  }

  async #scan(): Promise<Directory> {
    const root = this.#root();
    const users = objects(await this.zip.json(`${root}users.json`)).flatMap((row) => this.#user(row));
    const byFolder = new Map<string, string[]>();
    for (const name of this.zip.names()) {
      const found = name.startsWith(root) && /^([^/]+)\/(\d{4}-\d{2}-\d{2})\.json$/.exec(name.slice(root.length));
      if (!found) continue;
      const list = byFolder.get(found[1]!);
      if (list) list.push(name);
      else byFolder.set(found[1]!, [name]);
    }
    const lists: [string, NeutralChannel["type"]][] = [
      ["channels", "public"],
      ["groups", "private"],
      ["dms", "direct"],
      ["mpims", "direct"],
    ];
    let bytes = 0;
    for (const [file, type] of lists) {
      if (this.zip.size(`${root}${file}.json`) === undefined) continue;
      for (const row of objects(await this.zip.json(`${root}${file}.json`))) {
        const id = str(row.id), name = str(row.name);
        if (!id) continue;
        const folder = byFolder.has(name) ? name : id;
        this.#channels.push(this.#channel(row, type));
        this.#days.push((byFolder.get(folder) ?? []).sort());
        byFolder.delete(folder);
        this.#pins.push(
          new Map(
            objects(row.pins).flatMap((pin) =>
              time(pin.id)
                ? [[str(pin.id), { at: (Number(pin.created) || 0) * 1000 || time(pin.id), by: str(pin.user) || null }]]
                : []
            ),
          ),
        );
      }
    }
    for (const folder of byFolder.keys()) this.findings.add("folder_without_channel", folder, 1);
    for (const days of this.#days) for (const day of days) bytes += this.zip.size(day) ?? 0;
    if (this.#channels.length === 0) throw new ArchiveError("There are no channels in this Slack export.");
    return { users, channels: this.#channels, bytes };
  }

  /** The files lie at the top or in one folder (when people have packed the unpacked export again). */
  #root(): string {
    if (this.zip.size("users.json") !== undefined) return "";
    const nested = [...this.zip.names()].filter((n) => /^[^/]+\/users\.json$/.test(n) && !n.startsWith("__MACOSX"));
    if (nested.length === 1) return nested[0]!.slice(0, -"users.json".length);
    throw new ArchiveError("This is not a Slack export: users.json is missing.");
  }

  #user(row: Json): NeutralUser[] {
    const key = str(row.id);
    if (!key) return [];
    const profile = isObject(row.profile) ? row.profile : {};
    const display = str(profile.display_name) || str(row.real_name) || str(profile.real_name) || str(row.name);
    return [{
      key,
      username: str(row.name) || key,
      display_name: storableText(display, 100) || key,
      email: str(profile.email) || null,
      is_bot: row.is_bot === true || key === "USLACKBOT",
      is_active: row.deleted !== true,
      role: row.is_ultra_restricted || row.is_restricted ? "viewer" : "member",
    }];
  }

  #channel(row: Json, type: NeutralChannel["type"]): NeutralChannel {
    const value = (v: unknown) => isObject(v) ? str(v.value) : "";
    const creator = str(row.creator) || null;
    return {
      key: str(row.id),
      name: storableText(str(row.name) || str(row.id), 80),
      type,
      topic: storableText(value(row.topic), 250),
      description: storableText(value(row.purpose), 1000),
      created_at: (Number(row.created) || 0) * 1000,
      creator,
      archived: row.is_archived === true,
      members: [...new Set(strings(row.members))].map((key) => ({
        key,
        role: key === creator && type !== "direct" ? "admin" : "member",
      })),
    };
  }

  skip(channel: number): Promise<void> {
    for (const day of this.#days[channel] ?? []) this.bytesRead += this.zip.size(day) ?? 0;
    return Promise.resolve();
  }

  async *messages(channel: number, names: Names): AsyncGenerator<NeutralMessage[]> {
    /** Positions of first messages, to find threads whose beginning is gone. */
    const seen = new Set<number>();
    for (const day of this.#days[channel] ?? []) {
      let rows: Json[] = [];
      try {
        rows = objects(await this.zip.json(day));
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        this.findings.add("file_unreadable", error.message);
      }
      const ordered = merged(rows, this.findings).sort((a, b) => Number(a.ts) - Number(b.ts));
      const out: NeutralMessage[] = [];
      for (const row of ordered) {
        const message = this.#message(row, channel, names, seen);
        if (!message) continue;
        if (!message.root) seen.add(Math.round(Number(row.ts) * 1e6));
        out.push(message);
      }
      this.bytesRead += this.zip.size(day) ?? 0;
      yield out;
    }
  }

  #message(row: Json, channel: number, names: Names, seen: Set<number>): NeutralMessage | undefined {
    const { findings } = this;
    const ts = str(row.ts), at = time(ts), subtype = str(row.subtype), user = str(row.user) || null;
    const where = `${this.#channels[channel]!.name} ${ts}`;
    if (row.type !== "message" || Number.isNaN(at)) return void findings.add(`type:${str(row.type) || "none"}`, where);
    const base = { key: `${this.#channels[channel]!.key} ${ts}`, at, user };
    const system = SYSTEM[subtype];
    if (system) {
      const moving = system === "user_joined" || system === "user_left";
      if (moving && !this.joinLeave) return void findings.add("join_leave_left_out");
      const value = storableText(
        str(row.topic) || str(row.purpose) || (subtype.endsWith("_name") ? str(row.name) : ""),
        250,
      );
      return {
        ...base,
        user: null,
        content: slackText(storableText(row.text), names).text,
        mentions: [],
        system: {
          event: system,
          ...(moving ? { user: user ?? "" } : { actor: user ?? "" }),
          ...(value ? { value } : {}),
        },
      };
    }
    const gone = subtype === "tombstone";
    if (!gone && !MESSAGE_SUBTYPES.has(subtype)) {
      // What is new since this was written is kept when it has words of somebody.
      findings.add(`subtype:${subtype}`, where);
      if (!str(row.text) || !user) return undefined;
    }
    const { text, mentions } = this.#words(row, names);
    const files = objects(row.files).concat(isObject(row.file) ? [row.file] : []).flatMap((f) => this.#file(f, where));
    if (!text && files.length === 0 && !gone) return void findings.add("empty_message", where);
    const message: NeutralMessage = {
      ...base,
      content: gone ? "" : subtype === "me_message" ? `_${text}_` : text,
      mentions,
      ...(gone ? { deleted_at: at } : {}),
    };
    const profile = isObject(row.bot_profile) ? row.bot_profile : isObject(row.user_profile) ? row.user_profile : {};
    if (subtype === "bot_message" || str(row.bot_id) && !user) {
      message.bot = true;
      message.user = null;
      message.sender_name = storableText(str(row.username) || str(profile.name) || "bot", 100);
    } else if (user && !names.user(user)) {
      message.sender_name = names.plainName(user) ??
        (storableText(str(profile.display_name) || str(profile.real_name) || str(profile.name), 100) || user);
    }
    const root = str(row.thread_ts);
    if (root && root !== ts && !Number.isNaN(time(root))) {
      if (seen.has(Math.round(Number(root) * 1e6))) {
        message.root = { key: `${this.#channels[channel]!.key} ${root}`, at: time(root) };
        if (subtype === "thread_broadcast") findings.add("thread_broadcast", where);
      } else findings.add("thread_without_beginning", where);
    }
    if (isObject(row.edited) && !Number.isNaN(time(row.edited.ts))) message.edited_at = time(row.edited.ts);
    const edits = objects(row._edits).map((e) => ({
      content: slackText(storableText(e.text), names).text,
      by: user,
      at: time(e.ts) || at,
    }));
    if (edits.length) message.edits = edits;
    if (typeof row._deleted === "string") message.deleted_at = time(row._deleted) || at;
    const reactions = objects(row.reactions).flatMap((r) => {
      const emoji = emojiOf(str(r.name)) ?? str(r.name).slice(0, 64);
      if (!emojiOf(str(r.name))) findings.add("custom_emoji", `:${str(r.name)}:`);
      return emoji && !/[\s<>&"']/.test(emoji) ? [{ emoji, users: strings(r.users) }] : [];
    });
    if (reactions.length) message.reactions = reactions;
    if (files.length) message.files = files.slice(0, 10);
    if (files.length > 10) findings.add("more_than_10_files", where, files.length - 10);
    const pin = this.#pins[channel]!.get(ts);
    if (pin) message.pinned = pin;
    return message;
  }

  /** The text, or what a program's attachments say. */
  #words(row: Json, names: Names): { text: string; mentions: NeutralMessage["mentions"] } {
    const words = slackText(storableText(row.text), names);
    const added = objects(row.attachments).flatMap((a) => {
      // A preview of a link that stands in the text says nothing new.
      if (str(a.from_url) && str(row.text).includes(str(a.from_url))) return [];
      const title = str(a.title);
      const fields = objects(a.fields).map((f) => `*${str(f.title)}*: ${str(f.value)}`);
      const parts = [
        str(a.pretext),
        title ? (str(a.title_link) ? `*<${str(a.title_link)}|${title}>*` : `*${title}*`) : "",
        str(a.text),
        ...fields,
      ].filter(Boolean);
      return [parts.length ? parts.join("\n") : str(a.fallback)];
    }).filter(Boolean);
    if (added.length === 0) return words;
    const more = slackText(storableText(added.join("\n\n")), names);
    return {
      text: storableText(
        [words.text, more.text.split("\n").map((line) => `> ${line}`).join("\n")].filter(Boolean).join("\n"),
      ),
      mentions: words.mentions,
    };
  }

  #file(file: Json, where: string): NeutralFile[] {
    const name = storableText(str(file.name) || str(file.title), 255);
    if (file.mode === "tombstone" || file.mode === "hidden_by_limit" || (!name && !str(file.url_private))) {
      this.findings.add("file_gone", where);
      return [];
    }
    if (file.is_external === true) this.findings.add("file_elsewhere", str(file.url_private));
    const url = str(file.url_private_download) || str(file.url_private);
    return [{
      name: name || "file",
      mime_type: str(file.mimetype) || "application/octet-stream",
      size: typeof file.size === "number" ? file.size : null,
      ...(/^https?:\/\//.test(url) ? { url } : {}),
    }];
  }

  close(): Promise<void> {
    this.zip.close();
    return Promise.resolve();
  }
}

/** Full exports tell edits and deletions as messages of their own: they become part of the message that they are about. */
function merged(rows: Json[], findings: Findings): Json[] {
  if (!rows.some((row) => row.subtype === "message_changed" || row.subtype === "message_deleted")) return rows;
  const byTs = new Map(
    rows.filter((row) => !/^message_(changed|deleted)$/.test(str(row.subtype))).map((r) => [str(r.ts), r]),
  );
  for (const row of rows) {
    const before = isObject(row.previous_message)
      ? row.previous_message
      : isObject(row.original)
      ? row.original
      : undefined;
    if (row.subtype === "message_changed" && isObject(row.message)) {
      const target = byTs.get(str(row.message.ts));
      if (!target) {
        findings.add("edit_of_another_day", str(row.ts));
        continue;
      }
      const was = str(before?.text) || str(target.text);
      target._edits = [...objects(target._edits), { text: was, ts: row.ts }];
      target.text = row.message.text ?? target.text;
      target.edited = isObject(row.message.edited) ? row.message.edited : { ts: row.ts };
    } else if (row.subtype === "message_deleted") {
      const ts = str(row.deleted_ts) || str(before?.ts);
      const target = byTs.get(ts);
      if (target) target._deleted = str(row.ts);
      else if (before && time(before.ts)) byTs.set(ts, { ...before, type: "message", _deleted: str(row.ts) });
      else findings.add("deletion_of_another_day", str(row.ts));
    }
  }
  return [...byTs.values()];
}
