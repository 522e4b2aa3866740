// `pulpo restore FILE`: fills an empty database, embedded or PostgreSQL, from a backup. This is also the way from the embedded
// database to PostgreSQL. Readers notice by the new epoch that their positions mean nothing any more.
import { restore } from "../db/backup.ts";
import { openDatabase } from "../db/open.ts";
import { sql } from "../db/sql.ts";
import { parseArgs, UsageError } from "./args.ts";
import { loggerOf, readConfig } from "./settings.ts";

export const help = `pulpo restore FILE: fills an empty database from a backup

The database must be new: an empty --data-dir, or an empty PostgreSQL database in DATABASE_URL. No server may use it.
Also takes the other settings of pulpo serve.
`;

export async function run(argv: string[]): Promise<number> {
  const { words: [file, ...more], flags } = parseArgs(argv);
  if (!file || more.length) throw new UsageError(help);
  const config = await readConfig(flags);
  const log = loggerOf({ ...config, logLevel: "warn" });
  const { databaseUrl, dataDir } = config;
  const database = await openDatabase({ databaseUrl, dataDir, pool: 2, log, template: false });
  try {
    const rows = await restore(database, file, { log });
    // The new place may have another secret; the next start notes its fingerprint.
    await database.db.run(sql`delete from meta where key = 'secret_fingerprint'`);
    const total = Object.values(rows).reduce((sum, n) => sum + n, 0);
    console.log(`restored ${total} rows of ${Object.keys(rows).length} tables`);
    return 0;
  } finally {
    await database.close();
  }
}
