// What was written comes into the index and the table of words behind the scenes (0008_search.sql): sending only notes it.
// Taking a batch and entering it is one statement; what is there already does no harm. On the embedded database, which does
// one thing at a time, the work is done in small portions with pauses three times as long as they took, so that senders come first.
import type { App } from "../../context.ts";
import type { Consumer, JobRule } from "../../define.ts";
import { type Db, sql } from "../../../db/sql.ts";

const BATCH = 1000;
/** Messages indexed in one statement. */
const PORTION = { embedded: 25, server: 250 };
/** What one search indexes at most before it looks. */
const BEFORE_SEARCH = 1000;

/** Indexes messages that wait for it. Returns how many; at most `most` at once. */
async function indexSome(db: Db, most: number): Promise<number> {
  return (await db.one<{ count: number }>(sql`select search.index_pending(${most}::int) as count`)).count;
}

/** What one run of the job spends on indexing; it would be given up after 15 minutes, and the next one goes on a minute later. */
const RUN_MS = 10 * 60_000;

/** Indexes all that wait, senders first. @param until of performance.now(); what is left then goes on waiting */
async function indexAll(app: App, until = Infinity): Promise<void> {
  const portion = PORTION[app.db.kind];
  for (let from = performance.now(); from < until; from = performance.now()) {
    if (await indexSome(app.db, portion) < portion) return;
    if (app.db.kind === "embedded") await new Promise((done) => setTimeout(done, 3 * (performance.now() - from)));
  }
}

/** So that a search finds what was sent a moment ago. */
export async function indexBeforeSearch(db: Db): Promise<void> {
  const portion = PORTION.server;
  for (let done = 0; done < BEFORE_SEARCH; done += portion) if (await indexSome(db, portion) < portion) return;
}

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

/** Messages that one step of reading old ones anew looks at. */
const REINDEX_STEP = { embedded: 200, server: 2000 };

/**
 * Reads messages from before an update anew, in steps that nobody waits for; goes on where it was interrupted.
 * @param until of performance.now(); the next run goes on from there
 */
export async function reindexOld(app: App, until = Infinity): Promise<void> {
  for (let from = performance.now(); from < until; from = performance.now()) {
    const { more } = await app.db.one<{ more: boolean }>(sql`
      select search.reindex_step(${REINDEX_STEP[app.db.kind]}::int) as more`);
    if (!more) return;
    await indexAll(app, until);
    await new Promise((done) => setTimeout(done, 3 * (performance.now() - from)));
  }
}

export const searchWordsConsumer: Consumer = {
  name: "chat.search_words",
  async handle(app, events) {
    if (!events.some((event) => event.type === "chat_message" || event.type === "message_edited")) return;
    await indexAll(app);
    await enterWords(app);
  },
};

/** What consumers never hear of: imports, restored backups, and what a burst left behind. */
export const searchWordsJob: JobRule = {
  name: "chat.search_words",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    const until = performance.now() + RUN_MS;
    await indexAll(app, until);
    for (let round = 0; round < 200 && await enterWords(app) === BATCH; round++) { /* until none are left */ }
    await reindexOld(app, until);
  },
};
