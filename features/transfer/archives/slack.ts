// Reader of Slack's export archive: users.json (org_users.json), channels.json, groups.json, dms.json, mpims.json and a folder
// per channel with one file per day; also as slackdump and others write it, with the files inside. Runs in the worker; one day
// is in memory at a time. Nothing in it is trusted to be of its type.
import { plainText } from "../../../kernel/markdown_text.ts";
import { slackMarkdown } from "../../../kernel/slack_text.ts";
import { Doubles } from "./doubles.ts";
import {
  type Directory,
  type Findings,
  type LazyMessage,
  type Names,
  type NeutralChannel,
  type NeutralUser,
  type Source,
  storableText,
} from "./neutral.ts";
import { SlackChanges } from "./slack_changes.ts";
import { SlackRows, slackTime } from "./slack_rows.ts";
import { isObject, type Json, objects, storableTime, str, strings } from "./values.ts";
import { ArchiveError, type ZipArchive } from "./zip.ts";

const LISTS: [string, NeutralChannel["type"]][] = [
  ["channels", "public"],
  ["groups", "private"],
  ["dms", "direct"],
  ["mpims", "direct"],
];
const DAY = /^(.*)\/\d{4}-\d{2}-\d{2}\.json$/;

/** A channel with its day files. */
interface Place {
  channel: NeutralChannel;
  days: string[];
  pins: Map<string, { at: number; by: string | null }>;
}

export class SlackSource implements Source {
  bytesRead = 0;
  #places: Place[] = [];
  /** Id of a file → where it lies in the archive. */
  #files = new Map<string, string>();
  #directory: Promise<Directory> | undefined;

  constructor(private readonly zip: ZipArchive, private readonly findings: Findings, private joinLeave: boolean) {}

  directory(): Promise<Directory> {
    return this.#directory ??= this.#scan();
  }

  async #scan(): Promise<Directory> {
    const folders = new Map<string, string[]>(), roots: string[] = [];
    for (const name of this.zip.names()) {
      if (name.startsWith("__MACOSX/")) continue;
      const folder = DAY.exec(name)?.[1]?.normalize("NFC");
      if (folder !== undefined) (folders.get(folder) ?? folders.set(folder, []).get(folder)!).push(name);
      const root = /^((?:[^/]+\/){0,4})(?:users|org_users|channels|groups|dms|mpims)\.json$/.exec(name)?.[1];
      if (root !== undefined && !roots.includes(root)) roots.push(root);
      // __uploads/<id>/<name>, or <channel>/attachments/<id>-<name>
      const id = /(?:^|\/)__uploads\/([^/]+)\/[^/]+$/.exec(name)?.[1] ??
        /\/attachments\/(F[A-Z0-9]+)-[^/]+$/.exec(name)?.[1];
      if (id) this.#files.set(id, name);
    }
    const users: NeutralUser[] = [];
    let found = false;
    for (const root of roots) {
      for (const file of [`${root}users.json`, `${root}org_users.json`]) {
        if (this.zip.size(file) === undefined) continue;
        found = true;
        users.push(...objects(await this.zip.json(file)).flatMap((row) => userOf(row)));
      }
    }
    if (!found) throw new ArchiveError("This is not a Slack export: users.json is missing.");
    for (const root of roots) await this.#lists(root, folders);
    if (this.#places.length === 0) throw new ArchiveError("There are no channels in this Slack export.");
    for (const [folder, days] of folders) await this.#nobodys(folder, days);
    let bytes = 0;
    for (const { days } of this.#places) for (const day of days) bytes += this.zip.size(day) ?? 0;
    const once = [...new Map(users.map((user) => [user.key, user])).values()];
    return {
      users: once,
      channels: this.#places.map((place) => place.channel),
      outsiders: await this.#outsiders(new Set(once.map((user) => user.key))),
      bytes,
    };
  }

  /** The channels of one folder with lists; their day files lie beside the lists or anywhere below. */
  async #lists(root: string, folders: Map<string, string[]>): Promise<void> {
    for (const [file, type] of LISTS) {
      if (this.zip.size(`${root}${file}.json`) === undefined) continue;
      for (const row of objects(await this.zip.json(`${root}${file}.json`))) {
        const id = str(row.id), name = str(row.name).normalize("NFC");
        if (!id) continue;
        const folder = [`${root}${name}`, `${root}${id}`].find((path) => folders.has(path)) ??
          [...folders.keys()].find((path) =>
            path.startsWith(root) && (path.endsWith(`/${id}`) || (name && path.endsWith(`/${name}`)))
          );
        const days = folders.get(folder ?? "") ?? [];
        folders.delete(folder ?? "");
        const channel = channelOf(row, type);
        // A channel that several workspaces share stands in the list of each.
        const known = this.#places.find((place) => place.channel.key === id);
        if (known) {
          known.days.push(...days);
          const there = new Set(known.channel.members.map((member) => member.key));
          known.channel.members.push(...channel.members.filter((member) => !there.has(member.key)));
          continue;
        }
        this.#places.push({ channel, days, pins: pinsOf(row) });
      }
    }
    for (const place of this.#places) place.days.sort((a, b) => a.slice(-15) < b.slice(-15) ? -1 : 1);
  }

  /** Messages in a folder that belongs to no channel are counted. */
  async #nobodys(folder: string, days: string[]): Promise<void> {
    this.findings.add("folder_without_channel", folder);
    for (const day of days) {
      const rows = await this.#rows(day);
      this.findings.rows += rows.length;
      this.findings.skipped += rows.length;
    }
  }

