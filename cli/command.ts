// What a command is: its help is made of what it declares, so that both say the same.
import type { Config } from "../kernel/config.ts";
import { type Flags, flagsHelp, readFlags, UsageError, type Values } from "./flags.ts";
import { readConfig } from "./settings.ts";

/** As cli/main.ts runs it. */
export interface Command {
  help: string;
  /** @returns the exit status @throws UsageError, ConfigError and what the work throws */
  run(argv: string[]): Promise<number>;
}

interface CommandSpec<F extends Flags> {
  /** What is typed after `pulpo`: `backup FILE`. */
  usage: string;
  does: string;
  flags: F;
  /** What stands under the flags. */
  notes: string;
  /** How many words it takes; default none. */
  words?: number;
  /** @throws UsageError, ConfigError and what the work throws */
  run(args: { config: Config; words: string[]; values: Values<F> }): Promise<number>;
}

/** A command with words and flags of its own, and those of the settings. */
export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): Command {
  const { usage, does, flags, notes, words: count = 0 } = spec;
  const help = [`pulpo ${usage}: ${does}\n`, flagsHelp(flags), notes].filter(Boolean).join("\n");
  return {
    help,
    async run(argv) {
      const { words, values, settings } = readFlags(argv, flags);
      const config = await readConfig(settings);
      if (words.length !== count) throw new UsageError(help);
      return await spec.run({ config, words, values });
    },
  };
}
