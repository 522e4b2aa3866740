// Slash commands that an organisation's admins add: a trigger and an address that is called. Calling is in
// calls.ts. Token and signing secret are not stored: they are derived from the server's key, the command's id and
// a random salt, and shown once.
import { authorize } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, randomToken } from "../../../kernel/ids.ts";
import { isUniqueViolation, joinSql, type Queryable, type Sql, sql } from "../../../db/sql.ts";
import {
  type CustomCommand,
  type CustomCommandCreated,
  type CustomCommandInput,
  type CustomCommandUpdate,
  MAX_COMMANDS,
} from "../../../protocol/chat/extras.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { outgoingCalls } from "../../notifications/mod.ts";
import { isBuiltIn } from "./built_in_list.ts";

export interface CommandRow {
  id: string;
  organization_id: string;
  trigger: string;
  url: string;
  description: string;
  usage: string;
  format: "form" | "json";
  enabled: boolean;
  secret_salt: string;
  created_at: Date;
  last_used_at: Date | null;
  last_status: number | null;
}

const COLUMNS: Sql = sql`id, organization_id, trigger, url, description, usage, format, enabled, secret_salt,
  created_at, last_used_at, last_status`;

const toItem = (row: CommandRow): CustomCommand => ({
  id: row.id,
  trigger: row.trigger,
  url: row.url,
  description: row.description,
  usage: row.usage,
  format: row.format,
  enabled: row.enabled,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
  last_status: row.last_status,
});

/** Key of the signature (`cmdsec_…`) and the token that stands in requests. */
export async function commandSecrets(app: App, row: Pick<CommandRow, "id" | "secret_salt">) {
  const seed = `${row.id}.${row.secret_salt}`;
  const [secret, token] = await Promise.all([
    app.keys.mac("command_secret", seed),
    app.keys.mac("command_token", seed),
  ]);
  return { secret: `cmdsec_${secret}`, token };
}

/** By trigger. Needs `chat.manage`. */
export async function listCustomCommands(ctx: Ctx): Promise<{ items: CustomCommand[] }> {
  authorize(ctx.actor, "chat.manage");
  return { items: (await commandRows(ctx.app.db, ctx.actor.organizationId)).map(toItem) };
}

/** The organisation's commands by trigger; there are at most MAX_COMMANDS. */
export async function commandRows(db: Queryable, organizationId: string): Promise<CommandRow[]> {
  return await db.rows<CommandRow>(sql`
    select ${COLUMNS} from custom_commands where organization_id = ${organizationId} order by trigger`);
}

/** The command that is called so and switched on. */
export async function commandByTrigger(
  db: Queryable,
  organizationId: string,
  trigger: string,
): Promise<CommandRow | undefined> {
  return await db.maybe<CommandRow>(sql`
    select ${COLUMNS} from custom_commands
    where organization_id = ${organizationId} and trigger = ${trigger} and enabled`);
}

/** Token and secret are in this answer and nowhere else. Needs `chat.manage`. @throws AppError conflict, validation_failed */
export async function createCustomCommand(ctx: Ctx, input: CustomCommandInput): Promise<CustomCommandCreated> {
  const { app, actor } = ctx;
  authorize(actor, "chat.manage");
  checkTrigger(input.trigger);
  await outgoingCalls.checkUrl(app, input.url);
  const row: CommandRow = {
    ...input,
    id: newId(),
    organization_id: actor.organizationId,
    secret_salt: randomToken(16),
    created_at: app.now(),
    last_used_at: null,
    last_status: null,
  };
  await app.db.withTx(async (tx) => {
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*)::int as count from custom_commands where organization_id = ${actor.organizationId}`);
    if (count >= MAX_COMMANDS) throw new AppError("conflict", `An organisation has at most ${MAX_COMMANDS} commands.`);
    await tx.run(sql`
      insert into custom_commands (id, organization_id, trigger, url, description, usage, format, enabled, secret_salt,
        created_by, created_at)
      values (${row.id}, ${row.organization_id}, ${row.trigger}, ${row.url}, ${row.description}, ${row.usage},
        ${row.format}, ${row.enabled}, ${row.secret_salt}, ${actor.userId}, ${row.created_at})`);
    const details = { trigger: row.trigger, host: new URL(row.url).host };
    await writeAudit(tx, ctx, { action: "command.created", subject_type: "command", subject_id: row.id, details });
  }).catch(rethrowTaken);
  return { ...toItem(row), ...await commandSecrets(app, row) };
}

/** Needs `chat.manage`. @throws AppError not_found, conflict, validation_failed */
export async function updateCustomCommand(ctx: Ctx, id: string, input: CustomCommandUpdate): Promise<CustomCommand> {
  const { app, actor } = ctx;
  authorize(actor, "chat.manage");
  if (input.trigger !== undefined) checkTrigger(input.trigger);
  if (input.url !== undefined) await outgoingCalls.checkUrl(app, input.url);
  const sets: Sql[] = [sql`id = id`];
  if (input.trigger !== undefined) sets.push(sql`trigger = ${input.trigger}`);
  if (input.url !== undefined) sets.push(sql`url = ${input.url}`);
  if (input.description !== undefined) sets.push(sql`description = ${input.description}`);
  if (input.usage !== undefined) sets.push(sql`usage = ${input.usage}`);
  if (input.format !== undefined) sets.push(sql`format = ${input.format}`);
  if (input.enabled !== undefined) sets.push(sql`enabled = ${input.enabled}`);
  return await app.db.withTx(async (tx) => {
    const before = await tx.maybe<CommandRow>(sql`select ${COLUMNS} from custom_commands
      where id = ${id} and organization_id = ${actor.organizationId} for update`);
    const row = before && await tx.maybe<CommandRow>(sql`
      update custom_commands set ${joinSql(sets, ", ")}
      where id = ${id} and organization_id = ${actor.organizationId} returning ${COLUMNS}`);
    if (!row) throw notFound("command");
    const { trigger: renamed, ...changes } = changesOf(
      before,
      input,
      Object.keys(input).filter((key) => key !== "url"),
    );
    const from = new URL(before.url).host, host = new URL(row.url).host;
    const details = {
      trigger: row.trigger,
      changed: Object.keys(input),
      host: from === host ? host : { from, to: host },
      ...(renamed ? { renamed } : {}),
      ...changes,
    };
    await writeAudit(tx, ctx, { action: "command.updated", subject_type: "command", subject_id: id, details });
    return toItem(row);
  }).catch(rethrowTaken);
}

/** Open answer addresses of it end as well. Needs `chat.manage`. @throws AppError not_found */
export async function deleteCustomCommand(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "chat.manage");
  await app.db.withTx(async (tx) => {
    const row = await tx.maybe<{ trigger: string }>(sql`
      delete from custom_commands where id = ${id} and organization_id = ${actor.organizationId} returning trigger`);
    if (!row) throw notFound("command");
    const details = { trigger: row.trigger };
    await writeAudit(tx, ctx, { action: "command.deleted", subject_type: "command", subject_id: id, details });
  });
}

function checkTrigger(trigger: string): void {
  if (!isBuiltIn(trigger)) return;
  const message = `/${trigger} is built in. Choose another word.`;
  throw new AppError("validation_failed", message, { errors: [{ path: "trigger", message }] });
}

function rethrowTaken(error: unknown): never {
  if (!isUniqueViolation(error, "custom_commands_trigger_key")) throw error;
  const message = "There is a command of this name already.";
  throw new AppError("conflict", message, { errors: [{ path: "trigger", message }] });
}
