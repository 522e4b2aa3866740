// `pulpo migrate`: brings the database up to date and stops. `serve` does the same at start; this is for those who want it
// to happen at a moment of their own.
import { openDatabase } from "../db/open.ts";
import { defineCommand } from "./command.ts";
import { loggerOf } from "./settings.ts";

export const command = defineCommand({
  usage: "migrate",
  does: "brings the database up to date and stops",
  flags: {},
  notes:
    `Takes the database settings of pulpo serve (--data-dir, DATABASE_URL, …). A copy of embedded data is made first, in
backups/ of the data folder. The embedded database can only be migrated while no server uses it.
`,
  async run({ config }) {
    const log = loggerOf(config);
    const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, pool: 2, log });
    try {
      const ran = await database.migrate();
      console.log(ran.length ? ran.map((name) => `applied ${name}`).join("\n") : "the database is up to date");
      return 0;
    } finally {
      await database.close();
    }
  },
});
