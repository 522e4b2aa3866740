// What `pulpo maintenance` does, through the same action as the console, for one organisation or for all of the server.
import { getOrganization, updateOrganization } from "../../features/accounts/mod.ts";
import type { App, Ctx } from "../../features/context.ts";
import { systemActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { maintenanceSettings } from "../../protocol/operation/feature_settings.ts";
import { type AdminAction, commandCtx, type Flags, organizationsOf } from "./host.ts";

export const MAINTENANCE_COMMANDS: Record<string, AdminAction> = {
  "maintenance on": ({ app }, flags) => setAll(app, flags, { on: true, text: String(flags.text ?? "") }),
  "maintenance off": ({ app }, flags) => setAll(app, flags, { on: false, text: "" }),
  "maintenance status": async ({ app }, flags) =>
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
  const chosen = await organizationsOf(app, flags);
  if (chosen.length === 0) throw new AppError("not_found", "There is no such organisation.");
  const out: T[] = [];
  for (const { id } of chosen) out.push(await work(commandCtx(app, systemActor(id))));
  return out;
}
