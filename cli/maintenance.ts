// `pulpo maintenance on|off`: closes an organisation for everybody but its administrators, and opens it again.
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";

export const help = `pulpo maintenance on|off|status: who may come in while something is being done

  on [--text "Back at noon"]   administrators go on working; everybody else reads the text
  off                          open again
  status                       how it is now

  --organization NAME   only this one; otherwise all of the server
Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).
`;

const WORDS = ["on", "off", "status"];

export async function run(argv: string[]): Promise<number> {
  const { words: [what, ...more], flags } = parseArgs(argv);
  if (!what || more.length || !WORDS.includes(what)) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, ["text", "organization"]);
  console.log(await admin(config, { name: `maintenance ${what}`, flags: own }));
  return 0;
}
