// Reader of Mattermost's bulk export (`mmctl export create`): one JSON object a line, plain or as *.jsonl in a zip with the
// files below data/. Posts come in no order, so the lines are first unpacked to a scratch file and indexed by channel and
// time; then each line is read from its place. Runs in the worker. The index takes 40 bytes a post.
import { emojiOf, withEmoji } from "../../kernel/emoji_names.ts";
import { NOT_BEFORE_MENTION } from "../../protocol/scripts.ts";
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
import { ArchiveError, lines, plainStream, type ZipArchive } from "./zip_archive.ts";

type Json = Record<string, unknown>;
const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
const objects = (v: unknown): Json[] => Array.isArray(v) ? v.filter(isObject) : [];
const str = (v: unknown): string => typeof v === "string" ? v : "";
const strings = (v: unknown): string[] => Array.isArray(v) ? v.filter((x) => typeof x === "string") : [];
const num = (v: unknown): number => typeof v === "number" && Number.isFinite(v) ? v : 0;

/** A post or a reply in it: where its line is, and which reply (-1: the post). */
interface Place {
  at: number;
  offset: number;
  length: number;
  reply: number;
}

const SYSTEM: Record<string, string> = {
  system_join_channel: "user_joined",
  system_leave_channel: "user_left",
  system_header_change: "topic_changed",
  system_purpose_change: "description_changed",
  system_displayname_change: "channel_renamed",
  system_channel_deleted: "channel_archived",
  system_channel_restored: "channel_unarchived",
};
const MENTION = new RegExp(`${NOT_BEFORE_MENTION}@([a-z0-9][a-z0-9_.-]{0,63})`, "giu");
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]+`/g;
const directKey = (members: readonly string[]) => `direct ${[...new Set(members)].sort().join(" ")}`;

export class MattermostSource implements Source {
  bytesRead = 0;
  #directory: Directory | undefined;
  #places: Place[][] = [];
  #file: Deno.FsFile | undefined;
  #recent = new Map<number, Json>();

  constructor(
    private readonly zip: ZipArchive | undefined,
    private readonly path: string,
    private readonly scratch: string,
    private readonly findings: Findings,
    private readonly joinLeave: boolean,
  ) {}

  async directory(): Promise<Directory> {
    return this.#directory ??= await this.#scan();
  }

  async #scan(): Promise<Directory> {
    const path = await this.#plain();
    const users = new Map<string, NeutralUser>(), channels = new Map<string, NeutralChannel>();
    const posts = new Map<string, Place[]>();
    const member = (key: string, user: string, role: "admin" | "member") => {
      const channel = channels.get(key);
      if (channel) channel.members.push({ key: user, role });
    };
    const memberships: [string, string, "admin" | "member"][] = [];
    let number = 0, bytes = 0;
    for await (const { text, offset, length } of lines(plainStream(path))) {
      number++;
      let row: Json;
      try {
        row = JSON.parse(text);
        if (!isObject(row)) throw new Error("not an object");
      } catch (error) {
        if (number === 1) throw new ArchiveError("This is not a Mattermost export: its first line is no JSON object.");
        this.findings.add("line_unreadable", `line ${number}: ${(error as Error).message}`);
        continue;
      }
      if (number === 1 && row.type !== "version") {
        throw new ArchiveError("This is not a Mattermost export: its first line is not its version.");
      }
      if (row.type === "version" && row.version !== 1) {
        throw new ArchiveError(`Version ${row.version} of Mattermost's export format is not known; only 1 is.`);
      }
      const value = row[str(row.type)];
      const body = isObject(value) ? value : {};
      switch (row.type) {
        case "version":
        case "info":
        case "team":
          break;
        case "channel": {
          const key = `${str(body.team)}/${str(body.name)}`;
          channels.set(key, channelOf(key, body));
          break;
        }
        case "user":
          users.set(str(body.username), userOf(body));
          for (const team of objects(body.teams)) {
            for (const c of objects(team.channels)) {
              const admin = /channel_admin/.test(str(c.roles));
              memberships.push([`${str(team.name)}/${str(c.name)}`, str(body.username), admin ? "admin" : "member"]);
            }
          }
          break;
        case "bot":
          users.set(str(body.username), { ...userOf({ ...body, nickname: body.display_name }), is_bot: true });
          break;
        case "direct_channel": {
          const key = directKey(strings(body.members).length ? strings(body.members) : participants(body));
          channels.set(key, directOf(key, str(body.header)));
          break;
        }
        case "post":
        case "direct_post": {
          const key = row.type === "post"
            ? `${str(body.team)}/${str(body.channel)}`
            : directKey(strings(body.channel_members));
          if (row.type === "direct_post" && !channels.has(key)) channels.set(key, directOf(key, ""));
          const list = posts.get(key) ?? posts.set(key, []).get(key)!;
          list.push({ at: num(body.create_at), offset, length, reply: -1 });
          objects(body.replies).forEach((reply, i) =>
            list.push({ at: num(reply.create_at), offset, length, reply: i })
          );
          bytes += length;
          break;
        }
        default:
          this.findings.add(`type:${str(row.type) || "none"}`, `line ${number}`);
      }
    }
    if (number === 0) throw new ArchiveError("The export is empty.");
    for (const [key, user, role] of memberships) member(key, user, role);
    for (const [key, list] of posts) {
      if (!channels.has(key)) this.findings.add("posts_without_channel", key, list.length);
    }
    const all = [...channels.values()];
    this.#places = all.map((channel) =>
      (posts.get(channel.key) ?? []).sort((a, b) => a.at - b.at || a.offset - b.offset || a.reply - b.reply)
    );
    this.#file = await Deno.open(path);
    return { users: [...users.values()], channels: all, bytes };
  }

  /** The lines as a plain file. */
  async #plain(): Promise<string> {
    if (!this.zip) return this.path;
    const names = [...this.zip.names()].filter((name) => name.endsWith(".jsonl") && !name.startsWith("__MACOSX"));
    if (names.length !== 1) {
      throw new ArchiveError(
        names.length ? "There is more than one .jsonl file in the archive." : "There is no .jsonl file in the archive.",
      );
    }
    await this.zip.extract(names[0]!, this.scratch, 64 * 1024 ** 3);
    return this.scratch;
  }

  skip(channel: number): Promise<void> {
    for (const place of this.#places[channel] ?? []) if (place.reply < 0) this.bytesRead += place.length;
    return Promise.resolve();
  }

  *#portions(places: Place[]): Generator<Place[]> {
    for (let i = 0; i < places.length; i += 500) yield places.slice(i, i + 500);
  }

  async *messages(channel: number, names: Names): AsyncGenerator<NeutralMessage[]> {
    const { channels } = await this.directory();
    for (const places of this.#portions(this.#places[channel]!)) {
      const out: NeutralMessage[] = [];
      for (const place of places) {
        const post = this.#read(place);
        if (place.reply < 0) this.bytesRead += place.length;
        const row = place.reply < 0 ? post : objects(post.replies)[place.reply];
        const message = row && this.#message(row, place, post, channels[channel]!, names);
        if (message) out.push(message);
      }
      yield out;
    }
  }

  /** The line at a place; the last ones are kept, because a thread's replies stand in one line. */
  #read({ offset, length }: Place): Json {
    const known = this.#recent.get(offset);
    if (known) return known;
    const bytes = new Uint8Array(length), file = this.#file!;
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < length;) {
      const read = file.readSync(bytes.subarray(at));
      if (read === null) throw new ArchiveError("The export became shorter while it was read.");
      at += read;
    }
    const row = JSON.parse(new TextDecoder().decode(bytes)) as Json;
    const body = row[str(row.type)] as Json;
    if (this.#recent.size >= 64) this.#recent.delete(this.#recent.keys().next().value!);
    this.#recent.set(offset, body);
    return body;
  }

  #message(row: Json, place: Place, post: Json, channel: NeutralChannel, names: Names): NeutralMessage | undefined {
    const { findings } = this;
    const user = str(row.user), at = num(row.create_at), where = `${channel.name} ${user} ${at}`;
    if (!user || at <= 0) return void findings.add("post_without_author_or_time", where);
    const keyOf = (r: Json, p: number) => `${channel.key} ${num(r.create_at)} ${str(r.user)} ${p < 0 ? "" : p}`.trim();
    const base = { key: keyOf(row, place.reply), at, user };
    const type = str(row.type), props = isObject(row.props) ? row.props : {};
    if (type.startsWith("system_")) {
      const event = SYSTEM[type];
      if (!event) return void findings.add(`subtype:${type}`, where);
      const moving = event === "user_joined" || event === "user_left";
      if (moving && !this.joinLeave) return void findings.add("join_leave_left_out");
      return {
        ...base,
        user: null,
        content: storableText(row.message),
        mentions: [],
        system: { event, ...(moving ? { user } : { actor: user }) },
      };
    }
    if (type && type !== "me" && type !== "slack_attachment") findings.add(`subtype:${type}`, where);
    const { text, mentions } = words(storableText(row.message), names);
    const added = objects(props.attachments).map((a) =>
      [str(a.pretext), str(a.title) && `**${str(a.title)}**`, str(a.text) || str(a.fallback)].filter(Boolean).join("\n")
    ).filter(Boolean).join("\n\n");
    const files = objects(row.attachments).flatMap((a) => this.#attachment(str(a.path), where));
    const content = [text, added && storableText(added).replace(/^/gm, "> ")].filter(Boolean).join("\n");
    if (!content && files.length === 0) return void findings.add("empty_message", where);
    const message: NeutralMessage = { ...base, content: type === "me" ? `_${content}_` : content, mentions };
    if (!names.user(user)) message.sender_name = names.plainName(user) ?? user;
    if (str(props.override_username)) {
      message.bot = true;
      message.user = null;
      message.sender_name = storableText(props.override_username, 100);
    }
    if (place.reply >= 0) message.root = { key: keyOf(post, -1), at: num(post.create_at) };
    if (num(row.edit_at)) message.edited_at = num(row.edit_at);
    if (row.is_pinned === true) message.pinned = { at, by: null };
    const reactions = new Map<string, { users: string[]; at: number[] }>();
    for (const r of objects(row.reactions)) {
      const emoji = emojiOf(str(r.emoji_name)) ?? str(r.emoji_name).slice(0, 64);
      if (!emoji || /[\s<>&"']/.test(emoji)) continue;
      if (!emojiOf(str(r.emoji_name))) findings.add("custom_emoji", `:${str(r.emoji_name)}:`);
      const entry = reactions.get(emoji) ?? reactions.set(emoji, { users: [], at: [] }).get(emoji)!;
      entry.users.push(str(r.user));
      entry.at.push(num(r.create_at) || at);
    }
    if (reactions.size) message.reactions = [...reactions].map(([emoji, rest]) => ({ emoji, ...rest }));
    if (files.length) message.files = files.slice(0, 10);
    return message;
  }

  #attachment(path: string, where: string): NeutralFile[] {
    if (!path) return [];
    const name = storableText(path.split("/").at(-1), 255) || "file";
    const entry = [path, `data/${path}`].find((candidate) => this.zip?.size(candidate) !== undefined);
    if (!entry) this.findings.add("file_missing", `${where} ${path}`);
    return [{
      name,
      mime_type: "application/octet-stream",
      size: entry ? this.zip!.size(entry)! : null,
      ...(entry ? { entry } : {}),
    }];
  }

  close(): Promise<void> {
    this.#file?.close();
    this.zip?.close();
    return Promise.resolve();
  }
}

