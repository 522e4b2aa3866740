// `pulpo demo`: an empty server becomes an example organisation to look around in. docs/demo.md.
import { admin } from "./admin.ts";
import { defineCommand } from "./command.ts";
import { UsageError } from "./flags.ts";
import type { DemoState } from "../server/commands/demo.ts";
import { hasDatabase } from "./installation.ts";
import { showProgress } from "./progress.ts";

const EVERY_MS = 300;

export const command = defineCommand({
  usage: "demo",
  does: "fills an empty server with an example organisation to look around in",
  flags: {
    password: {
      type: "text",
      value: "P",
      help: "for the accounts that are printed at the end (default: made by chance)",
    },
    seed: { type: "number", value: "N", help: "another number makes other conversations (default 1)" },
    small: { type: "switch", help: "8 people and 240 messages instead of 30 and 3,000" },
  },
  notes:
    `30 people with pictures, 12 channels, 3,000 messages of six weeks in two languages with threads, files, reactions and
statistics, and 45 messages that the owner has not read. Everything is made on this machine. Only an empty server is filled:
nobody but the owner, no messages. To get rid of it, stop the server and remove its data folder.

Works while the server runs and before its first start. Also takes the settings of pulpo serve (--data-dir, …).
`,
  async run({ config, values }) {
    if (values.password !== undefined && values.password.length < 12) {
      throw new UsageError("--password takes at least 12 characters.");
    }
    const fresh = !config.databaseUrl && !await hasDatabase(config.dataDir);
    const ask = async (name: string, create = false) =>
      JSON.parse(await admin(config, { name, flags: { ...values } }, { create })) as DemoState;
    let state = await ask("demo start", true);
    while (!state.result && !state.error) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      state = await ask("demo status");
      if (state.progress) showProgress(state.progress);
    }
    if (!state.result) throw new UsageError(state.error!, 1);
    const { counts, accounts } = state.result;
    showProgress({ phase: "done", done: 1, total: 1 });
    console.log(
      `${counts.people} people, ${counts.channels} channels, ${counts.messages} messages, ${counts.files} files.\n`,
    );
    for (const { username, role, password } of accounts) {
      console.log(`  ${username.padEnd(12)} ${role.padEnd(10)} ${password ?? "(your password)"}`);
    }
    console.log(`\nSign in with these at ${state.url}${fresh ? " after the start" : ""}.`);
    return 0;
  },
});
