// Fills an empty server with an example organisation: the conversations through the import, everything around them (pictures,
// drafts, notifications, figures) through the actions that people's own clicks call. Nothing else writes a row here.
import type { Role } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { newId, randomToken } from "../../kernel/ids.ts";
import { sql } from "../../db/sql.ts";
import type { ImportRun } from "../../protocol/operation/transfer.ts";
import { importOptions } from "../../protocol/operation/transfer.ts";
import {
  createServiceAccount,
  createUserGroup,
  makeFirstOwner,
  personActor,
  setStatus,
  updateUser,
} from "../accounts/mod.ts";
import { countHistory, recordTelemetry } from "../analytics/mod.ts";
import { markRead, saveDraft, schedule } from "../chat/mod.ts";
import type { App, Ctx, GuestCtx } from "../context.ts";
import { setAvatar } from "../media/mod.ts";
import { reportMessage } from "../moderation/mod.ts";
import { notify } from "../notifications/mod.ts";
import { getImport, startImport, workOnImport } from "../transfer/mod.ts";
import { writeArchive } from "./archive.ts";
import { makeFiles } from "./files.ts";
import { portrait } from "./paint.ts";
import { GROUPS, ORGANIZATION, PROGRAMS, SHORT_HAIR } from "./people.ts";
import { Random } from "./random.ts";
import { type Story, type StorySize, tellStory } from "./story.ts";

export interface DemoOptions extends StorySize {
  /** The same number makes the same organisation. */
  seed: number;
  /** How many drawn views are sent; some files of other kinds come with them. */
  pictures: number;
  /** Of the owner, where there is none yet, and of the sample people; absent: by chance. */
  password?: string;
  /** No server runs: the import's work is done here. */
  alone: boolean;
}

export const DEMO: Omit<DemoOptions, "alone"> = {
  seed: 1,
  people: 30,
  channels: 12,
  messages: 3000,
  days: 42,
  pictures: 12,
};
/** The same in little, for tests. */
export const SMALL_DEMO: Omit<DemoOptions, "alone"> = {
  seed: 1,
  people: 8,
  channels: 3,
  messages: 240,
  days: 14,
  pictures: 2,
};

export interface DemoProgress {
  phase: string;
  done: number;
  total: number;
}

export interface DemoResult {
  organizationId: string;
  /** Whose server it is, and two people to look at it as. */
  accounts: { username: string; role: Role; password: string | null }[];
  counts: { people: number; channels: number; messages: number; files: number };
}

/** Whom the owner can sign in as, besides: a moderator and a member, in both languages. */
const SAMPLES = ["emma", "luis"];

/** @throws AppError `conflict` when the server is not empty */
export async function fillDemo(
  app: App,
  options: DemoOptions,
  tell: (progress: DemoProgress) => void = () => {},
): Promise<DemoResult> {
  await requireEmpty(app);
  const random = new Random(options.seed), now = app.now();
  const password = options.password ?? randomToken(12);
  const { owner, made } = await ownerOf(app, password);

  tell({ phase: "drawing", done: 0, total: 1 });
  const files = await makeFiles(random, options.pictures);
  const story = tellStory(random, options, await nameOf(app, owner), files, now.getTime());
  await importStory(app, owner, story, options.alone, tell);

  const people = await app.db.rows<{ id: string; username: string; role: Role }>(sql`
    select id, username, role from users where organization_id = ${owner.actor.organizationId} order by username`);
  for (const [i, person] of people.entries()) {
    tell({ phase: "pictures", done: i, total: people.length });
    const ctx = await as(app, owner.actor.organizationId, person.id);
    const bytes = await portrait(random, SHORT_HAIR.has(person.username));
    await setAvatar(ctx, person.id, { about: {}, stream: new Blob([bytes]).stream(), length: bytes.length });
  }
  tell({ phase: "figures", done: 0, total: 1 });
  await useConsole(app, owner, people.map((p) => p.id), random, options.days);
  await countHistory(app);
  await everydayThings(app, owner, story, people);
  await groupsAndPrograms(owner, people);
  const samples = people.filter((p) => SAMPLES.includes(p.username));
  for (const { id } of samples) await updateUser(owner, id, { password });
  return {
    organizationId: owner.actor.organizationId,
    accounts: [
      { username: owner.actor.username, role: "owner", password: made ? password : null },
      ...samples.map(({ username, role }) => ({ username, role, password })),
    ],
    counts: {
      people: people.length,
      channels: story.channels.length,
      messages: story.messages.length,
      files: story.files.length,
    },
  };
}

