// Chat's numbers as a property: whatever four people do, over REST and sockets, every count that the server tells is the
// one of a plain model (chat_counts_model.ts). Twenty seeds on each kind of database; a failing seed is made as short as it
// goes and printed, step by step. `PULPO_COUNTS_SEED=7 deno task test chat_counts` runs that one alone.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import type { FollowedThread, Message } from "../../protocol/chat/chat.ts";
import { CountsModel, type ModelMessage } from "../support/chat_counts_model.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const SEEDS = 20, STEPS = 30, SHRINK_RUNS = 60;
const NAMES = ["ana", "ben", "cleo", "dan"];
const EMOJI = ["👍", "❤️"];
const KINDS = [
  ...[
    "send",
    "send",
    "send",
    "send",
    "reply",
    "reply",
    "reply",
    "edit",
    "edit",
    "edit",
    "delete",
    "delete",
    "read",
    "read",
  ],
  ...["unread", "thread_read", "follow", "unfollow", "join", "leave", "remove", "add", "react", "pin", "unpin"],
] as const;

interface Step {
  kind: typeof KINDS[number];
  who: number;
  /** 0 to 1: which of those that are there. */
  pick: number;
  other: number;
  names: readonly (number | "all")[];
  socket: boolean;
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}

function stepsOf(seed: number): Step[] {
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  return Array.from({ length: STEPS }, () => ({
    kind: KINDS[below(KINDS.length)]!,
    who: below(4),
    pick: random(),
    other: below(4),
    names: random() < 0.5 ? [] : random() < 0.25 ? ["all" as const] : [below(4), below(4)],
    socket: random() < 0.5,
  }));
}

interface Stage {
  t: TestApp;
  people: Person[];
  sockets: SocketClient[];
}

