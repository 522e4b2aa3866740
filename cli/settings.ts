// Reads the settings for a command: flags, then environment, then pulpo.toml beside the working directory (or --config).
import { type Config, flagOf, loadConfig, SETTINGS } from "../kernel/config.ts";
import { createLogger, type Logger } from "../kernel/log.ts";
import { UsageError } from "./flags.ts";

const CONFIG_FLAG = "config";

/** @throws ConfigError with all problems; UsageError when --config names a file that cannot be read. */
export async function readConfig(flags: Record<string, string | boolean>): Promise<Config> {
  const { [CONFIG_FLAG]: file, ...settings } = flags;
  const env = Deno.env.toObject();
  let toml: string | undefined;
  try {
    toml = await Deno.readTextFile(typeof file === "string" ? file : "pulpo.toml");
  } catch (error) {
    if (file !== undefined) throw new UsageError(`cannot read the settings file ${file}: ${(error as Error).message}`);
  }
  return loadConfig({ flags: settings, env, toml, warn: (text) => console.error(`note: ${text}`) });
}

export function loggerOf(config: Config): Logger {
  return createLogger({ format: config.logFormat, level: config.logLevel });
}

/** The help text of the settings, one line each. */
export function settingsHelp(): string {
  return Object.entries(SETTINGS).map(([name, { env, help }]) => {
    return `  ${flagOf(name).padEnd(30)} ${env.padEnd(34)} ${help}`;
  }).join("\n");
}
