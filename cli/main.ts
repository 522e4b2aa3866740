// Picks the command and turns failures into a message and an exit status: 0 done, 1 failed, 2 wrong use or bad settings.
// It loads nothing but the command that is wanted: an agent is there all the time.
import { ExplainedError } from "../kernel/explained_error.ts";
import { VERSION } from "../kernel/version.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./usage_error.ts";
import { systemTrouble } from "../server/system_trouble.ts";

interface Entry {
  summary: string;
  /** Loads the command's code only when it is wanted. */
  load(): Promise<{ command: Command }>;
}

const COMMANDS: Record<string, Entry> = {
  serve: { summary: "run the server (default)", load: () => import("./serve.ts") },
  agent: { summary: "join this machine to a server", load: () => import("./agent.ts") },
  migrate: { summary: "bring the database up to date and stop", load: () => import("./migrate.ts") },
  user: { summary: "list, create and change accounts; print the set-up link", load: () => import("./user.ts") },
  organization: { summary: "list, create, change and disable organisations", load: () => import("./organization.ts") },
  token: { summary: "create, list and revoke API tokens", load: () => import("./token.ts") },
  maintenance: {
    summary: "let only administrators in, with a text for the others",
    load: () => import("./maintenance.ts"),
  },
  backup: { summary: "write the database into one file, and the files beside it", load: () => import("./backup.ts") },
  restore: { summary: "fill an empty database, and the files, from a backup", load: () => import("./restore.ts") },
  import: { summary: "bring in an archive of Slack, Mattermost or Pulpo", load: () => import("./import.ts") },
  export: { summary: "write everything of an organisation into one archive", load: () => import("./export.ts") },
  demo: { summary: "fill an empty server with an example organisation", load: () => import("./demo.ts") },
  doctor: { summary: "check settings, files, database, bus, mail and ports", load: () => import("./doctor.ts") },
  bench: { summary: "measure this machine", load: async () => ({ command: await import("../bench/main.ts") }) },
  version: {
    summary: "print the version",
    load: () => Promise.resolve({ command: { help: "pulpo version: prints the version\n", run: printVersion } }),
  },
};

function overview(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`);
  return `Pulpo ${VERSION}: self-hosted realtime operations server\n\nUse: pulpo <command> [options]\n\n${
    lines.join("\n")
  }\n\n` +
    `pulpo <command> --help tells more.\n`;
}

/** Runs one command line; returns the exit status. */
export async function main(argv: string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === "--help" || first === "-h" || first === "help") {
    console.log(overview());
    return 0;
  }
  if (first === "--version") return await printVersion();
  const named = first !== undefined && !first.startsWith("-");
  const entry = COMMANDS[named ? first : "serve"];
  if (!entry) {
    console.error(`There is no command "${first}".\n\n${overview()}`);
    return 2;
  }
  const own = named ? rest : argv;
  try {
    const { command: { help, run } } = await entry.load();
    if (own.includes("--help") || own.includes("-h")) {
      console.log(help);
      return 0;
    }
    return await run(own);
  } catch (error) {
    return await explain(error);
  }
}

function printVersion(): Promise<number> {
  console.log(`pulpo ${VERSION} (deno ${Deno.version.deno}, ${Deno.build.target})`);
  return Promise.resolve(0);
}

async function explain(error: unknown): Promise<number> {
  if (error instanceof UsageError) {
    console.error(error.message);
    return error.status;
  }
  const { ConfigError } = await import("../kernel/config.ts");
  const { AppError } = await import("../kernel/errors.ts");
  if (error instanceof ConfigError) {
    console.error("These settings are not right:\n");
    for (const p of error.problems) console.error(`  ${p.source} = ${p.value}\n      expected ${p.accepted}`);
    console.error("\npulpo serve --help lists all settings.");
    return 2;
  }
  if (error instanceof AppError) console.error(error.detail);
  else if (error instanceof ExplainedError) console.error(error.message);
  else console.error(systemTrouble(error) ?? (error instanceof Error ? error.stack ?? error.message : error));
  return 1;
}
