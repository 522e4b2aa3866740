// What `pulpo backup` asks for.
import { backup } from "../../db/backup.ts";
import { sql } from "../../db/sql.ts";
import { BACKUP_KEY } from "../../features/first_steps/mod.ts";
import { VERSION } from "../../kernel/version.ts";
import { sinkOrRefuse } from "./file_answer.ts";
import type { AdminAction } from "./host.ts";

export const BACKUP_COMMANDS: Record<string, AdminAction> = {
  backup: async ({ database }, _flags, sink) => JSON.stringify(await backup(database, sinkOrRefuse(sink), VERSION)),
  /** A backup is where it belongs. */
  "backup saved": async ({ app }) => {
    const now = app.now().toISOString();
    await app.db.run(sql`
      insert into meta (key, value) values (${BACKUP_KEY}, ${now})
      on conflict (key) do update set value = excluded.value`);
    return "noted";
  },
};
