import { pruneEvents } from "../db/event_log.ts";
import type { JobRule } from "../features/define.ts";

/** Old events go once an hour; readers that come later fetch a snapshot. */
export const pruneJob: JobRule = {
  name: "events.prune",
  retryLimit: 2,
  cron: "17 * * * *",
  handle: async (app) => {
    const pruned = await pruneEvents(app.db, app.config.eventRetentionHours);
    if (pruned) app.log.info("old events removed", { events: pruned });
  },
};
