// The job queue on both databases: tries with back-off, dead letters, delays, schedules, single jobs, stopping, and jobs of
// a process that died.
import assert from "node:assert/strict";
import { createLogger } from "../../kernel/log.ts";
import type { Db } from "../../db/sql.ts";
import { sql } from "../../db/sql.ts";
import { type JobRule, listDeadLetters, openJobs, startJobs } from "../../workers/jobs.ts";
import { sharedPostgres } from "../support/server_databases.ts";
import { openTestDb, testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

interface TestApp {
  db: Db;
  log: ReturnType<typeof createLogger>;
}

const kinds = testedKinds();
if (kinds.includes("server")) await sharedPostgres();

const rule = <T extends object>(
  name: string,
  handle: JobRule<TestApp, T>["handle"],
  more = {},
): JobRule<TestApp, T> => ({
  name,
  retryLimit: 2,
  retryDelaySeconds: 1,
  handle,
  ...more,
});

for (const kind of kinds) {
  const test = (name: string, body: (app: TestApp, lines: string[]) => Promise<void>) =>
    Deno.test(`${kind}: jobs: ${name}`, async () => {
      await using database = await openTestDb(kind);
      const lines: string[] = [];
      const log = createLogger({ format: "json", level: "info", write: (line) => lines.push(line) });
      await body({ db: database.db, log }, lines);
    });

  test("a job that fails is tried again, then succeeds", async (app, lines) => {
    const attempts: [number, boolean][] = [];
    const jobs = await startJobs(app, [
      rule<{ n: number }>("test.flaky", (given, data, job) => {
        assert.equal(given, app);
        assert.deepEqual(data, { n: 7, list: [1, "a"] });
        attempts.push([job.attempt, job.lastAttempt]);
        return attempts.length < 2 ? Promise.reject(new Error("not yet")) : Promise.resolve();
      }),
    ]);
    await jobs.enqueue("test.flaky", { n: 7, list: [1, "a"] });
    await until(() => attempts.length === 2, { timeoutMs: 20_000 });
    await jobs.stop();
    assert.deepEqual(attempts, [[1, false], [2, false]]);
    assert.equal(lines.filter((line) => line.includes("will be tried again") && line.includes("not yet")).length, 1);
    assert.deepEqual(await listDeadLetters(app.db), []);
    await assert.rejects(jobs.enqueue("test.unknown", {}), /no job rule/);
  });

  test("after the last try it is a dead letter, which can be put back", async (app) => {
    let broken = true;
    const attempts: boolean[] = [];
    const jobs = await startJobs(app, [
      rule("test.broken", (_app, _data, job) => {
        attempts.push(job.lastAttempt);
        return broken ? Promise.reject(new Error("broken for good")) : Promise.resolve();
      }, { retryLimit: 1 }),
    ]);
    await jobs.enqueue("test.broken", { x: 1 });
    const letters = await until(async () => {
      const found = await listDeadLetters(app.db);
      return found.length ? found : null;
    }, { timeoutMs: 20_000 });
    assert.deepEqual(attempts, [false, true]);
    const { id, created_at, failed_at, ...rest } = letters[0]!;
    assert.deepEqual(rest, { name: "test.broken", data: { x: 1 }, error: "broken for good", attempts: 2 });
    assert.ok(created_at <= failed_at);
    assert.deepEqual(await listDeadLetters(app.db, 50, failed_at), []);
    broken = false;
    assert.equal(await jobs.retryDeadLetter(crypto.randomUUID()), false);
    assert.equal(await jobs.retryDeadLetter(id), true);
    await until(() => attempts.length === 3);
    assert.deepEqual(await listDeadLetters(app.db), []);
    await jobs.stop();
  });

  test("delays, and one waiting job per name and key", async (app) => {
    const seen: [string, number][] = [];
    const start = performance.now();
    const jobs = await openJobs<TestApp>(app, [
      rule<{ name: string }>("test.later", (_app, data) => {
        seen.push([data.name, performance.now() - start]);
        return Promise.resolve();
      }),
    ]);
    await jobs.enqueue("test.later", { name: "later" }, { delaySeconds: 2 });
    for (let i = 0; i < 3; i++) await jobs.enqueue("test.later", { name: "single" }, { singletonKey: "user: 1/ä" });
    await jobs.enqueue("test.later", { name: "now" });
    await jobs.enqueue("test.later", { name: "now" });
    await jobs.start(app);
    await until(() => seen.length === 4, { timeoutMs: 20_000 });
    assert.deepEqual(seen.map(([name]) => name).sort(), ["later", "now", "now", "single"]);
    assert.ok(seen.find(([name]) => name === "later")![1] >= 2000);
    await jobs.enqueue("test.later", { name: "single" }, { singletonKey: "user: 1/ä" });
    await until(() => seen.length === 5);
    await jobs.stop();
  });

  test("schedules run, and are removed with their rule", async (app) => {
    const schedules = () => app.db.rows(sql`select name, cron, timezone from pgboss.schedule`);
    const nothing = () => Promise.resolve();
    const first = await startJobs(app, [rule("test.daily", nothing, { cron: "0 3 * * *" })]);
    assert.deepEqual(await schedules(), [{ name: "test.daily", cron: "0 3 * * *", timezone: "UTC" }]);
    await first.stop();
    // Every minute: due at once when the queue looks for the first time, which it does at the start.
    const minutely = rule("test.minutely", () => Promise.resolve(void runs++), { cron: "* * * * *" });
    let runs = 0;
    const second = await startJobs(app, [rule("test.daily", nothing), minutely]);
    assert.deepEqual((await schedules()).map((s) => s.name), ["test.minutely"]);
    await second.stop();
    await app.db.run(sql`update pgboss.version set cron_on = null`); // as if the last look was long ago
    const third = await startJobs(app, [minutely]);
    await until(() => runs > 0, { timeoutMs: 30_000 });
    await third.stop();
  });

  test("stopping waits for a running job; one of a process that died runs again", async (app) => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    let ended = false;
    const first = await startJobs(app, [
      rule("test.slow", async () => {
        started.resolve();
        await gate.promise;
        ended = true;
      }),
    ]);
    await first.enqueue("test.slow", {});
    await started.promise;
    const stopped = first.stop();
    gate.resolve();
    await stopped;
    assert.ok(ended);
    if (app.db.kind === "server") return;
    await app.db.run(sql`update pgboss.job set state = 'active' where name = 'test.slow'`);
    let again = 0;
    const second = await startJobs(app, [rule("test.slow", () => Promise.resolve(void again++))]);
    await until(() => again === 1);
    await second.stop();
  });
}
