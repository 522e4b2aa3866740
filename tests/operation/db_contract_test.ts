// The promises of db/sql.ts, kept by both databases: the same cases run on embedded PGlite and on a real PostgreSQL server.
// The event log is in event_log_test.ts, migrations in migrate_test.ts, faults (crash, server away) in db_faults_test.ts.
import assert from "node:assert/strict";
import { AppError } from "../../kernel/errors.ts";
import { isUniqueViolation, joinSql, json, type LoggedEvent, rawSql, type Sql, sql, SqlError } from "../../db/sql.ts";
import { anyChannel } from "../chat/any_channel.ts";
import { onBoth, openTestDb, rejection, testedKinds } from "../support/test_db.ts";

const ORG = "018f0000-0000-7000-8000-000000000001";
const OTHER = "018f0000-0000-7000-8000-000000000002";

const emit = (channel: string, data: unknown, organizationId = ORG) => ({
  organizationId,
  channel: anyChannel(channel),
  type: "test",
  data,
});

onBoth("values come back in the types that sql.ts promises", async ({ db }) => {
  const when = new Date("2024-02-29T12:34:56.789Z");
  const cases: [Sql, unknown][] = [
    [sql`${1}::int2`, 1],
    [sql`${2}::int4`, 2],
    [sql`${3}::int8`, 3],
    [sql`${Number.MAX_SAFE_INTEGER}::int8`, Number.MAX_SAFE_INTEGER],
    [sql`${9007199254740993n}::int8`, 9007199254740993n],
    [sql`${-9223372036854775808n}::int8`, -9223372036854775808n],
    [sql`${1.5}::float8`, 1.5],
    [sql`${"NaN"}::float8`, NaN],
    [sql`${"12345678901234567890.123"}::numeric`, "12345678901234567890.123"],
    [sql`${true}::bool`, true],
    [sql`${false}::bool`, false],
    [sql`${"text \0".replace("\0", "")}::text`, "text "],
    [sql`${"eñe — 🐙 ' \" \\"}::text`, "eñe — 🐙 ' \" \\"],
    [sql`${"2024-02-29"}::date`, "2024-02-29"],
    [sql`${"12:34:56"}::time`, "12:34:56"],
    [sql`${"2024-02-29 01:02:03"}::timestamp`, "2024-02-29 01:02:03"],
    [sql`${when}::timestamptz`, when],
    [sql`${ORG}::uuid`, ORG],
    [sql`${"10.0.0.1"}::inet`, "10.0.0.1"],
    [sql`${"1 day 02:00:00"}::interval`, "1 day 02:00:00"],
    [sql`${new Uint8Array([0, 1, 255])}::bytea`, new Uint8Array([0, 1, 255])],
    [sql`${json({ a: [1, null, "x"] })}`, { a: [1, null, "x"] }],
    [sql`${json("text")}`, "text"],
    [sql`${json(null)}`, null],
    [sql`'[1,2]'::json`, [1, 2]],
    [sql`${null}::text`, null],
    [sql`${undefined}::text`, null],
    [sql`${[1, 2, null]}::int4[]`, [1, 2, null]],
    [sql`${["a", "b,c", 'd"e', "f\\g", "", "NULL", null]}::text[]`, ["a", "b,c", 'd"e', "f\\g", "", "NULL", null]],
    [sql`${[[1, 2], [3, 4]]}::int8[]`, [[1, 2], [3, 4]]],
    [sql`${[ORG, OTHER]}::uuid[]`, [ORG, OTHER]],
    [sql`${[when]}::timestamptz[]`, [when]],
    [sql`${[new Uint8Array([7, 8])]}::bytea[]`, [new Uint8Array([7, 8])]],
    [sql`array[${json({ a: 1 })}]`, [{ a: 1 }]],
    [sql`${[]}::text[]`, []],
    [sql`${[true, false]}::bool[]`, [true, false]],
    [sql`'[0:1]={5,6}'::int4[]`, [5, 6]],
    [sql`pg_current_xact_id()::text ~ '^[0-9]+$'`, true],
  ];
  for (const [expression, expected] of cases) {
    const { value } = await db.one(sql`select ${expression} as value`);
    assert.deepEqual(value, expected, `${db.kind}: ${expression.text}`);
  }
  assert.equal(typeof (await db.one(sql`select now() as now`)).now.getTime(), "number");
  assert.equal((await db.one(sql`select current_setting('TimeZone') as zone`)).zone.replace("Etc/", ""), "UTC");
});

