// What an administrator of a new organisation does first. Nothing is noted when a step is done: each one is looked up in
// what is there, so it ticks itself whichever way it was done, and only that a person put the list away is stored.
import { authorize, requireUser } from "../../kernel/actor.ts";
import { type Sql, sql } from "../../db/sql.ts";
import type { FirstStepId, FirstSteps } from "../../protocol/operation/first_steps.ts";
import type { Ctx } from "../context.ts";

/** In `meta`: when the last backup was written, ISO 8601. */
export const BACKUP_KEY = "backup_at";

/** The steps and which of them are done. Needs `organization.manage`. */
export async function getFirstSteps(ctx: Ctx): Promise<FirstSteps> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  const userId = requireUser(actor), id = actor.organizationId;
  const facts: Record<Exclude<FirstStepId, "mail">, Sql> = {
    people: sql`exists (select from users where organization_id = ${id} and id <> ${userId} and is_active
      and not is_service)`,
    message: sql`exists (select from messages where organization_id = ${id} and user_id is not null
      and message_type <> 'system')`,
    // Sent by a program or from the console; what chat and moderation send goes to single people.
    notification: sql`exists (select from notifications where organization_id = ${id} and audience = 'broadcast')
      or exists (select from notifications where organization_id = ${id} and audience = 'channel')`,
    backup: sql`exists (select from meta where key = ${BACKUP_KEY})`,
  };
  const row = await app.db.one<Record<keyof typeof facts | "hidden", boolean>>(sql`
    select ${facts.people} as people, ${facts.message} as message, ${facts.notification} as notification,
      ${facts.backup} as backup,
      exists (select from first_steps_hidden where user_id = ${userId} and organization_id = ${id}) as hidden`);
  return {
    items: [
      { id: "people", done: row.people },
      { id: "message", done: row.message },
      { id: "notification", done: row.notification },
      { id: "mail", done: app.mailer.enabled },
      { id: "backup", done: row.backup, command: app.commandLine("backup pulpo-backup.gz --files pulpo-files") },
    ],
    hidden: row.hidden,
  };
}

/** Puts the list away for the caller, or brings it back. */
export async function hideFirstSteps(ctx: Ctx, hidden: boolean): Promise<FirstSteps> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  const userId = requireUser(actor);
  await app.db.run(
    hidden
      ? sql`insert into first_steps_hidden (organization_id, user_id, hidden_at)
          values (${actor.organizationId}, ${userId}, ${app.now()}) on conflict do nothing`
      : sql`delete from first_steps_hidden where user_id = ${userId} and organization_id = ${actor.organizationId}`,
  );
  return await getFirstSteps(ctx);
}
