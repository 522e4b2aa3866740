// `pulpo token …`: API tokens from the command line.
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";

export const help = `pulpo token <what>: API tokens from the command line

  create --user NAME [--name TEXT] [--scopes notify,…] [--expires 2027-01-01]   prints the token, once
  list --user NAME
  revoke --user NAME --id ID

  --organization NAME   which organisation, when there are several
Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).
`;

const OWN = ["user", "name", "scopes", "expires", "id", "organization"];

export async function run(argv: string[]): Promise<number> {
  const { words, flags } = parseArgs(argv);
  if (words.length !== 1) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, OWN);
  console.log(await admin(config, { name: `token ${words[0]}`, flags: own }));
  return 0;
}
