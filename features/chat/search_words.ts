// Words that were written come into the table of words behind the scenes (0008_search.sql): sending only notes them.
// Taking a batch and entering it is one statement; a word that is there already does no harm.
import type { App } from "../context.ts";
import type { Consumer, JobRule } from "../define.ts";
import { sql } from "../../db/sql.ts";

const BATCH = 1000;

/** Enters waiting words. Returns how many messages they came from; at most BATCH at once. */
async function enterWords(app: App): Promise<number> {
  const { count } = await app.db.one<{ count: number }>(sql`
    with taken as (
      delete from search.words_pending where id in (
        select id from search.words_pending order by id limit ${BATCH} for update skip locked)
      returning organization_id, words
    ), entered as (
      insert into search.words (organization_id, word)
      select distinct t.organization_id, w.word from taken t cross join lateral unnest(t.words) as w (word)
      where length(w.word) between 4 and 40 and w.word !~ '^[0-9]+$'
      order by 1, 2 on conflict do nothing
    )
    select count(*)::int as count from taken`);
  return count;
}

export const searchWordsConsumer: Consumer = {
  name: "chat.search_words",
  async handle(app, events) {
    if (!events.some((event) => event.type === "chat_message" || event.type === "message_edited")) return;
    await enterWords(app);
  },
};

/** What consumers never hear of: imports, restored backups, and what a burst left behind. */
export const searchWordsJob: JobRule = {
  name: "chat.search_words",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    for (let round = 0; round < 200 && await enterWords(app) === BATCH; round++) { /* until none are left */ }
  },
};
