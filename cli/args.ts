// Command-line parsing: `pulpo <command> [words] [--flag value | --flag=value | --switch]`. Small on purpose; the settings'
// own checks are in kernel/config.ts.

export interface Args {
  words: string[];
  flags: Record<string, string | boolean>;
}

/** @param switches flags that take no value. */
export function parseArgs(argv: readonly string[], switches: readonly string[] = []): Args {
  const words: string[] = [];
  const flags: Record<string, string | boolean> = {};
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (!arg.startsWith("--")) {
      words.push(arg === "-h" ? "--help" : arg);
      if (arg === "-h") flags.help = true;
      continue;
    }
    const equals = arg.indexOf("=");
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    if (equals >= 0) flags[name] = arg.slice(equals + 1);
    else if (switches.includes(name) || name === "help" || argv[i + 1] === undefined || argv[i + 1]!.startsWith("--")) {
      flags[name] = true;
    } else flags[name] = argv[++i]!;
  }
  return { words, flags };
}

/** Ends a command with a message for the person and an exit status. */
export class UsageError extends Error {
  constructor(message: string, readonly status = 2) {
    super(message);
  }
}