onBoth("arrays of the database's own types are arrays", async ({ db }) => {
  await db.exec(`create type mood as enum ('good', 'so, so'); create extension if not exists citext;
    create table moods (m mood[], c citext[]);`);
  await db.run(sql`insert into moods values (${["good", "so, so"]}::mood[], ${["A", "b"]}::citext[])`);
  assert.deepEqual(await db.one(sql`select m, c, m[1] as first from moods`), {
    m: ["good", "so, so"],
    c: ["A", "b"],
    first: "good",
  });
});

onBoth("values without meaning in SQL are refused", async ({ db }) => {
  await assert.rejects(db.one(sql`select ${{ a: 1 }}::text`), TypeError);
  await assert.rejects(db.one(sql`select ${new Date(NaN)}::timestamptz`), TypeError);
  assert.equal((await db.one(sql`select 1 as a`)).a, 1);
});

onBoth("rows, one, maybe, run", async ({ db }) => {
  await db.exec("create table t (id int primary key, name text not null)");
  assert.equal(await db.run(sql`insert into t values (1, 'a'), (2, 'b'), (3, 'c')`), 3);
  const conditions = joinSql([sql`id > ${1}`, sql`name <> ${"c"}`], " and ");
  assert.deepEqual(await db.rows(sql`select * from t where ${conditions}`), [{ id: 2, name: "b" }]);
  assert.deepEqual(await db.maybe(sql`select * from t where id = ${99}`), undefined);
  assert.deepEqual(await db.maybe(sql`select id from t order by id`), { id: 1 });
  await assert.rejects(db.one(sql`select * from t where id = ${99}`), /one row, got 0/);
  await assert.rejects(db.one(sql`select * from t`), /one row, got 3/);
  assert.equal(await db.run(sql`update t set name = 'z' where id >= ${2}`), 2);
  assert.equal(await db.run(sql`delete from t where id = ${99}`), 0);
});

onBoth("errors carry SQLSTATE and constraint, and the connection goes on", async ({ db }) => {
  await db.exec(`create table t (id int primary key, n int constraint n_positive check (n > 0), s text unique);
    create table child (t_id int constraint child_parent references t)`);
  await db.run(sql`insert into t values (1, 1, 'x')`);
  const expect: [Sql, string, string | undefined][] = [
    [sql`insert into t values (${1}, 1, 'y')`, "23505", "t_pkey"],
    [sql`insert into t values (${2}, ${-1}, 'y')`, "23514", "n_positive"],
    [sql`insert into child values (${9})`, "23503", "child_parent"],
    [sql`select * from no_such_table`, "42P01", undefined],
    [sql`selec`, "42601", undefined],
    [sql`select ${"x"}::int`, "22P02", undefined],
    [sql`select 1 / ${0}::int`, "22012", undefined],
  ];
  for (const [statement, code, constraint] of expect) {
    const error = await rejection(db.rows(statement));
    assert.ok(error instanceof SqlError, String(error));
    assert.deepEqual([error.code, error.constraint], [code, constraint], statement.text);
  }
  const error = await rejection(db.run(sql`insert into t values (1, 1, 'y')`));
  assert.ok(isUniqueViolation(error) && isUniqueViolation(error, "t_pkey") && !isUniqueViolation(error, "other"));
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 1);
});

onBoth("a table that changes its columns does not break statements asked before", async ({ db }) => {
  await db.exec("create table t (id int)");
  const ask = () => db.rows(sql`select * from t where id = ${1}`);
  await ask();
  await ask();
  await db.exec("alter table t add column name text default 'x'; insert into t values (1)");
  assert.deepEqual(await ask(), [{ id: 1, name: "x" }]);
});

onBoth("many statements at once all get their own answers", async ({ db }) => {
  const answers = await Promise.allSettled(
    Array.from(
      { length: 300 },
      (_, i) => db.one(i % 7 ? sql`select ${i}::int as i` : sql`select 1 / (${i}::int - ${i}::int)`),
    ),
  );
  answers.forEach((answer, i) => {
    if (i % 7) assert.deepEqual(answer, { status: "fulfilled", value: { i } });
    else assert.equal((answer as PromiseRejectedResult).reason.code, "22012");
  });
});

onBoth("a transaction commits as a whole or not at all", async ({ db }, committed) => {
  await db.exec("create table t (id int primary key)");
  const result = await db.withTx(async (tx) => {
    await tx.run(sql`insert into t values (1)`);
    await tx.run(sql`insert into t values (2)`);
    return (await tx.one(sql`select count(*) as n from t`)).n;
  });
  assert.equal(result, 2);
  class Mine extends Error {}
  let callbacks = 0;
  await assert.rejects(
    db.withTx(async (tx) => {
      await tx.run(sql`insert into t values (3)`);
      tx.emit(emit("a", 1));
      tx.afterCommit(() => callbacks++);
      throw new Mine();
    }),
    Mine,
  );
  const duplicate = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`insert into t values (4)`);
    await tx.run(sql`insert into t values (1)`);
  }));
  assert.ok(isUniqueViolation(duplicate));
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 2);
  assert.deepEqual([committed.length, callbacks], [0, 0]);
});

