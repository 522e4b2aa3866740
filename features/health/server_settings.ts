// The settings that this server runs with. They are of the whole server, so only owners of the organisation that it was set
// up with see them: with open registration anybody may own an organisation. Secrets are never told.
import { authorize } from "../../kernel/actor.ts";
import { notFound } from "../../kernel/errors.ts";
import { shownSettings } from "../../kernel/shown_settings.ts";
import { sql } from "../../db/sql.ts";
import type { ServerSetting } from "../../protocol/operation/server_settings.ts";
import type { Ctx } from "../context.ts";

/** @throws AppError `forbidden`, `not_found` for another organisation than the first */
export async function listServerSettings(ctx: Ctx): Promise<ServerSetting[]> {
  const { app, actor } = ctx;
  authorize(actor, "server.settings");
  const first = await app.db.one<{ id: string }>(sql`select id from organizations order by created_at, id limit 1`);
  if (first.id !== actor.organizationId) throw notFound("page");
  return shownSettings(app.config);
}
