// Reader of our own export (docs/export_format.md): manifest.json and one NDJSON file per kind of row. Runs in the worker.
// Messages stand in the order of channels.ndjson and of their positions, so the file is read once, from front to back.
import { type Card, cardsInput } from "../../../protocol/chat/cards.ts";
import { Doubles } from "./doubles.ts";
import { EXPORT_FORMAT, EXPORT_VERSION } from "./format.ts";
import {
  type Directory,
  type Findings,
  type LazyMessage,
  type Names,
  type NeutralChannel,
  type NeutralMember,
  type NeutralMessage,
  type NeutralUser,
  type Source,
  storableText,
} from "./neutral.ts";
import { ArchiveError, lines, type ZipArchive } from "./zip.ts";

// deno-lint-ignore no-explicit-any
type Row = Record<string, any>;
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const LINK = new RegExp(`/chat/(${UUID})(?:/(${UUID}))?`, "g");
const time = (value: unknown): number => typeof value === "string" ? Date.parse(value) || 0 : 0;
/** The time inside of a UUIDv7. */
const idTime = (id: string): number => parseInt(id.replace("-", "").slice(0, 12), 16) || 0;
const ref = (id: unknown) => typeof id === "string" ? { key: id, at: idTime(id) } : undefined;

export class PulpoSource implements Source {
  bytesRead = 0;
  #directory: Promise<Directory> | undefined;
  #rows: AsyncGenerator<Row> | undefined;
  #held: Row | undefined;
  #order = new Map<string, number>();

  constructor(private readonly zip: ZipArchive, private readonly findings: Findings) {}

  directory(): Promise<Directory> {
    return this.#directory ??= this.#read();
  }

  async #read(): Promise<Directory> {
    if (this.zip.size("manifest.json") === undefined) {
      throw new ArchiveError("This is not an export of Pulpo: manifest.json is missing.");
    }
    const manifest = await this.zip.json("manifest.json") as Row;
    if (manifest?.format !== EXPORT_FORMAT) throw new ArchiveError("This is not an export of Pulpo.");
    if (manifest.version !== EXPORT_VERSION) {
      throw new ArchiveError(
        `Version ${manifest.version} of the export format is not known; this server reads ${EXPORT_VERSION}.`,
      );
    }
    const preferences = new Map<string, unknown>(), restrictions = new Map<string, Row[]>();
    for await (const row of this.#table("preferences")) preferences.set(row.user_id, row.value);
    for await (const row of this.#table("restrictions")) {
      const list = restrictions.get(row.user_id) ?? restrictions.set(row.user_id, []).get(row.user_id)!;
      list.push(row);
    }
    const users: NeutralUser[] = [];
    for await (const row of this.#table("users")) {
      users.push({
        key: String(row.id),
        username: storableText(row.username, 64),
        display_name: storableText(row.display_name || (row.is_service ? row.username : ""), 100),
        email: typeof row.email === "string" ? row.email : null,
        // The account of a program is not taken over; its messages keep its name.
        is_bot: row.is_service === true,
        is_active: row.is_active !== false,
        ...(typeof row.locale === "string" ? { locale: row.locale } : {}),
        // Nobody becomes an owner by an import.
        role: row.role === "owner"
          ? "admin"
          : ["admin", "moderator", "member", "viewer", "guest"].includes(row.role)
          ? row.role
          : "member",
        extra: { preferences: preferences.get(row.id), restrictions: restrictions.get(row.id) },
      });
    }
    const members = new Map<string, NeutralMember[]>();
    for await (const row of this.#table("members")) {
      const list = members.get(row.channel_id) ?? members.set(row.channel_id, []).get(row.channel_id)!;
      const { permissions, favorite, notify, muted_until } = row;
      list.push({ key: row.user_id, role: row.role, settings: { permissions, favorite, notify, muted_until } });
    }
    const channels: NeutralChannel[] = [];
    for await (const row of this.#table("channels")) {
      this.#order.set(row.id, channels.length);
      const { history, policy, is_default, auto_archive_days } = row;
      channels.push({
        key: String(row.id),
        name: storableText(row.name ?? "", 80),
        type: ["public", "private", "direct"].includes(row.type) ? row.type : "private",
        topic: storableText(row.topic, 250),
        description: storableText(row.description, 1000),
        created_at: time(row.created_at),
        creator: typeof row.created_by === "string" ? row.created_by : null,
        archived: row.archived_at != null,
        members: members.get(row.id) ?? [],
        extra: { history, policy, is_default, auto_archive_days },
      });
    }
    return { users, channels, bytes: this.zip.size("messages.ndjson") ?? 0 };
  }

