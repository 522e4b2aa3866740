// Weeks of conversations as the lines of an export (docs/export_format.md): who writes what, when, where; threads, mentions,
// reactions, edits, pins and files. Pure: the same seed, size and time make the same story.
import { DIALOGUES, EMOJI, GUESTS, PLACES } from "./dialogues.ts";
import { CHANNELS, type DemoChannel, type DemoPerson, DIRECTS, GUEST_CHANNELS, PEOPLE } from "./people.ts";
import type { DemoFile } from "./files.ts";
import type { Random } from "./random.ts";

export interface StorySize {
  /** With the owner. */
  people: number;
  channels: number;
  messages: number;
  /** How far back it goes. */
  days: number;
}

export interface Owner {
  username: string;
  display_name: string;
  email: string;
}

/** Rows of the files of an export, by name. */
export interface Story {
  users: Row[];
  channels: Row[];
  members: Row[];
  messages: Row[];
  files: { id: string; file: DemoFile }[];
  /** What is to be read again by the owner: the channel, and its last messages besides those of the owner. */
  unread: { channel: string; count: number }[];
}

type Row = Record<string, unknown>;
interface Person extends DemoPerson {
  id: string;
}
interface Message {
  id: string;
  at: number;
  by: Person;
  content: string;
  root: Message | null;
  files: { id: string; file: DemoFile }[];
}

const HOUR = 3_600_000, DAY = 24 * HOUR;
/** How many messages of the second channel and of two others the owner has not read. */
const UNREAD = [0, 45, 4, 0, 7];

export function tellStory(
  random: Random,
  size: StorySize,
  owner: Owner,
  files: readonly DemoFile[],
  now: number,
): Story {
  const begin = now - size.days * DAY;
  const me: Person = { ...owner, name: owner.display_name, locale: "en", role: "member", id: random.id(begin) };
  const others = PEOPLE.filter((p) => p.username !== owner.username).slice(0, size.people - 1)
    .map((p) => ({ ...p, id: random.id(begin) }));
  const story: Story = { users: [], channels: [], members: [], messages: [], files: [], unread: [] };
  story.users.push({ ...userRow(me), email: owner.email }, ...others.map(userRow));

  const used = CHANNELS.slice(0, size.channels), total = used.reduce((sum, c) => sum + c.weight, 0);
  const directs = DIRECTS.map((names) => others.filter((p) => names.includes(p.username))).filter((list) =>
    list.length
  );
  const perDirect = Math.min(12, Math.floor(size.messages / 60));
  let left = size.messages - directs.length * perDirect;
  const waiting = [...files];
  for (const [i, channel] of used.entries()) {
    const count = i === used.length - 1 ? left : Math.round(size.messages * channel.weight / total * 0.985);
    left -= count;
    const insiders = others.filter((p) => p.role !== "guest");
    const members = [
      me,
      ...random.some(insiders, Math.min(insiders.length, channel.members - 1)),
      ...others.filter((p) => p.role === "guest" && GUEST_CHANNELS.has(channel.name)),
    ];
    const id = addChannel(story, random, { ...channel, is_default: i === 0 }, members, begin);
    const unread = Math.min(UNREAD[i] ?? 0, Math.floor(count / 2));
    const messages = converse(random, channel, members, { count, begin, now, unread, me });
    for (const m of random.some(messages.filter((m) => !m.root), Math.ceil(files.length / used.length))) {
      const file = waiting.shift();
      if (!file) break;
      const entry = { id: random.id(m.at), file };
      m.files.push(entry);
      story.files.push(entry);
    }
    addMessages(story, random, id, members, messages);
    if (unread) story.unread.push({ channel: channel.name, count: unread });
  }
  for (const people of directs) {
    const members = [me, ...people];
    const channel = { name: "", type: "direct", topic: "", description: "", is_default: false };
    const id = addChannel(story, random, channel, members, begin);
    const about: DemoChannel = { ...CHANNELS[0]!, about: ["people", "fun", "desk"], locale: people[0]!.locale };
    addMessages(
      story,
      random,
      id,
      members,
      converse(random, about, members, { count: perDirect, begin, now, unread: 0, me }),
    );
  }
  return story;
}

const userRow = ({ id, username, name, locale, role }: Person): Row => ({
  id,
  username,
  display_name: name,
  email: `${username}@costa-azul.example`,
  locale,
  role,
  is_active: true,
});

function addChannel(
  story: Story,
  random: Random,
  channel: Pick<DemoChannel, "name" | "topic" | "description"> & { type: string; is_default: boolean },
  members: readonly Person[],
  at: number,
): string {
  const id = random.id(at);
  const { name, type, topic, description, is_default } = channel;
  const created_at = new Date(at).toISOString();
  story.channels.push({
    ...{ id, type, name: type === "direct" ? null : name, topic, description, is_default, created_at },
    created_by: type === "direct" ? null : members[0]!.id,
  });
  for (const [i, person] of members.entries()) {
    const role = i === 0 && type !== "direct" ? "admin" : "member";
    story.members.push({
      channel_id: id,
      user_id: person.id,
      role,
      favorite: i === 0 && ["reservas", "engineering"].includes(name),
    });
  }
  return id;
}