async function requireEmpty(app: App): Promise<void> {
  const found = await app.db.one<{ users: number; messages: number }>(sql`
    select (select count(*) from users where not is_service)::int as users,
      (select count(*) from (select from messages where user_id is not null limit 1) m)::int as messages`);
  if (found.users <= 1 && found.messages === 0) return;
  throw new AppError(
    "conflict",
    `This server is in use already (${found.users} people${found.messages ? ", with messages" : ""}). The demo only ` +
      "fills an empty one: give it a folder of its own with --data-dir.",
  );
}

/** The only person there is, or a new owner. */
async function ownerOf(app: App, password: string): Promise<{ owner: Ctx; made: boolean }> {
  const find = () => app.db.maybe<{ id: string; organization_id: string }>(sql`select id, organization_id from users`);
  const there = await find();
  if (!there) {
    const email = "demo@costa-azul.example";
    await makeFirstOwner(app, { email, username: "demo", password, organization: ORGANIZATION });
  }
  const { id, organization_id } = there ?? (await find())!;
  return { owner: await as(app, organization_id, id), made: !there };
}

const guest = (app: App): GuestCtx => ({ app, requestId: newId(), ip: null, userAgent: "demo", log: app.log });

async function as(app: App, organizationId: string, userId: string): Promise<Ctx> {
  return { ...guest(app), actor: (await personActor(app, organizationId, userId))! };
}

async function nameOf(app: App, { actor }: Ctx) {
  return await app.db.one<{ username: string; display_name: string; email: string }>(sql`
    select username, display_name, email from users where id = ${actor.userId} and organization_id = ${actor.organizationId}`);
}