onBoth("a failed statement whose error is ignored does not commit in silence", async ({ db }, committed) => {
  await db.exec("create table t (id int primary key)");
  const error = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`insert into t values (1)`);
    await tx.run(sql`insert into t values (1)`).catch(() => {});
  }));
  assert.equal((error as SqlError).code, "25P02");
  const withEvent = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`select 1 / 0`).catch(() => {});
    tx.emit(emit("a", 1));
  }));
  assert.equal((withEvent as SqlError).code, "25P02");
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 0);
  assert.equal(committed.length, 0);
});

onBoth("constraints that are checked at COMMIT fail the transaction", async ({ db }, committed) => {
  await db.exec(`create table t (id int primary key);
    create table child (t_id int references t deferrable initially deferred)`);
  const error = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`insert into child values (1)`);
    tx.emit(emit("a", 1));
  }));
  assert.equal((error as SqlError).code, "23503");
  assert.equal(committed.length, 0);
  await db.withTx(async (tx) => void await tx.run(sql`insert into t values (1)`));
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 1);
});

onBoth("the database itself may not be used inside a transaction, tx not after it", async ({ db }) => {
  let kept: { rows(s: Sql): Promise<unknown> } | undefined;
  await assert.rejects(db.withTx(() => db.rows(sql`select 1`)), /inside withTx/);
  await assert.rejects(db.withTx(() => db.withTx(() => Promise.resolve(1))), /inside withTx/);
  await db.withTx(async (tx) => {
    kept = tx;
    await tx.rows(sql`select 1`);
    tx.afterCommit(() => void db.rows(sql`select 1`));
  });
  await assert.rejects(kept!.rows(sql`select 1`), /ended/);
  assert.equal(await db.withTx(() => Promise.resolve(5)), 5);
  assert.deepEqual(await db.rows(sql`select 1 as a`), [{ a: 1 }]);
});

onBoth("afterCommit runs once, after the rows are visible; its errors hurt nobody", async ({ db }) => {
  await db.exec("create table t (id int)");
  const seen = Promise.withResolvers<number>();
  await db.withTx(async (tx) => {
    await tx.run(sql`insert into t values (1)`);
    tx.afterCommit(() => {
      throw new Error("of a callback");
    });
    tx.afterCommit(() => void db.one(sql`select count(*) as n from t`).then((r) => seen.resolve(r.n)));
  });
  assert.equal(await seen.promise, 1);
});

/** CTEs for `finish`: a row into t for each of the channels, and an event that tells the row's number. */
const finishing = (channels: string[]) =>
  sql`
    put as (
      insert into t (channel) select channel from unnest(${channels}::text[]) with ordinality as n (channel, ord)
      order by ord returning id, channel
    ),
    late as materialized (
      select id::int as ord, ${ORG}::uuid as organization_id, channel, 'test' as type,
        '{"type":"test","data":' || id || '}' as body
      from put
    )`;

onBoth("`finish` writes rows and events in one statement and commits them", async ({ db }, committed) => {
  await db.exec("create table t (id int generated always as identity primary key, channel text not null)");
  await db.withTx((tx) => Promise.resolve(tx.emit(emit("a", 0))));
  const rows = await db.withTx(async (tx) => {
    await tx.rows(sql`select 1`);
    return await tx.finish<{ ord: number; offset: number }>(finishing(["a", "b", "a"]));
  });
  assert.deepEqual(rows.map(({ ord, offset }) => [ord, offset]), [[1, 2], [2, 1], [3, 3]]);
  const logged = (
    event: LoggedEvent,
  ) => [event.organizationId, event.channel, event.offset, JSON.parse(event.body).data];
  assert.deepEqual(committed.slice(1).map(logged), [[ORG, "a", 2, 1], [ORG, "b", 1, 2], [ORG, "a", 3, 3]]);
  assert.equal(committed[1]!.epoch, committed[0]!.epoch);
  const stored = await db.rows(sql`
    select c.channel, e."offset", e.body from events e join event_channels c on c.id = e.channel_id
    where e."offset" > 1 or c.channel = 'b' order by e.id`);
  assert.deepEqual(stored, committed.slice(1).map(({ channel, offset, body }) => ({ channel, offset, body })));
});

