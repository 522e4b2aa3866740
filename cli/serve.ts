// `pulpo serve`: reads the settings, gives up every permission that the server does not need, and only then loads it: of the
// packages nothing but zod and the reader of pulpo.toml ever runs with more.
import type { Command } from "./command.ts";
import { readFlags, UsageError } from "./flags.ts";
import { neededPaths } from "../server/needed_paths.ts";
import { dropPermissions, giveBackMemory, keepOnly } from "../server/privileges.ts";
import { loggerOf, readConfig, settingsHelp } from "./settings.ts";

const help = `pulpo serve: runs the server (the default command)

  --config FILE   settings file (default: pulpo.toml in the working directory, if there is one)

Settings: flag, environment variable, meaning. Flags win over the environment, which wins over the file.
${settingsHelp()}
`;

async function run(argv: string[]): Promise<number> {
  const { words, settings } = readFlags(argv, {});
  const config = await readConfig(settings);
  if (words.length) throw new UsageError(`pulpo serve takes settings only, not "${words[0]}".`);
  const log = loggerOf(config);
  // A mistake in one corner must not end everybody's connections: it is logged loudly instead.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("an error was not handled; please report it", { error: event.reason });
  });
  giveBackMemory();
  dropPermissions(log);
  keepOnly(neededPaths(config, Deno.env.toObject()), log);
  const { runServer } = await import("./run_server.ts");
  return await runServer({ config, log });
}

export const command: Command = { help, run };
