// What the pages before signing in need to know of this server.
import { sql } from "../../../db/sql.ts";
import type { AccountOptions } from "../../../protocol/accounts/coming_in.ts";
import type { App } from "../../context.ts";

export async function accountOptions(app: App): Promise<AccountOptions> {
  const { registration } = app.config;
  return {
    registration,
    mail: app.mailer.enabled,
    organization: registration === "open" ? await onlyOrganization(app) : null,
  };
}

async function onlyOrganization(app: App): Promise<string | null> {
  const rows = await app.db.rows<{ name: string }>(sql`select name from organizations where is_active limit 2`);
  return rows.length === 1 ? rows[0]!.name : null;
}
