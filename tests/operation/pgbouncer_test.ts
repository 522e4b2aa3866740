// Two instances whose database is behind a PgBouncer as its package brings it, in each of its modes, and what a server or
// pooler that cannot be used is told apart by.
import assert from "node:assert/strict";
import { openDatabase } from "../../db/open.ts";
import { sql } from "../../db/sql.ts";
import { silentLogger } from "../../kernel/log.ts";
import { findProgram } from "../../tools/requirements.ts";
import { available, type Service, startPgBouncer, startPostgres, startRedis } from "../../tools/services.ts";
import { emptyDatabase, sharedPostgres } from "../support/server_databases.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp } from "../support/test_app.ts";
import { rejection } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const here = available().postgres && available().redis && findProgram("pgbouncer") !== undefined;
const ignore = !here && Deno.env.get("CI") !== "true";

const through = (bouncer: Service, url: string) => url.replace(/:\d+\//, `:${bouncer.port}/`);

for (const pool_mode of ["session", "transaction"]) {
  Deno.test({ name: `two instances behind a stock PgBouncer, pool_mode ${pool_mode}`, ignore }, async () => {
    const postgres = await sharedPostgres(), redis = await startRedis();
    const bouncer = await startPgBouncer(postgres, { pool_mode });
    const settings = {
      "database-url": through(bouncer, await emptyDatabase()),
      "redis-url": redis.url,
      "database-pool": "5",
      "rate-limit-per-minute": "0",
    };
    const a = await createTestApp({ settings }), b = await createTestApp({ settings });
    try {
      const { access } = await a.owner();
      const { body: channel } = await a.call("POST", "/channels", { token: access, body: { name: "general" } });
      const reader = await openSocket(`${b.url}/ws?token=${access}&channels=channel:${channel.id}`);
      await reader.wait((f) => f.type === "ack");
      const send = (content: string) =>
        [a, b][content.length % 2]!.call("POST", `/channels/${channel.id}/messages`, {
          token: access,
          body: { content },
        });
      const COUNT = 120;
      const sent = await Promise.all(Array.from({ length: COUNT }, (_, n) => send(`pulpo ${"x".repeat(n % 5)} ${n}`)));
      assert.deepEqual(sent.filter((answer) => answer.status !== 201).map((answer) => answer.text), []);
      const pushes = () => reader.frames.filter((f) => f.type === "chat_message");
      await until(() => pushes().length >= COUNT);
      const offsets = pushes().map((push) => push.offset as number);
      assert.deepEqual(offsets, offsets.map((_, i) => offsets[0]! + i), "in order, nothing missing, nothing twice");

      // Every kind of statement that keeps something on a connection when it may: prepared ones, `set local`, time zones.
      const found = await a.call("GET", "/messages/search?q=pulpo&limit=5", { token: access });
      assert.equal(found.body.items.length, 5, found.text);
      for (const { db } of [a.app, b.app]) {
        const zones = await Promise.all(
          Array.from({ length: 20 }, () => db.one<{ zone: string }>(sql`select current_setting('TimeZone') as zone`)),
        );
        assert.deepEqual([...new Set(zones.map((row) => row.zone))], ["UTC"]);
      }

      const owner = await a.owner();
      const unseen = (await a.login(owner)).body.access_token;
      await bouncer.kill();
      const away = await a.call("POST", `/channels/${channel.id}/messages`, {
        token: access,
        body: { content: "away" },
      });
      assert.deepEqual([away.status, away.body.code], [503, "unavailable"], away.text);
      assert.ok(Number(away.headers.get("retry-after")) > 0);
      // Who calls cannot be found out now: that is to be tried again too, however long the body is.
      const long = { type: "x", message: "m", data: { text: "x".repeat(20_000) } };
      const unknown = await a.call("POST", "//notify", { token: unseen, body: long });
      assert.deepEqual([unknown.status, unknown.body.code], [503, "unavailable"], unknown.text);
      await bouncer.start();
      await until(async () => (await send("back")).status === 201, { timeoutMs: 20_000 });
    } finally {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
      await bouncer.close();
      await redis.close();
    }
  });
}

async function refusal(databaseUrl: string): Promise<string> {
  return String(
    await rejection(
      openDatabase({ databaseUrl, dataDir: ":memory:", log: silentLogger }).then((database) => database.migrate()),
    ),
  );
}

Deno.test({ name: "a database that cannot be used says which of the reasons it is", ignore }, async () => {
  const postgres = await startPostgres();
  const statement = await startPgBouncer(postgres, { pool_mode: "statement" });
  try {
    assert.match(await refusal(statement.url), /pools single statements\. Set pool_mode = transaction/);
    assert.match(await refusal(`${statement.url}?options=-c%20jit%3Doff`), /PgBouncer that refuses "options"/);
    const at = `127.0.0.1:${postgres.port}`;
    assert.match(await refusal(`postgres://pulpo@${at}/nowhere`), /no database "nowhere"\. Make it: createdb/);
    assert.match(await refusal(`postgres://nobody@${at}/postgres`), /does not let "nobody" into "postgres"/);
    assert.match(await refusal(`postgres://pulpo@${at}/postgres?sslmode=require`), /TLS: /);
    assert.match(await refusal("postgres://pulpo@no-such-host.invalid/postgres"), /host named "no-such-host\.invalid"/);
    assert.match(await refusal("postgres://pulpo@127.0.0.1:1/postgres"), /Nothing listens at 127\.0\.0\.1:1/);

    const admin = await openDatabase({ databaseUrl: postgres.url, dataDir: ":memory:", log: silentLogger });
    await admin.db.exec("create role reader login; revoke create on schema public from public");
    await admin.close();
    assert.match(await refusal(`postgres://reader@${at}/postgres`), /"reader" may not create tables/);
  } finally {
    await statement.close();
    await postgres.close();
  }
});

Deno.test({ name: "passwords: a wrong one is told apart, and stands in no text", ignore }, async () => {
  const postgres = await startPostgres();
  try {
    const admin = await openDatabase({ databaseUrl: postgres.url, dataDir: ":memory:", log: silentLogger });
    await admin.db.exec("create role ana login password 'right-one'");
    await admin.close();
    await Deno.writeTextFile(`${postgres.folder}/data/pg_hba.conf`, "host all all 127.0.0.1/32 scram-sha-256\n");
    await postgres.restart().catch(() => {});
    const text = await refusal(`postgres://ana:wrong-one@127.0.0.1:${postgres.port}/postgres`);
    assert.match(text, /The password of the user "ana" in DATABASE_URL is wrong/);
    assert.ok(!text.includes("wrong-one"));
  } finally {
    await postgres.close();
  }
});

Deno.test(
  { name: "a server that takes no changes answers 503 with Retry-After, and reads go on", ignore },
  async () => {
    const postgres = await startPostgres();
    const app = await createTestApp({ settings: { "database-url": await emptyDatabase(postgres) } });
    try {
      const { access } = await app.owner();
      const { body: channel } = await app.call("POST", "/channels", { token: access, body: { name: "general" } });
      const path = `/channels/${channel.id}/messages`;
      const admin = await openDatabase({ databaseUrl: postgres.url, dataDir: ":memory:", log: silentLogger });
      const everybody = (value: string) =>
        admin.db.exec(`alter role pulpo set default_transaction_read_only = ${value};
        select pg_terminate_backend(pid) from pg_stat_activity where datname <> 'postgres'`);
      await everybody("on");
      await until(async () => {
        const refused = await app.call("POST", path, { token: access, body: { content: "no" } });
        return refused.status === 503 && /takes no changes/.test(refused.body.detail) &&
          Number(refused.headers.get("retry-after")) > 0;
      });
      assert.equal((await app.call("GET", path, { token: access })).status, 200);
      await admin.close();
    } finally {
      await app[Symbol.asyncDispose]();
      await postgres.close();
    }
  },
);
