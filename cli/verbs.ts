// Commands of several verbs (`pulpo user create`): each verb is a command of the server (server/commands/run.ts) of the same
// name, gets its flags and answers with the text to print.
import type { Command } from "./command.ts";
import { admin } from "./admin.ts";
import { type Flag, type Flags, flagsHelp, readFlags, UsageError } from "./flags.ts";
import { readConfig } from "./settings.ts";

interface Verb {
  does: string;
  flags: Flags;
  /** Flag that may be given as a word. */
  word?: string;
}

const ORGANIZATION: Flag = { type: "text", value: "NAME", help: "which organisation, when there are several" };
const NOTES =
  "Works while the server runs and while it does not. Also takes the settings of pulpo serve (--data-dir, …).\n";

/** @param notes stands in front of what all such commands say @param common flags of every verb */
export function defineVerbs(
  name: string,
  does: string,
  verbs: Readonly<Record<string, Verb>>,
  { notes = "", common = { organization: ORGANIZATION } }: { notes?: string; common?: Flags } = {},
): Command {
  const lines = Object.entries(verbs).map(([verb, { does, flags }]) =>
    `  ${verb.padEnd(19)}  ${does}\n${flagsHelp(flags, 4)}`
  );
  const help = [`pulpo ${name} <what>: ${does}\n`, lines.join(""), flagsHelp(common), notes + NOTES]
    .filter(Boolean).join("\n");
  return {
    help,
    async run(argv) {
      const verb = argv.find((arg) => Object.hasOwn(verbs, arg));
      if (verb === undefined) throw new UsageError(help);
      const { flags, word } = verbs[verb]!;
      const { words, values, settings } = readFlags(argv, { ...common, ...flags });
      const config = await readConfig(settings);
      const [first, more, ...rest] = words;
      if (first !== verb || rest.length || (more !== undefined && (!word || word in values))) {
        throw new UsageError(help);
      }
      const asked = { ...values as Record<string, string | number | boolean>, ...(more ? { [word!]: more } : {}) };
      console.log(await admin(config, { name: `${name} ${verb}`, flags: asked }));
      return 0;
    },
  };
}
