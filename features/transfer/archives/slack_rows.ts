// Rows of Slack's day files → messages of one channel. What a row says stands in `blocks` when it has some, else in `text`, and
// in `attachments`; the shared converters of kernel/slack_*.ts read all three.
import { emojiOf } from "../../../kernel/emoji_names.ts";
import { readSlackMessage } from "../../../kernel/slack_cards.ts";
import { PLAIN_NAMES, slackMarkdown, type SlackNames } from "../../../kernel/slack_text.ts";
import type { Card } from "../../../protocol/chat/cards.ts";
import type { Doubles } from "./doubles.ts";
import {
  type Findings,
  type Names,
  type NeutralChannel,
  type NeutralFile,
  type NeutralMessage,
  storableText,
} from "./neutral.ts";
import type { SlackChanges } from "./slack_changes.ts";
import { isObject, type Json, objects, storableTime, str, strings } from "./values.ts";

/** `1355517523.000005` → milliseconds with a fraction; undefined when a message cannot be of this time. */
export function slackTime(ts: unknown): number | undefined {
  const text = typeof ts === "number" ? String(ts) : str(ts);
  const at = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : NaN;
  return storableTime(at) === undefined ? undefined : at;
}
const millis = (ts: unknown): number | undefined => {
  const at = slackTime(ts);
  return at === undefined ? undefined : Math.floor(at);
};

/** Of one message; more than people attach. */
const MAX_FILES = 100;
/** Characters of a message's text, as everywhere in imports. */
const MAX_BYTES = 100_000;
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

export interface SlackChannel {
  channel: NeutralChannel;
  names: Names;
  findings: Findings;
  joinLeave: boolean;
  pins: ReadonlyMap<string, { at: number; by: string | null }>;
  changes: SlackChanges;
  doubles: Doubles;
  /** Where a file lies in the archive. */
  entryOf(file: Json): string | undefined;
}

interface Words {
  content: string;
  cards: Card[];
  mentions: NeutralMessage["mentions"];
}

export class SlackRows {
  constructor(private readonly at: SlackChannel) {}

  /** One row; undefined: it is no message, and the findings say why. */
  message(value: unknown): NeutralMessage | undefined {
    const { channel, findings, changes } = this.at;
    if (!isObject(value)) return void findings.leaveOut("row_unreadable", channel.name);
    const subtype = str(value.subtype);
    if (subtype === "message_changed" || subtype === "message_deleted") {
      // Of a message that is not in the archive itself, the change tells what it said.
      const row = changes.missing(value);
      if (row) return this.#message(row, changes.says(row));
      if (changes.known(value)) findings.merge();
      else findings.leaveOut(`${subtype}_of_nothing`, `${channel.name} ${str(value.ts)}`);
      return undefined;
    }
    // The row itself, not what became of it, tells whether it has been here before.
    return this.#message(changes.applied(value), changes.says(value));
  }