  async *#table(name: string): AsyncGenerator<Row> {
    const file = `${name}.ndjson`;
    if (this.zip.size(file) === undefined) return;
    for await (const { text, offset, length } of lines(await this.zip.stream(file))) {
      if (name === "messages") this.bytesRead = offset + length;
      let row: unknown;
      try {
        row = JSON.parse(text);
      } catch {
        throw new ArchiveError(`"${file}" has a line that is no JSON, at byte ${offset}.`);
      }
      if (typeof row === "object" && row !== null) yield row as Row;
    }
  }

  /** Nothing: lines of channels that are passed over are dropped when they come. */
  async skip(): Promise<void> {}

  async *messages(channel: number, names: Names): AsyncGenerator<LazyMessage[]> {
    this.#rows ??= this.#table("messages");
    let out: LazyMessage[] = [];
    const doubles = new Doubles();
    for (;;) {
      const row = this.#held ?? (await this.#rows.next()).value as Row | undefined;
      this.#held = undefined;
      if (!row) break;
      const position = this.#order.get(row.channel_id) ?? -1;
      if (position > channel) {
        this.#held = row;
        break;
      }
      if (position < channel) continue;
      out.push(() =>
        doubles.take(String(row.id), "")
          ? this.#message(row, names)
          : void this.findings.leaveOut("doubled_message", String(row.id))
      );
      if (out.length >= 500) {
        yield out;
        out = [];
      }
    }
    yield out;
  }

  #message(row: Row, names: Names): NeutralMessage {
    const id = String(row.id), at = time(row.created_at) || idTime(id);
    const mentions: Row[] = Array.isArray(row.mentions) ? row.mentions : [];
    let content = storableText(row.content).replace(LINK, (all, channel: string, message?: string) => {
      const ours = names.channel(channel);
      return ours ? `/chat/${ours.id}${message ? `/${names.messageId(message, idTime(message))}` : ""}` : all;
    });
    for (const mention of mentions) {
      const ours = mention.type === "user" ? names.user(mention.id) : undefined;
      if (ours && ours.username !== mention.username) {
        content = content.replaceAll(`@${mention.username}`, `@${ours.username}`);
      }
    }
    const system = row.props?.system as Row | undefined;
    const message: NeutralMessage = {
      key: id,
      at,
      id_at: idTime(id),
      user: typeof row.user_id === "string" ? row.user_id : null,
      content,
      // Groups do not travel: their handles stay as words.
      mentions: mentions.filter((m) => m.type !== "group").map((m) =>
        m.type === "user" ? { type: "user", key: String(m.id) } : { type: m.type }
      ),
    };
    if (row.sender_name) message.sender_name = storableText(row.sender_name, 100);
    else if (message.user && !names.user(message.user)) {
      message.sender_name = names.plainName(message.user) || "deleted-user";
    }
    if (row.props?.bot === true) message.bot = true;
    if (system) {
      const { event, value, user, actor } = system;
      message.system = {
        event,
        ...(value === undefined ? {} : { value }),
        ...(user ? { user: user.id } : {}),
        ...(actor ? { actor: actor.id } : {}),
      };
    }
    const previews: Row[] = row.props?.previews ?? [];
    if (previews.length) message.previews = previews.map((p) => ({ ...p, image_id: null }));
    const cards = this.#cards(row.props?.cards, id);
    if (cards) message.cards = cards;
    message.root = ref(row.root_id);
    message.reply_to = ref(row.reply_to_id);
    if (row.edited_at) message.edited_at = time(row.edited_at);
    if (row.deleted_at) message.deleted_at = time(row.deleted_at);
    if (row.pinned_at) message.pinned = { at: time(row.pinned_at), by: row.pinned_by ?? null };
    if (row.edits?.length) {
      message.edits = row.edits.map((e: Row) => {
        const cards = this.#cards(e.cards, id);
        return {
          content: storableText(e.content),
          ...(cards ? { cards } : {}),
          by: e.edited_by,
          at: time(e.edited_at),
        };
      });
    }
    const reactions = new Map<string, { users: string[]; at: number[] }>();
    for (const r of (row.reactions ?? []) as Row[]) {
      const entry = reactions.get(r.emoji) ?? reactions.set(r.emoji, { users: [], at: [] }).get(r.emoji)!;
      entry.users.push(r.user_id);
      entry.at.push(time(r.created_at));
    }
    if (reactions.size) message.reactions = [...reactions].map(([emoji, rest]) => ({ emoji, ...rest }));
    const files: Row[] = Array.isArray(row.attachments) ? row.attachments : [];
    if (files.length) {
      message.files = files.map((file) => {
        const entry = `files/${file.id}`, here = this.zip.size(entry) !== undefined;
        if (!here) this.findings.add("file_missing", file.filename);
        return {
          name: storableText(file.filename, 255),
          mime_type: storableText(file.mime_type, 200),
          size: Number(file.size) || 0,
          ...(here ? { entry } : {}),
        };
      });
    }
    return message;
  }

  /** Copies of pictures stay behind, as those of link previews do: the addresses are there. */
  #cards(value: unknown, id: string): Card[] | undefined {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const parsed = cardsInput.safeParse(value);
    if (!parsed.success) this.findings.add("card_not_readable", id);
    return parsed.success ? parsed.data : undefined;
  }

  close(): Promise<void> {
    this.zip.close();
    return Promise.resolve();
  }
}
