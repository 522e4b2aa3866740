// What a command of the command line runs with, inside the server that holds the data folder or in the process of the
// command itself, and who it acts as.
import { listUsers, personActor } from "../../features/accounts/mod.ts";
import type { App, Ctx } from "../../features/context.ts";
import { type Actor, systemActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Database } from "../../db/open.ts";
import { sql } from "../../db/sql.ts";
import type { User } from "../../protocol/accounts/accounts.ts";
import { placeOf } from "../place.ts";
import type { FileSink } from "./file_answer.ts";

export type Flags = Record<string, string | number | boolean>;

/** What the command line asks for. It may be of an older version: names and flags are not to be relied on. */
export interface AdminCommand {
  /** `user list`, `token create`, … */
  name: string;
  flags: Flags;
}

/** How far a command is. */
export interface Step {
  /** What is being done, or counted. */
  phase: string;
  done: number;
  total: number;
}

/** Where a command runs: the features and the database under them. */
export interface AdminHost {
  app: App;
  database: Database;
  /**
   * Set where no server runs, in the command's own process: what a job would do is done at once, and told step by step.
   */
  alone?: (step: Step) => void;
}

/**
 * Does one command; returns the text for the person.
 * @param sink gets the file of a command that gives one
 * @throws AppError with a detail that says what to do
 */
export type AdminAction = (host: AdminHost, flags: Flags, sink?: FileSink) => Promise<string>;

/** Acts as the system in the organisation named by --organization, or in the only one. */
export async function systemCtx(app: App, flags: Flags): Promise<Ctx> {
  const organizations = await organizationsOf(app, flags);
  if (organizations.length === 1) return commandCtx(app, systemActor(organizations[0]!.id));
  const all = await organizationsOf(app, {});
  if (all.length === 0) {
    const command = app.commandLine("user setup-link");
    throw new AppError(
      "not_found",
      `There is no organisation in ${placeOf(app.config)} yet. Open the set-up link first; a new one: ${command}`,
    );
  }
  throw new AppError("bad_request", `Choose with --organization: ${all.map((o) => o.name).join(", ")}`);
}

/** The organisation named by --organization, by its name or id; without the flag all of them. */
export async function organizationsOf(
  app: App,
  { organization: wanted }: Flags,
): Promise<{ id: string; name: string }[]> {
  const all = await app.db.rows<{ id: string; name: string }>(sql`select id, name from organizations order by id`);
  return wanted === undefined ? all : all.filter(({ id, name }) => id === wanted || name === wanted);
}

/** Acts as the person named by --user, with that person's rights. */
export async function userCtx(app: App, flags: Flags): Promise<Ctx> {
  const system = await systemCtx(app, flags);
  const user = await findUser(system, flags);
  const actor = await personActor(app, system.actor.organizationId, user.id);
  if (!actor) throw new AppError("forbidden", `The account of ${user.username} is switched off or banned.`);
  return commandCtx(app, actor);
}

/** What the audit log and the log say of a command. */
export function commandCtx<A extends Actor | undefined>(app: App, actor: A): Omit<Ctx, "actor"> & { actor: A } {
  return { app, actor, requestId: newId(), ip: null, userAgent: "command line", log: app.log };
}

export async function allUsers(ctx: Ctx): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await listUsers(ctx, { limit: 200, cursor });
    users.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return users;
}

/** The person of --user, by name or address. @throws AppError `not_found` */
export async function findUser(ctx: Ctx, flags: Flags): Promise<User> {
  const wanted = String(flags.user ?? "").toLowerCase();
  const user = (await allUsers(ctx)).find((u) =>
    u.username.toLowerCase() === wanted || u.email?.toLowerCase() === wanted
  );
  if (!user) throw new AppError("not_found", wanted ? `There is no user "${wanted}".` : "Name the user: --user NAME");
  return user;
}