  #message(row: Json, says: string): NeutralMessage | undefined {
    const { channel, names, findings, doubles } = this.at;
    const ts = typeof row.ts === "number" ? String(row.ts) : str(row.ts), at = millis(ts);
    const subtype = str(row.subtype), user = str(row.user) || null, where = `${channel.name} ${ts}`;
    if (row.type !== "message") return void findings.leaveOut(`type:${str(row.type) || "none"}`, where);
    if (at === undefined) return void findings.leaveOut("time_out_of_range", where);
    const system = SYSTEM[subtype], moving = system === "user_joined" || system === "user_left";
    if (moving && !this.at.joinLeave) return void findings.leaveOut("join_leave_left_out");
    const gone = subtype === "tombstone", known = Boolean(system) || gone || MESSAGE_SUBTYPES.has(subtype);
    // What is new since this was written is kept when it has words of somebody.
    if (!known && (!str(row.text) || !user)) return void findings.leaveOut(`subtype:${subtype}`, where);
    const files = objects(row.files).concat(isObject(row.file) ? [row.file] : []).flatMap((f) => this.#file(f, where));
    const words = gone ? { content: "", cards: [], mentions: [] } : this.#words(row);
    if (!system && !gone && !words.content && words.cards.length === 0 && files.length === 0) {
      return void findings.leaveOut("empty_message", where);
    }
    const key = doubles.take(`${channel.key} ${ts}`, says);
    if (key === undefined) return void findings.leaveOut("doubled_message", where);
    if (!known) findings.add(`subtype:${subtype}`, where);
    if (system) return { key, at, ...this.#system(row, system, moving) };
    const message: NeutralMessage = {
      key,
      at,
      user,
      content: subtype === "me_message" ? `_${words.content}_` : words.content,
      mentions: words.mentions,
      ...(words.cards.length ? { cards: words.cards } : {}),
      ...(gone ? { deleted_at: at } : {}),
    };
    const profile = isObject(row.bot_profile) ? row.bot_profile : isObject(row.user_profile) ? row.user_profile : {};
    if (subtype === "bot_message" || str(row.bot_id) && !user) {
      message.bot = true;
      message.user = null;
      message.sender_name = storableText(str(row.username) || str(profile.name) || "bot", 100);
    } else if (user && !names.user(user)) {
      message.sender_name = names.plainName(user) ??
        storableText(str(profile.display_name) || str(profile.real_name) || str(profile.name) || user, 100);
    }
    const root = str(row.thread_ts), rootAt = millis(root);
    if (root && root !== ts && rootAt !== undefined) {
      if (doubles.has(`${channel.key} ${root}`)) {
        message.root = { key: `${channel.key} ${root}`, at: rootAt };
        if (subtype === "thread_broadcast") findings.add("thread_broadcast", where);
      } else findings.add("thread_without_beginning", where);
    }
    this.#history(row, message);
    const reactions = objects(row.reactions).flatMap((r) => {
      const emoji = emojiOf(str(r.name)) ?? storableText(r.name, 64);
      if (!emojiOf(str(r.name))) findings.add("custom_emoji", `:${str(r.name)}:`);
      return emoji && !/[\s<>&"']/.test(emoji) ? [{ emoji, users: strings(r.users) }] : [];
    });
    if (reactions.length) message.reactions = reactions;
    if (files.length) message.files = files.slice(0, MAX_FILES);
    if (files.length > MAX_FILES) findings.add("too_many_files", where, files.length - MAX_FILES);
    const pin = this.at.pins.get(ts);
    if (pin) message.pinned = pin;
    return message;
  }

  #system(row: Json, event: string, moving: boolean): Omit<NeutralMessage, "key" | "at"> {
    const user = str(row.user);
    const said = str(row.topic) || str(row.purpose) || (event === "channel_renamed" ? str(row.name) : "");
    const value = storableText(slackMarkdown(said, { names: this.#names([]) }), 250);
    return {
      user: null,
      content: this.#text(row.text),
      mentions: [],
      system: { event, ...(moving ? { user } : { actor: user }), ...(value ? { value } : {}) },
    };
  }

  /** Edits and the deletion that full exports tell. */
  #history(row: Json, message: NeutralMessage): void {
    const edited = isObject(row.edited) ? millis(row.edited.ts) : undefined;
    if (edited) message.edited_at = edited;
    const edits = objects(row._edits).map((e) => ({
      content: this.#text(e.text),
      by: message.user,
      at: millis(e.ts) ?? message.at,
    }));
    if (edits.length) message.edits = edits;
    if (typeof row._deleted === "string") message.deleted_at = millis(row._deleted) ?? message.at;
  }

  #text(text: unknown): string {
    return storableText(slackMarkdown(str(text), { names: this.#names([]) }));
  }

  #words(row: Json): Words {
    const mentions: Words["mentions"] = [], options = { names: this.#names(mentions) };
    const text = str(row.text);
    // A preview of a link that stands in the text says nothing new.
    const attachments = objects(row.attachments).filter((a) => !str(a.from_url) || !text.includes(str(a.from_url)));
    if (attachments.length === 0 && objects(row.blocks).length === 0) {
      return { content: storableText(slackMarkdown(text, options)), cards: [], mentions };
    }
    const read = readSlackMessage({ text, blocks: row.blocks, attachments }, MAX_BYTES, options);
    // What cannot be read (nested too deeply) leaves its text.
    if (typeof read === "string") return { content: storableText(slackMarkdown(text, options)), cards: [], mentions };
    return { content: storableText(read.content), cards: read.cards, mentions };
  }

  #names(mentions: NeutralMessage["mentions"]): SlackNames {
    const { names } = this.at;
    const everybody = (type: "here" | "channel") => {
      if (!mentions.some((mention) => mention.type === type)) mentions.push({ type });
      return `@${type}`;
    };
    return {
      user(key, label) {
        const user = names.user(key);
        if (!user) return label ? `@${label.replace(/^@/, "")}` : names.plainName(key) ?? "@unknown";
        if (!mentions.some((m) => m.type === "user" && m.key === key)) mentions.push({ type: "user", key });
        return `@${user.username}`;
      },
      channel: (key, label) => `#${names.channel(key)?.name ?? (label.replace(/^#/, "") || "unknown-channel")}`,
      group: (id, label) => label ? PLAIN_NAMES.group(id, label) : "@group",
      everybody: (word) => everybody(word === "here" ? "here" : "channel"),
    };
  }

  #file(file: Json, where: string): NeutralFile[] {
    const { findings } = this.at;
    const name = storableText(str(file.name) || str(file.title), 255), entry = this.at.entryOf(file);
    if (!entry && (file.mode === "tombstone" || file.mode === "hidden_by_limit" || (!name && !str(file.url_private)))) {
      findings.add("file_gone", where);
      return [];
    }
    if (file.is_external === true) findings.add("file_elsewhere", str(file.url_private));
    const url = str(file.url_private_download) || str(file.url_private);
    return [{
      name: name || "file",
      mime_type: storableText(file.mimetype, 200) || "application/octet-stream",
      size: typeof file.size === "number" && Number.isSafeInteger(file.size) && file.size >= 0 ? file.size : null,
      ...(entry ? { entry } : /^https?:\/\//.test(url) ? { url } : {}),
    }];
  }
}
