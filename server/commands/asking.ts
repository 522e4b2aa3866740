// How the command line finds and asks the server that holds the data folder: where the server says that it listens, the
// addresses of its answers, and what is signed with the installation's secret. Both sides (routes.ts, cli/ask_server.ts)
// take it from here.
import type { Config } from "../../kernel/config.ts";
import type { Keys } from "../../kernel/keys.ts";

export const COMMANDS_PATH = "/api/v1/system/commands";
/** Commands whose answer is a file. */
export const FILES_PATH = "/api/v1/system/files";
/** Takes an archive. */
export const ARCHIVE_PATH = "/api/v1/system/archive";
export const SIGNATURE_HEADER = "x-pulpo-system";
export const SIZE_HEADER = "x-pulpo-size";
/** What is signed instead of the bytes of an archive. */
export const archiveText = (size: number | string): string => `archive ${size}`;

/** @param time milliseconds since 1970, which the header tells before the signature */
export function signatureOf(keys: Keys, time: string, text: string): Promise<string> {
  return keys.mac("system-command", `${time}.${text}`);
}

/** Holds where the server of this data folder listens. */
export const addressFile = (config: Config): string => `${config.dataDir}/server.url`;

/**
 * Tells later commands where this server listens. Only needed where they cannot open the database themselves.
 * @returns what takes it back
 */
export async function publishAddress(config: Config, port: number): Promise<() => void> {
  if (config.databaseUrl) return () => {};
  const host = ["0.0.0.0", "::"].includes(config.host) ? "127.0.0.1" : config.host;
  await Deno.writeTextFile(addressFile(config), `http://${host}:${port}\n`, { mode: 0o600 });
  return () => Deno.removeSync(addressFile(config));
}
