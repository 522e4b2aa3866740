// How a person types a command of this program: the compiled file by its name, from the source tree through the wrapper
// `./pulpo`, which needs nothing but Deno or Node on the PATH. One spelling in what the start prints, in errors and on the
// set-up page; it names the data folder where the command would look into another one.
import { resolve } from "node:path";
import { type Config, SETTINGS } from "../kernel/config.ts";

const DEFAULT_DATA_DIR = SETTINGS.dataDir.schema.parse(undefined);

/** @param command what follows the name: `user setup-link` */
export function commandLine({ dataDir }: Pick<Config, "dataDir">, command: string): string {
  const program = Deno.build.standalone ? "pulpo" : "./pulpo";
  return `${program} ${command}${dataDir === DEFAULT_DATA_DIR ? "" : ` --data-dir ${quoted(resolve(dataDir))}`}`;
}

/** As one word for the shell. */
function quoted(path: string): string {
  if (/^[\w./:\\@%+=,~-]+$/.test(path)) return path;
  return Deno.build.os === "windows" ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
}
