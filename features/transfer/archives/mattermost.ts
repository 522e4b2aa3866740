// Reader of Mattermost's bulk export (`mmctl export create`): one JSON object a line, plain or as *.jsonl in a zip with the
// files below data/. Posts come in no order, so the lines are first unpacked to a scratch file and indexed by channel and
// time; then each line is read from its place. Runs in the worker. The index takes 40 bytes a post.
import { emojiOf, withEmoji } from "../../../kernel/emoji_names.ts";
import { plainText } from "../../../kernel/markdown_text.ts";
import { Doubles } from "./doubles.ts";
import { mattermostCards } from "./mattermost_cards.ts";
import { mattermostText } from "./mattermost_text.ts";
import {
  type Directory,
  type Findings,
  type LazyMessage,
  type Names,
  type NeutralChannel,
  type NeutralFile,
  type NeutralMessage,
  type NeutralUser,
  type Source,
  storableText,
} from "./neutral.ts";
import { isObject, type Json, objects, storableTime, str, strings } from "./values.ts";
import { ArchiveError, lines, plainStream, type ZipArchive } from "./zip.ts";

const many = (v: unknown): unknown[] => Array.isArray(v) ? v : [];
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
/** Of one message; more than people attach. */
const MAX_FILES = 100;
const directKey = (members: readonly string[]) => `direct ${[...new Set(members)].sort().join(" ")}`;

export class MattermostSource implements Source {
  bytesRead = 0;
  #directory: Directory | undefined;
  #places: Place[][] = [];
  #file: Deno.FsFile | undefined;
  #recent = new Map<number, Json>();
  #teams: string[] = [];

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
          break;
        case "team":
          this.#teams.push(str(body.name));
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
          const at = num(body.create_at);
          list.push({ at, offset, length, reply: -1 });
          // Whatever a reply's time says, it comes behind what it replies to.
          many(body.replies).forEach((reply, i) =>
            list.push({ at: Math.max(at, isObject(reply) ? num(reply.create_at) : 0), offset, length, reply: i })
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
      if (channels.has(key)) continue;
      this.findings.rows += list.length;
      this.findings.leaveOut("posts_without_channel", key, list.length);
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

  async *messages(channel: number, names: Names): AsyncGenerator<LazyMessage[]> {
    const { channels } = await this.directory();
    const doubles = new Doubles();
    /** Where a post's line is → its key; undefined: it was left out. */
    const roots = new Map<number, { key: string; at: number } | undefined>();
    for (const places of this.#portions(this.#places[channel]!)) {
      yield places.map((place) => () => {
        const post = this.#read(place);
        if (place.reply < 0) this.bytesRead += place.length;
        const row = place.reply < 0 ? post : many(post.replies)[place.reply];
        if (!isObject(row)) return void this.findings.leaveOut("row_unreadable", channels[channel]!.name);
        const message = this.#message(row, place, channels[channel]!, names, doubles, roots);
        if (place.reply < 0 && many(post.replies).length && !roots.has(place.offset)) {
          roots.set(place.offset, message && { key: message.key, at: message.at });
        }
        return message;
      });
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
    const value = row[str(row.type)], body = isObject(value) ? value : {};
    if (this.#recent.size >= 64) this.#recent.delete(this.#recent.keys().next().value!);
    this.#recent.set(offset, body);
    return body;
  }

  #message(
    row: Json,
    place: Place,
    channel: NeutralChannel,
    names: Names,
    doubles: Doubles,
    roots: Map<number, { key: string; at: number } | undefined>,
  ): NeutralMessage | undefined {
    const { findings } = this;
    const user = str(row.user), at = storableTime(row.create_at), where = `${channel.name} ${user} ${row.create_at}`;
    if (!user || !num(row.create_at)) return void findings.leaveOut("post_without_author_or_time", where);
    if (at === undefined) return void findings.leaveOut("time_out_of_range", where);
    const name = `${channel.key} ${at} ${user} ${place.reply < 0 ? "" : place.reply}`.trim();
    const says = str(row.message) + JSON.stringify([row.type, row.attachments, row.props]);
    const key = doubles.take(name, says);
    if (key === undefined) {
      // Replies that stand below the second one belong to the first.
      if (place.reply < 0) roots.set(place.offset, { key: doubles.keyOf(name, says), at });
      return void findings.leaveOut("doubled_message", where);
    }
    const base = { key, at, user };
    const type = str(row.type), props = isObject(row.props) ? row.props : {};
    if (type.startsWith("system_")) {
      const event = SYSTEM[type];
      if (!event) return void findings.leaveOut(`subtype:${type}`, where);
      const moving = event === "user_joined" || event === "user_left";
      if (moving && !this.joinLeave) return void findings.leaveOut("join_leave_left_out");
      return {
        ...base,
        user: null,
        content: storableText(row.message),
        mentions: [],
        system: { event, ...(moving ? { user } : { actor: user }) },
      };
    }
    if (type && type !== "me" && type !== "slack_attachment") findings.add(`subtype:${type}`, where);
    const convert = (source: string) =>
      mattermostText(source, names, (name) => this.#channelName(channel, name, names));
    const { text, mentions } = convert(storableText(row.message));
    const { before, cards } = mattermostCards(props.attachments, (source) => convert(source).text);
    const files = objects(row.attachments).flatMap((a) => this.#attachment(str(a.path), where));
    const content = storableText([text, before].filter(Boolean).join("\n\n"));
    if (!content && files.length === 0 && cards.length === 0) return void findings.leaveOut("empty_message", where);
    const message: NeutralMessage = { ...base, content: type === "me" ? `_${content}_` : content, mentions };
    if (!names.user(user)) message.sender_name = names.plainName(user) ?? user;
    if (str(props.override_username)) {
      message.bot = true;
      message.user = null;
      message.sender_name = storableText(props.override_username, 100);
    }
    if (place.reply >= 0) {
      const root = roots.get(place.offset);
      if (root) message.root = root;
      else findings.add("thread_without_beginning", where);
    }
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
    if (cards.length) message.cards = cards;
    if (reactions.size) message.reactions = [...reactions].map(([emoji, rest]) => ({ emoji, ...rest }));
    if (files.length) message.files = files.slice(0, MAX_FILES);
    if (files.length > MAX_FILES) findings.add("too_many_files", where, files.length - MAX_FILES);
    return message;
  }

  /** Of the channel's own team first; conversations belong to none. */
  #channelName(channel: NeutralChannel, name: string, names: Names): string | undefined {
    const team = channel.key.includes("/") ? [channel.key.split("/")[0]!] : [];
    for (const key of new Set([...team, ...this.#teams])) {
      const ours = names.channel(`${key}/${name}`);
      if (ours) return ours.name;
    }
    return undefined;
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

/** Topics and descriptions are shown as plain text; links keep their addresses. */
const plain = (value: unknown, max: number) =>
  storableText(plainText(withEmoji(storableText(value)), { addresses: true }), max);

function channelOf(key: string, body: Json): NeutralChannel {
  return {
    key,
    name: storableText(str(body.display_name) || str(body.name), 80) || key,
    type: body.type === "O" ? "public" : "private",
    topic: plain(body.header, 250),
    description: plain(body.purpose, 1000),
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
    topic: plain(header, 250),
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
    role: /system_guest/.test(str(body.roles)) ? "guest" : "member",
  };
}
