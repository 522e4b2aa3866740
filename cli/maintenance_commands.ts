// What `pulpo maintenance` does, through the same action as the console, for one organisation or for all of the server.
import { getOrganization, updateOrganization } from "../features/accounts/mod.ts";
import type { App, Ctx } from "../features/context.ts";
import { systemActor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import { sql } from "../db/sql.ts";
import { maintenanceSettings } from "../protocol/operation/feature_settings.ts";

type Flags = Record<string, string | boolean>;

export const MAINTENANCE_COMMANDS: Record<string, (app: App, flags: Flags) => Promise<string>> = {
  "maintenance on": (app, flags) => setAll(app, flags, { on: true, text: String(flags.text ?? "") }),
  "maintenance off": (app, flags) => setAll(app, flags, { on: false, text: "" }),
  "maintenance status": async (app, flags) =>
    (await each(app, flags, async (ctx) => {
      const { name, settings } = await getOrganization(ctx);
      const { on, text } = settings!.maintenance;
      return `${name}: ${on ? `closed${text ? ` (${text})` : ""}` : "open"}`;
    })).join("\n"),
};

async function setAll(app: App, flags: Flags, wanted: { on: boolean; text: string }): Promise<string> {
  const checked = maintenanceSettings.safeParse(wanted);
  if (!checked.success) throw new AppError("validation_failed", "--text: at most 500 characters");
  const names = await each(app, flags, async (ctx) => {
    const { name } = await updateOrganization(ctx, { settings: { maintenance: checked.data } });
    return `${name}: ${wanted.on ? "closed for everybody but administrators" : "open"}`;
  });
  return names.join("\n");
}

async function each<T>(app: App, flags: Flags, work: (ctx: Ctx) => Promise<T>): Promise<T[]> {
  const all = await app.db.rows<{ id: string; name: string }>(sql`select id, name from organizations order by id`);
  const wanted = flags.organization;
  const chosen = wanted === undefined ? all : all.filter(({ id, name }) => id === wanted || name === wanted);
  if (chosen.length === 0) throw new AppError("not_found", "There is no such organisation.");
  const out: T[] = [];
  for (const { id } of chosen) {
    const actor = systemActor(id);
    out.push(await work({ app, actor, requestId: newId(), ip: null, userAgent: "command line", log: app.log }));
  }
  return out;
}
