// Slash commands: which there are, and running one. Built-in ones are in built_in.ts, calls of custom ones in
// calls.ts. A name is looked up among the built-in ones first, so a custom command never takes the place of one.
import { authorize, isGuest, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { sql } from "../../../db/sql.ts";
import type { CommandInfo, CommandResult, RunCommandInput } from "../../../protocol/chat/extras.ts";
import type { Ctx } from "../../context.ts";
import { accessWith } from "../channels/access.ts";
import { ACTIONS, type Call, postEscaped } from "./built_in.ts";
import { callCommand } from "./calls.ts";
import { BUILT_IN, builtIn, nearest, parseCommand } from "./built_in_list.ts";
import { languageOf } from "../texts.ts";
import { commandByTrigger, commandRows } from "./custom.ts";
import { forgetDraft } from "../messages/drafts.ts";
import { readableMessage } from "../messages/store.ts";

/** Every command that the caller can give, built-in ones first. Needs `chat.read`. */
export async function listCommands(ctx: Ctx): Promise<{ items: CommandInfo[] }> {
  authorize(ctx.actor, "chat.read");
  // They are of the organisation as a whole, which guests do not see.
  const custom = isGuest(ctx.actor) ? [] : await commandRows(ctx.app.db, ctx.actor.organizationId);
  return {
    items: [
      ...BUILT_IN,
      ...custom.filter((row) => row.enabled).map((row) => ({
        name: row.trigger,
        usage: row.usage,
        description: { en: row.description, es: row.description },
        custom: true,
      })),
    ],
  };
}

/**
 * Runs what was written. The draft of that place is removed when it worked.
 * @throws AppError unknown_command, validation_failed, and whatever the action behind the command throws
 */
export async function runCommand(ctx: Ctx, channelId: string, input: RunCommandInput): Promise<CommandResult> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  const access = await accessWith(app.db, actor, channelId, "read", app.now());
  const rootId = await rootOf(ctx, channelId, input.root_id ?? null);
  const escaped = input.text.startsWith("//");
  const { name, rest } = parseCommand(input.text);
  const { locale } = await app.db.one<{ locale: string }>(sql`
    select locale from users where id = ${userId} and organization_id = ${actor.organizationId}`);
  const call: Call = {
    ctx,
    channel: access.channel,
    rootId,
    rest: escaped ? input.text.slice(1) : rest,
    clientId: input.client_id ?? null,
    language: languageOf(locale),
    commands: async () => (await listCommands(ctx)).items,
  };
  const result = escaped ? await postEscaped(call) : await run(call, name, access);
  await forgetDraft(ctx, channelId, rootId);
  return result;
}

async function run(call: Call, name: string, access: Awaited<ReturnType<typeof accessWith>>): Promise<CommandResult> {
  const known = builtIn(name);
  if (known) return await ACTIONS[known](call);
  const { app, actor } = call.ctx;
  const custom = name && !isGuest(actor) && await commandByTrigger(app.db, actor.organizationId, name);
  if (custom) return await callCommand(call, custom, access);
  throw unknown(name, (await call.commands()).map((command) => command.name));
}

function unknown(name: string, names: string[]): AppError {
  const near = nearest(name, names);
  const hint = near.length ? ` Did you mean ${near.map((n) => `/${n}`).join(" or ")}?` : " /help shows the commands.";
  return new AppError("unknown_command", `There is no command /${name.slice(0, 40)}.${hint}`, {
    errors: near.map((n) => ({ path: "text", message: `/${n}` })),
  });
}

/** The first message of the thread in which the command was given. @throws AppError validation_failed */
async function rootOf(ctx: Ctx, channelId: string, id: string | null): Promise<string | null> {
  if (!id) return null;
  const { row } = await readableMessage(ctx.app.db, ctx.actor, id, ctx.app.now());
  if (row.channel_id === channelId) return row.root_id ?? row.id;
  throw new AppError("validation_failed", "This thread is not in this channel.", {
    errors: [{ path: "root_id", message: "no such thread in this channel" }],
  });
}
