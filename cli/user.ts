// `pulpo user …`: accounts from the command line. The actions are those of the HTTP API, so the audit log has them too.
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";

export const help = `pulpo user <what>: accounts from the command line

  setup-link                                          print a new one-time link for the first owner
  list                                                everybody
  create --email E [--username N] --password P [--role R]
  set --user NAME|EMAIL [--password P] [--role R] [--disable | --enable]

  --organization NAME   which organisation, when there are several
Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).
`;

const OWN = ["email", "username", "password", "role", "user", "disable", "enable", "organization"];

export async function run(argv: string[]): Promise<number> {
  const { words, flags } = parseArgs(argv, ["disable", "enable"]);
  if (words.length !== 1) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, OWN);
  console.log(await admin(config, { name: `user ${words[0]}`, flags: own }));
  return 0;
}
