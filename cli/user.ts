// `pulpo user …`: accounts from the command line. The actions are those of the HTTP API, so the audit log has them too.
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";

export const help = `pulpo user <what>: accounts from the command line

  setup-link                                          print a new one-time link for the first owner
  list                                                everybody
  create --email E [--username N] [--password P] [--role R]
                                                      without a password: a link to choose one
  invite [--role R] [--uses N] [--days N] [--email E] print a link that lets people in
  reset-link --user NAME|EMAIL                        print a link to set a new password
  set --user NAME|EMAIL [--password P] [--role R] [--disable | --enable]
  reset-2fa NAME|EMAIL                                remove a person's second factors (who has lost them)

  --organization NAME   which organisation, when there are several
Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).
`;

const OWN = ["email", "username", "password", "role", "user", "disable", "enable", "organization", "uses", "days"];

export async function run(argv: string[]): Promise<number> {
  const { words, flags } = parseArgs(argv, ["disable", "enable"]);
  const [what, name] = words;
  if (words.length !== (what === "reset-2fa" && !flags.user ? 2 : 1)) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, OWN);
  console.log(await admin(config, { name: `user ${what}`, flags: { ...own, ...(name ? { user: name } : {}) } }));
  return 0;
}