/** One run of these steps in a channel of its own. @throws Error with the step that went wrong */
async function play(stage: Stage, seed: number, steps: readonly Step[]): Promise<void> {
  const { t, people, sockets } = stage;
  const direct = seed % 5 === 0;
  const call = async (who: number, method: string, path: string, body?: unknown) => {
    const answer = await t.call(method, path, { token: people[who]!.access, body });
    assert.ok(answer.status < 300, `${NAMES[who]} ${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const members = direct ? [true, true, true, seed % 2 === 0] : [true, true, true, false];
  const { id } = await call(0, "POST", "/channels", {
    ...(direct ? { type: "direct" } : { name: `c${crypto.randomUUID().slice(0, 18)}` }),
    user_ids: people.filter((_, i) => i > 0 && members[i]).map((p) => p.id),
  });
  const model = new CountsModel(members, direct);
  const scene = { ...stage, id: id as string, direct, model, call };
  try {
    await check(scene, true);
    for (const [i, step] of steps.entries()) {
      try {
        if (!await act(scene, step)) continue;
        await caughtUp(t);
        await check(scene, i % 5 === 4 || i === steps.length - 1);
      } catch (error) {
        throw new Error(`step ${i + 1} ${JSON.stringify(step)}: ${error instanceof Error ? error.message : error}`);
      }
    }
  } finally {
    // The conversation of the same people would be the same one again.
    await t.call("DELETE", `/channels/${id}?purge=true`, { token: (await t.owner()).access });
    for (const socket of sockets) socket.frames.length = 0;
  }
}

interface Scene extends Stage {
  id: string;
  direct: boolean;
  model: CountsModel;
  // deno-lint-ignore no-explicit-any
  call(who: number, method: string, path: string, body?: unknown): Promise<any>;
}

const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[Math.floor(pick * list.length)];
const textOf = ({ names, pick }: Step) =>
  `text ${Math.floor(pick * 1e6)} ${names.map((n) => n === "all" ? "@channel" : `@${NAMES[n]}`).join(" ")}`;

async function sayOn(socket: SocketClient, body: Record<string, unknown>): Promise<Message> {
  const ack = await socket.ask({ type: "chat_message", ...body });
  assert.equal(ack.type, "ack", JSON.stringify(ack));
  return ack.data;
}

/** Does the step on the server and in the model. False: it is not possible now. */
async function act(scene: Scene, step: Step): Promise<boolean> {
  const { model, id, call, direct, people, sockets } = scene;
  const { kind, who, pick } = step;
  const me = model.people[who]!;
  if (kind === "join" || kind === "add") {
    if (direct || me.member) return false;
    if (kind === "join") await call(who, "POST", `/channels/${id}/join`, {});
    else await call(0, "POST", `/channels/${id}/members`, { user_id: people[who]!.id });
    model.join(who);
    return true;
  }
  if (!me.member) return false;
  if (kind === "leave" || kind === "remove") {
    if (direct || who === 0) return false;
    if (kind === "leave") await call(who, "POST", `/channels/${id}/leave`, {});
    else await call(0, "DELETE", `/channels/${id}/members/${people[who]!.id}`);
    model.leave(who);
    return true;
  }
  const spoken = model.messages.filter((m) => m.author !== null);
  const alive = spoken.filter((m) => !m.deleted);
  if (kind === "send" || kind === "reply") {
    const to = kind === "reply" ? pickOf(alive, pick) : null;
    if (to === undefined) return false;
    const body = { content: textOf(step), ...(to ? { reply_to_id: to.id } : {}) };
    const sent: Message = step.socket
      ? await sayOn(sockets[who]!, { channel_id: id, ...body })
      : await call(who, "POST", `/channels/${id}/messages`, body);
    const message = model.send(who, to, new Set(step.names));
    message.id = sent.id;
    assert.equal(sent.seq, message.seq, "position");
    return true;
  }
  if (kind === "read" || kind === "unread") {
    const message = pickOf(spoken, pick);
    if (!message) return false;
    const unread = kind === "unread";
    if (step.socket && !unread) await sockets[who]!.ask({ type: "read", channel_id: id, message_id: message.id });
    else await call(who, "POST", `/channels/${id}/read`, { message_id: message.id, unread });
    model.read(who, message, unread);
    return true;
  }
  if (kind === "thread_read" || kind === "follow" || kind === "unfollow") {
    const message = pickOf(spoken, pick);
    if (!message) return false;
    const following = kind === "thread_read" ? undefined : kind === "follow";
    const upTo = kind === "thread_read" ? message : null;
    await call(who, "PUT", `/messages/${message.id}/thread`, {
      ...(following === undefined ? {} : { following }),
      ...(upTo ? { read_message_id: upTo.id } : {}),
    });
    model.thread(who, message.root ?? message, following, upTo);
    return true;
  }
  return await change(scene, step, alive);
}

/** What happens to a message that is there. */
async function change({ model, call, direct }: Scene, step: Step, alive: readonly ModelMessage[]): Promise<boolean> {
  const { kind, who, pick } = step;
  const own = alive.filter((m) => m.author === who);
  const message = pickOf(kind === "edit" || (kind === "delete" && who !== 0) ? own : alive, pick);
  if (!message) return false;
  const path = `/messages/${message.id}`;
  switch (kind) {
    case "edit":
      await call(who, "PUT", path, { content: `${textOf(step)} ${step.other}` });
      model.edit(message, new Set(step.names));
      return true;
    case "delete":
      if (direct && message.author !== who) return false;
      await call(who, "DELETE", path);
      model.remove(message);
      return true;
    case "react": {
      const emoji = EMOJI[step.other % 2]!;
      const users = message.reactions.get(emoji) ?? new Set();
      const add = !users.has(who);
      await call(who, add ? "PUT" : "DELETE", `${path}/reactions/${encodeURIComponent(emoji)}`);
      if (add) users.add(who);
      else users.delete(who);
      message.reactions.set(emoji, users);
      return true;
    }
    case "pin":
    case "unpin": {
      const pin = kind === "pin";
      if (message.pinned === pin) return false;
      await call(who, pin ? "PUT" : "DELETE", `${path}/pin`);
      message.pinned = pin;
      if (pin && !direct) model.system();
      return true;
    }
    default:
      throw new Error(`no such step: ${kind}`);
  }
}

/** Waits until everybody has been told of what was done. */
async function caughtUp({ app }: TestApp): Promise<void> {
  await until(async () =>
    await app.db.maybe(sql`
      select 1 from event_consumers c where c.name = 'chat.notify'
        and not exists (select from events e where (e.txid, e.id) > (c.txid, c.event_id))`), {
    what: "the consumer of notifications",
  });
}

async function check(scene: Scene, thoroughly: boolean): Promise<void> {
  const { model, people, id, call } = scene;
  await Promise.all(people.map(async (_, who) => {
    const person = model.people[who]!;
    if (scene.direct && !person.member) return;
    const channel = await call(who, "GET", `/channels/${id}`);
    const { is_member, unread_count, mention_count, thread_unread_count, last_message } = channel;
    assert.deepEqual(
      { is_member, unread_count, mention_count, thread_unread_count, last_message: last_message?.seq ?? null },
      model.counts(who),
      NAMES[who]!,
    );
    const { items } = await call(who, "GET", "/notifications?limit=100");
    const rows = items.filter((i: { data?: { channel_id?: string; message_id?: string } }) =>
      i.data?.channel_id === id && i.data.message_id
    ).map((i: { type: string; data: { message_id: string } }) => `${i.type} ${i.data.message_id}`).sort();
    const wanted = [...person.inbox].map(([message, type]) => `${type} ${message.id}`).sort();
    assert.deepEqual(rows, wanted, `inbox of ${NAMES[who]}`);
    if (thoroughly && person.member) await checkAll(scene, who);
  }));
}

/** Every message, every thread, and the list of channels. */
async function checkAll({ model, people, id, call }: Scene, who: number): Promise<void> {
  const person = model.people[who]!;
  const listed = (await call(who, "GET", "/channels?member=true&limit=100")).items
    .find((c: { id: string }) => c.id === id);
  assert.equal(listed.unread_count, model.counts(who).unread_count, `list of ${NAMES[who]}`);
  const { items }: { items: Message[] } = await call(who, "GET", `/channels/${id}/messages?limit=100`);
  const seen = items.reverse().map((m) => ({
    seq: m.seq,
    deleted: m.is_deleted,
    replies: m.reply_count,
    pinned: m.is_pinned,
    mentions: m.mentions.map((x) => x.type === "user" ? x.id : "all").sort(),
    reactions: m.reactions.map((r) => `${r.emoji} ${r.count}`).sort(),
  }));
  const wanted = model.messages.map((m) => ({
    seq: m.seq,
    deleted: m.deleted,
    replies: model.replyCount(m),
    pinned: m.pinned,
    mentions: m.deleted ? [] : [...m.calls].map((n) => n === "all" ? n : people[n]!.id).sort(),
    reactions: m.deleted
      ? []
      : [...m.reactions].filter(([, users]) => users.size).map(([emoji, users]) => `${emoji} ${users.size}`).sort(),
  }));
  assert.deepEqual(seen, wanted, `messages of ${NAMES[who]}`);
  const threads: { items: FollowedThread[] } = await call(who, "GET", "/threads?limit=100");
  const followed = threads.items.filter((thread) => thread.channel.id === id)
    .map(({ root, unread_count, mention_count }) => ({ root: root.seq, unread_count, mention_count }))
    .sort((a, b) => a.root - b.root);
  assert.deepEqual(
    followed,
    [...person.threads].filter(([root, { following }]) => following && model.replyCount(root) > 0).map(([root]) => ({
      root: root.seq,
      unread_count: model.threadUnread(who, root),
      mention_count: model.threadMentions(who, root),
    })).sort((a, b) => a.root - b.root),
    `threads of ${NAMES[who]}`,
  );
}

/** Leaves steps out as long as it still fails. */
async function shrink(stage: Stage, seed: number, steps: readonly Step[]): Promise<readonly Step[]> {
  let runs = 0;
  const fails = async (some: readonly Step[]) => {
    runs++;
    return await play(stage, seed, some).then(() => false, () => true);
  };
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < steps.length && runs < SHRINK_RUNS;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (await fails(fewer)) steps = fewer;
      else at += size;
    }
  }
  return steps;
}

for (const kind of testedKinds()) {
  Deno.test(`chat's counts (${kind}): random steps of four people against a model, ${SEEDS} seeds`, async () => {
    await using t = await createTestApp({ db: kind, settings: { "rate-limit-per-minute": "1000000" } });
    const people: Person[] = [];
    for (const name of NAMES) people.push(await t.person("member", name));
    const sockets: SocketClient[] = [];
    try {
      for (const { access } of people) sockets.push(await openSocket(`${t.url}/api/v1/ws?token=${access}`));
      const stage = { t, people, sockets };
      const only = Deno.env.get("PULPO_COUNTS_SEED");
      for (const seed of only ? [Number(only)] : Array.from({ length: SEEDS }, (_, i) => i + 1)) {
        const steps = stepsOf(seed);
        try {
          await play(stage, seed, steps);
        } catch (error) {
          const few = await shrink(stage, seed, steps);
          const last = await play(stage, seed, few).then(() => error, (again) => again) as Error;
          const lines = few.map((step, i) => `  ${i + 1}. ${JSON.stringify(step)}`).join("\n");
          throw new Error(`seed ${seed} fails with these steps:\n${lines}\n${last.message}`);
        }
      }
    } finally {
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
    }
  });
}
