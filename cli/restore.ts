// `pulpo restore FILE`: fills an empty database, embedded or PostgreSQL, from a backup, and the storage from the folder of its
// files. This is also the way from the embedded database to PostgreSQL, and from a folder to a bucket. Readers notice by the
// new epoch that their positions mean nothing any more.
import { resolve } from "node:path";
import { isEmpty, restore } from "../db/backup.ts";
import { openDatabase } from "../db/open.ts";
import { sql } from "../db/sql.ts";
import { restoreFiles } from "./backup_files.ts";
import { defineCommand } from "./command.ts";
import { loggerOf } from "./settings.ts";

export const command = defineCommand({
  usage: "restore FILE",
  does: "fills an empty database from a backup",
  words: 1,
  flags: {
    files: {
      type: "text",
      value: "FOLDER",
      help: "puts the files of `pulpo backup --files` into the folder or bucket of PULPO_STORAGE first",
    },
  },
  notes:
    `The database must be new: an empty --data-dir, or an empty PostgreSQL database in DATABASE_URL. No server may use it.
Also takes the other settings of pulpo serve.
`,
  async run({ config, words, values: { files } }) {
    const file = words[0]!;
    const log = loggerOf({ ...config, logLevel: "warn" });
    const { databaseUrl, dataDir } = config;
    const database = await openDatabase({ databaseUrl, dataDir, pool: 2, log, template: false });
    try {
      // Before the rows that name them; into a database that is in use nothing is restored, so no files either.
      const copied = files === undefined || !await isEmpty(database.db)
        ? undefined
        : await restoreFiles(config, file, resolve(files));
      const rows = await restore(database, file, { log });
      // The new place may have another secret; the next start notes its fingerprint.
      await database.db.run(sql`delete from meta where key = 'secret_fingerprint'`);
      const total = Object.values(rows).reduce((sum, n) => sum + n, 0);
      console.log(`restored ${total} rows of ${Object.keys(rows).length} tables`);
      if (!copied) return 0;
      console.log(copied.text);
      return copied.whole ? 0 : 1;
    } finally {
      await database.close();
    }
  },
});
