// The migrator on both databases: order, checksums, failures, several instances.
import assert from "node:assert/strict";
import { loadMigrations, migrate, type Migration, MigrationError } from "../../db/migrate.ts";
import { sql } from "../../db/sql.ts";
import { silentLogger } from "../../kernel/log.ts";
import { onBoth, openTestDb, rejection, testedKinds } from "../support/test_db.ts";

const migration = (number: number, name: string, script: string): Migration => ({
  number,
  name,
  script,
  checksum: `${number}-${script.length}`,
});

onBoth("the migrator applies what is missing, in order, each whole", async ({ db }) => {
  const own = await loadMigrations();
  assert.deepEqual(await migrate(db, { log: silentLogger }), [], "nothing twice");
  const next = own.at(-1)!.number;
  const good = migration(next + 1, "good", "create table good (id int); insert into good values (1)");
  const bad = migration(next + 2, "bad", "create table half (id int); select 1 / 0; create table never (id int)");
  const before: number[] = [];
  const options = { log: silentLogger, beforeChange: (n: number) => Promise.resolve(void before.push(n)) };
  const error = await rejection(migrate(db, { ...options, migrations: [...own, good, bad] }));
  assert.ok(error instanceof MigrationError && /bad.*failed.*division/.test(error.message), String(error));
  assert.deepEqual(before, [next + 1]);
  assert.deepEqual(await db.rows(sql`select id from good`), [{ id: 1 }]);
  assert.equal((await db.one(sql`select to_regclass('half') as t`)).t, null);
  const fixed = { ...bad, script: "create table half (id int)" };
  assert.deepEqual(await migrate(db, { log: silentLogger, migrations: [...own, good, fixed] }), [
    `${String(next + 2).padStart(4, "0")}_bad`,
  ]);
});

onBoth("the migrator refuses a changed, an unknown and a late migration", async ({ db }) => {
  const own = await loadMigrations();
  const run = (migrations: Migration[]) => rejection(migrate(db, { log: silentLogger, migrations }));
  const changed = own.map((m, i) => i === 0 ? { ...m, checksum: "other" } : m);
  assert.match(String(await run(changed)), /MigrationError: .*was changed after/);
  assert.match(String(await run(own.slice(0, -1))), /newer version/);
  const next = own.at(-1)!.number;
  await migrate(db, { log: silentLogger, migrations: [...own, migration(next + 2, "b", "select 1")] });
  const late = [...own, migration(next + 1, "a", "select 1"), migration(next + 2, "b", "select 1")];
  assert.match(String(await run(late)), /next free number/);
});

if (testedKinds().includes("server")) {
  Deno.test("server: instances that start at once migrate once", async () => {
    await using first = await openTestDb("server");
    await using second = await openTestDb("server", { databaseUrl: first.url! });
    const own = await loadMigrations();
    const next = migration(own.at(-1)!.number + 1, "slow", "create table once (id int); select pg_sleep(0.2)");
    const done = await Promise.all(
      [first, second, first].map(({ db }) => migrate(db, { log: silentLogger, migrations: [...own, next] })),
    );
    assert.equal(done.flat().length, 1);
  });
}