async function importStory(
  app: App,
  owner: Ctx,
  story: Story,
  alone: boolean,
  tell: (progress: DemoProgress) => void,
): Promise<void> {
  const folder = `${app.config.dataDir}/transfer`, path = `${folder}/demo-${newId()}.zip`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeArchive(path, story, app.now());
    const options = importOptions.parse({});
    let run: ImportRun = await startImport(owner, { source: "pulpo", dry_run: false, options, path });
    while (run.status === "queued" || run.status === "running") {
      // A server's jobs do it just as well; whoever comes first has it in hand.
      await workOnImport(app, run.id, alone, tell);
      await new Promise((resolve) => setTimeout(resolve, 50));
      run = await getImport(owner, run.id);
      tell({ phase: run.phase, done: run.done, total: run.total });
    }
    if (run.status !== "done") throw new AppError("unavailable", run.error ?? "The example data was not written.");
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

/** What consoles would have measured: on working days people have it open, and it is quick. */
async function useConsole(
  app: App,
  owner: Ctx,
  people: readonly string[],
  random: Random,
  days: number,
): Promise<void> {
  const today = Math.floor(app.now().getTime() / 86_400_000);
  for (let day = today - days; day < today; day++) {
    const free = [0, 6].includes(new Date(day * 86_400_000).getUTCDay());
    const reports = people.filter(() => random.chance(free ? 0.15 : 0.85)).flatMap((userId) => {
      const from = random.int(12, 18);
      return [0, 1].map((n) => ({
        userId,
        at: new Date((day * 24 + from + n * 2) * 3_600_000 + random.int(0, 59) * 60_000),
        input: {
          active_seconds: random.int(400, 3000),
          latencies_ms: Array.from({ length: 4 }, () => 6 + Math.round(random.next() ** 3 * 180)),
          load_ms: 280 + Math.round(random.next() ** 2 * 900),
          reconnects: random.chance(0.1) ? 1 : 0,
        },
      }));
    });
    await recordTelemetry(app, owner.actor.organizationId, reports);
  }
}

async function groupsAndPrograms(owner: Ctx, people: readonly { id: string; username: string }[]): Promise<void> {
  for (const { name, handle, usernames } of GROUPS) {
    const user_ids = people.filter((p) => usernames.includes(p.username)).map(({ id }) => id);
    await createUserGroup(owner, { name, handle, user_ids });
  }
  for (const { username, name } of PROGRAMS) {
    await createServiceAccount(owner, { username, display_name: name, role: "member" });
  }
}

/** What is unread, begun, planned, reported and has come in. */
async function everydayThings(
  app: App,
  owner: Ctx,
  story: Story,
  people: readonly { id: string; username: string }[],
): Promise<void> {
  const { organizationId } = owner.actor;
  const channels = new Map(
    (await app.db.rows<{ id: string; name: string }>(sql`
      select id, name from channels where organization_id = ${organizationId} and name is not null`))
      .map(({ id, name }) => [name, id]),
  );
  const last = async (channelId: string, before: number) =>
    (await app.db.maybe<{ id: string }>(sql`
      select id from messages where channel_id = ${channelId} and organization_id = ${organizationId}
        and root_id is null and message_type <> 'system' order by seq desc offset ${before} limit 1`))?.id;
  for (const { channel, count } of story.unread) {
    const id = channels.get(channel)!, first = await last(id, count - 1);
    if (first) await markRead(owner, id, { message_id: first, unread: true });
  }
  const at = (name: string) => channels.get(name) ?? channels.get("general")!;
  await saveDraft(owner, at("guest-support"), undefined, {
    content: "Good question. I would tell them\n\n- what we know now\n- when we ",
    attachments: [],
  });
  await schedule(owner, {
    channel_id: at("general"),
    content: "Buenos días a todos: la reunión empieza a las 10:00 ☕",
    attachments: [],
    send_at: new Date(app.now().getTime() + 20 * 3_600_000).toISOString(),
    confirm_mentions: false,
  });
  const find = (name: string) => people.find((p) => p.username === name);
  for (
    const [name, status, text] of [
      ["carla", "busy", "Cierre de mes"],
      ["oliver", "away", "Lunch"],
      ["sofia", "online", "En el counter 📞"],
    ] as const
  ) {
    const person = find(name);
    if (person) await setStatus(await as(app, organizationId, person.id), person.id, { status, text });
  }
  const reporter = find("luis"), channel = at("general"), message = await last(channel, 3);
  if (reporter && message) {
    const ctx = await as(app, organizationId, reporter.id);
    // Whoever reports must not be its author; then there is nothing to look at, and that is fine, too.
    await reportMessage(ctx, message, { category: "other", reason: "¿Esto va en este canal?" }).catch((error) => {
      if (!(error instanceof AppError)) throw error;
    });
  }
  for (const [type, text] of NOTIFICATIONS) {
    await notify(owner, { type, message: text, data: { demo: true }, persist: true });
  }
}

const NOTIFICATIONS = [
  ["usuario_registrado", "Nuevo usuario: Mariela Campos"],
  ["reserva_creada", "Nueva reserva R-4821: Cusco, 4 personas"],
  ["reserva_creada", "Nueva reserva R-4822: Paracas, 2 personas"],
  ["tour_actualizado", "El tour «Colca clásico» sale ahora a las 5:30"],
  ["reserva_cancelada", "Reserva R-4790 cancelada por el cliente"],
  ["reserva_creada", "Nueva reserva R-4823: Lago Titicaca, 6 personas"],
] as const;
