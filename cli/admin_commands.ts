// What `pulpo user` and `pulpo token` do, through the same actions as HTTP. They run inside the server when one is running on
// this data folder (the embedded database belongs to it), otherwise directly on the database: see admin.ts.
import {
  createApiToken,
  createInvite,
  createResetLink,
  createUser,
  deleteApiToken,
  listApiTokens,
  listUsers,
  personActor,
  resetSecondFactor,
  setupLink,
  updateUser,
} from "../features/accounts/mod.ts";
import { BACKUP_KEY } from "../features/first_steps/mod.ts";
import type { App, Ctx } from "../features/context.ts";
import { type Actor, ROLES, systemActor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import { createUserBody, updateUserBody, type User } from "../protocol/accounts/accounts.ts";
import { inviteBody } from "../protocol/accounts/coming_in.ts";
import { VERSION } from "../kernel/version.ts";
import { backup } from "../db/backup.ts";
import type { Database } from "../db/open.ts";
import { sql } from "../db/sql.ts";
import type { FileSink } from "./byte_answer.ts";
import { checkFlags } from "./check_flags.ts";
import { DEMO_COMMANDS } from "./demo_commands.ts";
import { placeOf } from "./installation.ts";
import { MAINTENANCE_COMMANDS } from "./maintenance_commands.ts";
import { ORGANIZATION_COMMANDS } from "./organization_commands.ts";
import { giveExport, TRANSFER_COMMANDS } from "./transfer_commands.ts";

export interface AdminCommand {
  /** `user list`, `token create`, … */
  name: string;
  flags: Record<string, string | boolean>;
}

/** Where a command runs: the features and the database under them. */
export interface AdminHost {
  app: App;
  database: Database;
  /** No server runs: what a job would do is done at once. */
  alone: boolean;
}

/**
 * Runs one command; returns the text for the person.
 * @param sink gets the file of a command that gives one
 * @throws AppError with a detail that says what to do.
 */
export async function runAdminCommand(
  host: AdminHost,
  { name, flags }: AdminCommand,
  sink?: FileSink,
): Promise<string> {
  const { app, alone } = host;
  if (sink && name === "backup") return JSON.stringify(await backup(host.database, sink, VERSION));
  if (sink && name === "export save") return await giveExport(await systemCtx(app, flags), String(flags.id), sink);
  const demo = DEMO_COMMANDS[name];
  if (demo) return await demo(app, flags, alone);
  const organization = ORGANIZATION_COMMANDS[name];
  if (organization) return await organization(app, flags);
  const transfer = TRANSFER_COMMANDS[name];
  if (transfer) return await transfer(await systemCtx(app, flags), flags, alone);
  const maintenance = MAINTENANCE_COMMANDS[name];
  if (maintenance) return await maintenance(app, flags);
  const command = COMMANDS[name];
  if (!command) throw new AppError("bad_request", `There is no command "${name}".`);
  return await command(app, flags);
}

type Flags = AdminCommand["flags"];

const COMMANDS: Record<string, (app: App, flags: Flags) => Promise<string>> = {
  /** A backup is where it belongs. */
  "backup saved": async (app) => {
    const now = app.now().toISOString();
    await app.db.run(sql`
      insert into meta (key, value) values (${BACKUP_KEY}, ${now})
      on conflict (key) do update set value = excluded.value`);
    return "noted";
  },
  "user setup-link": (app) => setupLink(app),
  "user list": async (app, flags) => {
    const users = await allUsers(await systemCtx(app, flags));
    const width = Math.max(8, ...users.map((u) => u.username.length));
    return users.map((u) =>
      `${u.username.padEnd(width)}  ${u.role.padEnd(9)}  ${u.is_active ? "active  " : "disabled"}  ${u.email ?? ""}`
    ).join("\n") || "no users";
  },
  "user create": async (app, flags) => {
    const input = checkFlags(createUserBody, {
      email: flags.email,
      username: flags.username ?? String(flags.email ?? "").split("@")[0],
      password: flags.password,
      role: flags.role,
    });
    const user = await createUser(await systemCtx(app, flags), input);
    const created = `created ${user.username} (${user.role})`;
    if (!user.invitation) return created;
    return user.invitation.url
      ? `${created}; this link sets the password, once, until ${user.invitation.expires_at}:\n${user.invitation.url}`
      : `${created}; a mail with a link to choose a password is under way`;
  },
  "user invite": async (app, flags) => {
    const number = (name: "uses" | "days") => flags[name] === undefined ? undefined : Number(flags[name]);
    const days = number("days");
    const input = checkFlags(inviteBody, {
      email: flags.email,
      role: flags.role,
      uses: number("uses"),
      expires_in: days === undefined ? undefined : days * 86_400,
    });
    const { url, mailed } = await createInvite(await systemCtx(app, flags), input);
    return mailed ? `${url}\n(mailed as well)` : url;
  },
  "user reset-link": async (app, flags) => {
    const ctx = await systemCtx(app, flags);
    return (await createResetLink(ctx, (await findUser(ctx, flags)).id)).url;
  },
  "user set": async (app, flags) => {
    const ctx = await systemCtx(app, flags);
    const user = await findUser(ctx, flags);
    const change = checkFlags(updateUserBody, {
      ...(flags.password === undefined ? {} : { password: flags.password }),
      ...(flags.role === undefined ? {} : { role: flags.role }),
      ...(flags.enable ? { is_active: true } : {}),
      ...(flags.disable ? { is_active: false } : {}),
    });
    if (Object.keys(change).length === 0) {
      throw new AppError(
        "bad_request",
        `Say what to set: --password, --role (${ROLES.join(", ")}), --disable or --enable.`,
      );
    }
    await updateUser(ctx, user.id, change);
    return `changed ${user.username}`;
  },
  "user reset-2fa": async (app, flags) => {
    const ctx = await systemCtx(app, flags);
    const user = await findUser(ctx, flags);
    await resetSecondFactor(ctx, user.id);
    return `removed the second factors of ${user.username}; all their sessions have ended`;
  },
  "token create": async (app, flags) => {
    const ctx = await userCtx(app, flags);
    const scopes = String(flags.scopes ?? "notify").split(",").map((s) => s.trim()).filter(Boolean);
    const expires_at = typeof flags.expires === "string" ? new Date(flags.expires).toISOString() : undefined;
    const { token } = await createApiToken(ctx, { name: String(flags.name ?? "command line"), scopes, expires_at });
    return token;
  },
  "token list": async (app, flags) => {
    const { items } = await listApiTokens(await userCtx(app, flags), { limit: 200 });
    return items.map((t) => `${t.id}  ${t.prefix}…  ${t.scopes.join(",")}  ${t.name}`).join("\n") || "no tokens";
  },
  "token revoke": async (app, flags) => {
    await deleteApiToken(await userCtx(app, flags), String(flags.id ?? ""));
    return "revoked";
  },
};

/** Acts as the system in the organisation named by --organization, or in the only one. */
async function systemCtx(app: App, flags: Flags): Promise<Ctx> {
  const organizations = await app.db.rows<{ id: string; name: string }>(
    sql`select id, name from organizations order by id`,
  );
  const wanted = flags.organization;
  const chosen = wanted === undefined
    ? organizations
    : organizations.filter((o) => o.name === wanted || o.id === wanted);
  if (chosen.length === 1) return ctxOf(app, systemActor(chosen[0]!.id));
  if (organizations.length === 0) {
    const command = app.commandLine("user setup-link");
    throw new AppError(
      "not_found",
      `There is no organisation in ${placeOf(app.config)} yet. Open the set-up link first; a new one: ${command}`,
    );
  }
  throw new AppError("bad_request", `Choose with --organization: ${organizations.map((o) => o.name).join(", ")}`);
}

function ctxOf(app: App, actor: Actor): Ctx {
  return { app, actor, requestId: newId(), ip: null, userAgent: "command line", log: app.log };
}

async function allUsers(ctx: Ctx): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await listUsers(ctx, { limit: 200, cursor });
    users.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return users;
}

async function findUser(ctx: Ctx, flags: Flags): Promise<User> {
  const wanted = String(flags.user ?? "").toLowerCase();
  const user = (await allUsers(ctx)).find((u) =>
    u.username.toLowerCase() === wanted || u.email?.toLowerCase() === wanted
  );
  if (!user) throw new AppError("not_found", wanted ? `There is no user "${wanted}".` : "Name the user: --user NAME");
  return user;
}

/** Acts as the person named by --user, with that person's rights. */
async function userCtx(app: App, flags: Flags): Promise<Ctx> {
  const system = await systemCtx(app, flags);
  const user = await findUser(system, flags);
  const actor = await personActor(app, system.actor.organizationId, user.id);
  if (!actor) throw new AppError("forbidden", `The account of ${user.username} is switched off or banned.`);
  return ctxOf(app, actor);
}