function words(source: string, names: Names): { text: string; mentions: NeutralMessage["mentions"] } {
  const mentions: NeutralMessage["mentions"] = [];
  const prose = (part: string) =>
    withEmoji(part).replace(MENTION, (all, word: string) => {
      const lower = word.toLowerCase();
      if (lower === "here") mentions.push({ type: "here" });
      else if (lower === "channel" || lower === "all") mentions.push({ type: "channel" });
      else {
        for (let name = lower; name; name = /[._-]$/.test(name) ? name.slice(0, -1) : "") {
          const user = names.user(name);
          if (!user) continue;
          if (!mentions.some((m) => m.type === "user" && m.key === name)) mentions.push({ type: "user", key: name });
          return `@${user.username}${word.slice(name.length)}`;
        }
      }
      return all;
    });
  let text = "", at = 0;
  for (const code of source.matchAll(CODE)) {
    text += prose(source.slice(at, code.index)) + code[0];
    at = code.index + code[0].length;
  }
  return { text: (text + prose(source.slice(at))).trim(), mentions };
}

function channelOf(key: string, body: Json): NeutralChannel {
  return {
    key,
    name: storableText(str(body.display_name) || str(body.name), 80) || key,
    type: body.type === "O" ? "public" : "private",
    topic: storableText(body.header, 250),
    description: storableText(body.purpose, 1000),
    created_at: num(body.create_at),
    creator: null,
    archived: num(body.delete_at) > 0,
    members: [],
  };
}

function directOf(key: string, header: string): NeutralChannel {
  const members = key.slice("direct ".length).split(" ").filter(Boolean);
  return {
    key,
    name: members.join(", ").slice(0, 80),
    type: "direct",
    topic: storableText(header, 250),
    description: "",
    created_at: 0,
    creator: null,
    archived: false,
    members: members.map((member) => ({ key: member, role: "member" })),
  };
}

const participants = (body: Json) => objects(body.participants).map((p) => str(p.username)).filter(Boolean);

function userOf(body: Json): NeutralUser {
  const full = `${str(body.first_name)} ${str(body.last_name)}`.trim();
  return {
    key: str(body.username),
    username: str(body.username),
    display_name: storableText(str(body.nickname) || full || str(body.username), 100),
    email: str(body.email) || null,
    is_bot: false,
    is_active: num(body.delete_at) === 0,
    ...(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(str(body.locale)) ? { locale: str(body.locale) } : {}),
    role: /system_guest/.test(str(body.roles)) ? "viewer" : "member",
  };
}