interface Wish {
  count: number;
  begin: number;
  now: number;
  /** So many at the end are not the owner's, and stand in no thread. */
  unread: number;
  me: Person;
}

/** Conversations until there are enough messages, in the order of time. */
function converse(random: Random, channel: DemoChannel, members: readonly Person[], wish: Wish): Message[] {
  const { count, begin, now, unread, me } = wish;
  const out: Message[] = [];
  const others = members.filter((p) => p !== me);
  while (out.length < count - unread) {
    talk(random, channel, members, workTime(random, begin, now - 5 * HOUR), count - unread - out.length, true, out);
  }
  // The newest are of the last hours.
  const since = out.length;
  while (out.length < since + unread) {
    const at = now - 4 * HOUR + (out.length - since) / unread * 3.8 * HOUR;
    talk(random, channel, others, at, since + unread - out.length, false, out);
  }
  return out.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** One conversation: people answer each other, below each other or in a thread. */
function talk(
  random: Random,
  channel: DemoChannel,
  members: readonly Person[],
  begin: number,
  most: number,
  threads: boolean,
  out: Message[],
): void {
  const topic = random.pick(channel.about);
  const locale = random.chance(0.75) ? channel.locale : channel.locale === "en" ? "es" : "en";
  const lines = random.pick(DIALOGUES[topic][locale]).slice(0, most);
  const people = random.some(members, Math.max(2, Math.min(members.length, 4)));
  const thread = threads && lines.length > 2 && random.chance(0.3);
  const words: Record<string, string> = {
    guest: random.pick(GUESTS),
    place: random.pick(PLACES),
    n: String(random.int(2, 28)),
    time: `${random.int(7, 19)}:${random.pick(["00", "15", "30", "45"])}`,
    code: `R-${random.int(1000, 9999)}`,
  };
  let at = begin, root: Message | null = null;
  for (const [i, line] of lines.entries()) {
    const by = people[i % people.length]!;
    // Nobody calls themselves.
    words.who = `@${random.pick(people.filter((person) => person !== by)).username}`;
    const content = line.replace(/\{(\w+)\}/g, (all, word) => words[word] ?? all);
    const message: Message = { id: random.id(at), at, by, content, root: thread ? root : null, files: [] };
    root ??= message;
    out.push(message);
    at += random.int(20, 200) * 1000;
  }
}

/** Most is written on working days between eight and seven, in UTC as far as it goes. */
function workTime(random: Random, begin: number, end: number): number {
  for (;;) {
    const at = begin + random.next() * (end - begin), time = new Date(at);
    const quiet = time.getUTCHours() < 12 || time.getUTCHours() > 23 || [0, 6].includes(time.getUTCDay());
    if (!quiet || random.chance(0.12)) return at;
  }
}

function addMessages(
  story: Story,
  random: Random,
  channelId: string,
  members: readonly Person[],
  messages: Message[],
): void {
  const byName = new Map(members.map((p) => [p.username, p]));
  for (const [i, m] of messages.entries()) {
    const named = [...new Set([...m.content.matchAll(/@([a-z]+)/g)].map((match) => match[1]!))];
    const fans = random.chance(0.18) ? random.some(members, random.int(1, 5)) : [];
    const emoji = random.some(EMOJI, 2);
    const time = (after = 0) => new Date(m.at + after * 1000).toISOString();
    story.messages.push({
      id: m.id,
      channel_id: channelId,
      seq: i + 1,
      user_id: m.by.id,
      root_id: m.root?.id ?? null,
      reply_to_id: m.root?.id ?? null,
      message_type: "text",
      content: m.content,
      mentions: named.flatMap((name) => {
        const person = byName.get(name);
        return person ? [{ type: "user", id: person.id, username: name }] : [];
      }),
      attachments: m.files.map(({ id, file }) => ({
        id,
        filename: file.filename,
        mime_type: file.mime_type,
        size: file.bytes.length,
      })),
      props: {},
      created_at: time(),
      ...(random.chance(0.03)
        ? { edited_at: time(90), edits: [{ content: `${m.content} …`, edited_by: m.by.id, edited_at: time(90) }] }
        : {}),
      ...(!m.root && random.chance(0.008) ? { pinned_at: time(300), pinned_by: members[0]!.id } : {}),
      reactions: fans.map((fan, n) => ({
        emoji: emoji[n % 3 === 2 ? 1 : 0],
        user_id: fan.id,
        created_at: time(60 + n),
      })),
    });
  }
}