  /** Names of people in conversations who are not in the list: from what they wrote. */
  async #outsiders(known: ReadonlySet<string>): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const { channel, days } of this.#places) {
      if (channel.type !== "direct" || channel.members.every(({ key }) => known.has(key))) continue;
      for (const day of days.slice(0, 3)) {
        for (const row of objects(await this.#rows(day))) {
          const profile = isObject(row.user_profile) ? row.user_profile : {};
          const name = str(profile.display_name) || str(profile.real_name) || str(profile.name);
          if (str(row.user) && name && !known.has(str(row.user))) names.set(str(row.user), storableText(name, 100));
        }
      }
    }
    return names;
  }

  async #rows(day: string): Promise<unknown[]> {
    try {
      const rows = await this.zip.json(day);
      if (Array.isArray(rows)) return rows;
      this.findings.add("file_unreadable", `"${day}" is no list.`);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      this.findings.add("file_unreadable", error.message);
    }
    return [];
  }

  skip(channel: number): Promise<void> {
    for (const day of this.#places[channel]?.days ?? []) this.bytesRead += this.zip.size(day) ?? 0;
    return Promise.resolve();
  }

  async *messages(channel: number, names: Names): AsyncGenerator<LazyMessage[]> {
    const { channel: about, days, pins } = this.#places[channel]!;
    const changes = await SlackChanges.read(this.zip, days);
    const rows = new SlackRows({
      channel: about,
      names,
      findings: this.findings,
      joinLeave: this.joinLeave,
      pins,
      changes,
      doubles: new Doubles(),
      entryOf: (file) => this.#entryOf(file),
    });
    for (const day of days) {
      const order = (row: unknown) => (isObject(row) ? slackTime(row.ts) : undefined) ?? Infinity;
      const list = (await this.#rows(day)).map((row) => ({ row, at: order(row) }));
      // Infinity - Infinity is no number.
      list.sort((a, b) => a.at === b.at ? 0 : a.at < b.at ? -1 : 1);
      yield list.map(({ row }) => () => rows.message(row));
      this.bytesRead += this.zip.size(day) ?? 0;
    }
  }

  #entryOf(file: Json): string | undefined {
    const named = this.#files.get(str(file.id));
    if (named) return named;
    return [str(file.url_private_download), str(file.url_private)].find((path) =>
      path && !/^https?:/.test(path) && this.zip.size(path) !== undefined
    );
  }

  close(): Promise<void> {
    this.zip.close();
    return Promise.resolve();
  }
}

function pinsOf(row: Json): Place["pins"] {
  return new Map(
    objects(row.pins).flatMap((pin) => {
      const at = storableTime(Number(pin.created) * 1000) ?? slackTime(pin.id);
      return at === undefined ? [] : [[str(pin.id), { at: Math.floor(at), by: str(pin.user) || null }]];
    }),
  );
}

function userOf(row: Json): NeutralUser[] {
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
    role: row.is_ultra_restricted || row.is_restricted ? "guest" : "member",
  }];
}

function channelOf(row: Json, type: NeutralChannel["type"]): NeutralChannel {
  // Topics and descriptions are shown as plain text; links keep their addresses.
  const value = (v: unknown, max: number) =>
    storableText(plainText(slackMarkdown(isObject(v) ? str(v.value) : ""), { addresses: true }), max);
  const creator = str(row.creator) || null;
  return {
    key: str(row.id),
    name: storableText(str(row.name) || str(row.id), 80),
    type,
    topic: value(row.topic, 250),
    description: value(row.purpose, 1000),
    created_at: (Number(row.created) || 0) * 1000,
    creator,
    archived: row.is_archived === true,
    members: [...new Set(strings(row.members))].map((key) => ({
      key,
      role: key === creator && type !== "direct" ? "admin" : "member",
    })),
  };
}
