// Removes what has no effect any more: restrictions that are over and the record of blocked messages. Nothing depends on
// when it runs, because everything compares with the time.
import { sql } from "../../db/sql.ts";
import type { JobRule } from "../define.ts";

const BLOCKS_KEPT_MS = 30 * 86_400_000;

export const cleanUpJob: JobRule = {
  name: "moderation.clean_up",
  retryLimit: 2,
  cron: "*/15 * * * *",
  async handle({ db, now }) {
    await db.run(sql`delete from chat_restrictions where expires_at <= ${now()}`);
    await db.run(sql`delete from moderation_blocks where created_at <= ${new Date(now().getTime() - BLOCKS_KEPT_MS)}`);
  },
};
