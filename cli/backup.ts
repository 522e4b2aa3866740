// `pulpo backup FILE`: everything in one file that any Pulpo of this version or a newer one can restore, on either database.
import { resolve } from "node:path";
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { readConfig } from "./settings.ts";

export const help = `pulpo backup FILE: writes all data into FILE (gzip text, one line a row)

Works while the server runs. The file holds password and token hashes: keep it as safe as the data folder. It does not hold
PULPO_SECRET (the file \`secret\` in the data folder): keep that too, or people sign in anew after a restore.
Also takes the settings of pulpo serve (--data-dir, …).
`;

export async function run(argv: string[]): Promise<number> {
  const { words: [file, ...more], flags } = parseArgs(argv);
  if (!file || more.length) throw new UsageError(help);
  console.log(await admin(await readConfig(flags), { name: "backup", flags: { file: resolve(file) } }));
  return 0;
}