onBoth("`finish` that fails leaves nothing behind, whoever looks away", async ({ db }, committed) => {
  await db.exec(`create table t (id int generated always as identity primary key, channel text not null unique);
    create table child (t_id int references t deferrable initially deferred)`);
  const twice = await rejection(db.withTx((tx) => tx.finish(finishing(["a", "a"]))));
  assert.ok(isUniqueViolation(twice), String(twice));
  const ignored = await rejection(db.withTx((tx) => tx.finish(finishing(["a", "a"])).catch(() => {})));
  assert.ok(isUniqueViolation(ignored), String(ignored));
  const atCommit = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`insert into child values (99)`);
    await tx.finish(finishing(["a"]));
  }));
  assert.equal((atCommit as SqlError).code, "23503");
  const failedBefore = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`select 1 / 0`).catch(() => {});
    await tx.finish(finishing(["a"]));
  }));
  assert.equal((failedBefore as SqlError).code, "25P02");
  await assert.rejects(
    db.withTx((tx) => {
      tx.emit(emit("a", 1));
      return tx.finish(finishing(["a"]));
    }),
    /nothing may be emitted/,
  );
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 0);
  assert.equal((await db.one(sql`select count(*) as n from events`)).n, 0);
  assert.equal(committed.length, 0);
  await assert.rejects(
    db.withTx(async (tx) => {
      await tx.finish(finishing(["a"]));
      tx.emit(emit("a", 1));
    }),
    /used after `finish`/,
  );
  await assert.rejects(
    db.withTx(async (tx) => {
      await tx.finish(finishing(["b"]));
      await tx.run(sql`select 1`);
    }),
    /used after `finish`/,
  );
});

onBoth("a transaction that stays open is rolled back with `timeout`", async ({ db }) => {
  await db.exec("create table t (id int primary key)");
  const never = Promise.withResolvers<void>();
  const error = await rejection(db.withTx(async (tx) => {
    await tx.run(sql`insert into t values (1)`);
    await never.promise;
  }, { timeoutMs: 100 }));
  assert.ok(error instanceof AppError && error.code === "timeout", String(error));
  // Nothing is held any more: the same row can be written at once.
  await db.withTx(async (tx) => void await tx.run(sql`insert into t values (1)`), { timeoutMs: 5_000 });
  never.resolve();
  assert.equal((await db.one(sql`select count(*) as n from t`)).n, 1);
});

onBoth("ping answers, also while a transaction is open", async ({ db }) => {
  assert.ok(await db.ping() >= 0);
  await db.withTx(async (tx) => {
    await tx.rows(sql`select 1`);
    assert.ok(await db.ping() >= 0);
  });
});

onBoth("a serialization failure or a deadlock runs the body again, other errors do not", async ({ db }) => {
  await db.exec("create table t (id int primary key, n int)");
  for (const code of ["40001", "40P01"]) {
    let runs = 0;
    const value = await db.withTx(async (tx) => {
      runs++;
      await tx.run(sql`insert into t values (1, ${runs}) on conflict (id) do update set n = ${runs}`);
      if (runs < 3) await tx.run(sql`do ${rawSql(`$$ begin raise exception using errcode = '${code}'; end $$`)}`);
      return runs;
    });
    assert.equal(value, 3);
    assert.equal((await db.one(sql`select n from t`)).n, 3);
  }
  let runs = 0;
  await assert.rejects(
    db.withTx(async (tx) => {
      runs++;
      await tx.run(sql`do ${rawSql("$$ begin raise exception using errcode = '40001'; end $$")}`);
    }),
    SqlError,
  );
  assert.equal(runs, 4);
  runs = 0;
  await assert.rejects(
    db.withTx(async (tx) => {
      runs++;
      await tx.run(sql`select 1 / 0`);
    }),
    SqlError,
  );
  assert.equal(runs, 1);
});

if (testedKinds().includes("server")) {
  Deno.test("server: a real deadlock is resolved by running one of the two again", async () => {
    await using database = await openTestDb("server");
    const { db } = database;
    await db.exec("create table t (id int primary key, n int); insert into t values (1, 0), (2, 0)");
    let runs = 0, waiting = 0;
    const both = Promise.withResolvers<void>();
    const crosswise = (first: number, second: number) =>
      db.withTx(async (tx) => {
        runs++;
        await tx.run(sql`update t set n = n + 1 where id = ${first}`);
        if (++waiting === 2) both.resolve();
        await both.promise;
        await tx.run(sql`update t set n = n + 1 where id = ${second}`);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    assert.equal(runs, 3);
    assert.deepEqual(await db.rows(sql`select n from t`), [{ n: 2 }, { n: 2 }]);
  });
}
