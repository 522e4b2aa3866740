// `pulpo organization …`: the organisations of this server, for whoever operates it.
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";

export const help = `pulpo organization <what>: the organisations of this server

  list                                                all of them, with people, plan and domain
  create --name NAME --email E [--username N] --password P    a new one with its owner
         [--domain D] [--plan LABEL]
  set --organization NAME|ID [--name NAME] [--domain D] [--plan LABEL] [--disable | --enable]

An organisation that is disabled is refused everywhere at once: sign-in, tokens, open connections, webhooks.
Give an empty text to remove a domain or plan: --plan ""
Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).
`;

const OWN = ["name", "email", "username", "password", "domain", "plan", "organization", "disable", "enable"];

export async function run(argv: string[]): Promise<number> {
  const { words, flags } = parseArgs(argv, ["disable", "enable"]);
  if (words.length !== 1) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, OWN);
  console.log(await admin(config, { name: `organization ${words[0]}`, flags: own }));
  return 0;
}
