// Backup and restore: embedded → server → embedded keeps every value, and nothing half or damaged is taken.
import assert from "node:assert/strict";
import { backup as backupTo, BackupError, isEmpty, restore } from "../../db/backup.ts";
import type { Database } from "../../db/open.ts";
import { openDatabase } from "../../db/open.ts";
import { saveFile, sinkOf } from "../../cli/save_file.ts";
import { loadMigrations, migrate } from "../../db/migrate.ts";
import { json, rawSql, sql } from "../../db/sql.ts";
import { sha256Hex } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/log.ts";
import { startConsumers } from "../../workers/consumers.ts";
import { anyChannel } from "../chat/any_channel.ts";
import { emptyDatabase } from "../support/server_databases.ts";
import { logEvents, logHead, openTestDb, testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const backup = (database: Database, path: string, version: string) =>
  saveFile(path, (saver) => backupTo(database, sinkOf(saver, "rows"), version));

const ORG = "018f0000-0000-7000-8000-000000000001";
const kinds = testedKinds();
const log = silentLogger;

// Not part of the product: one column of each kind of type, a foreign key to itself, a generated column, an identity.
const EXTRA = `create table extra (
  n bigint generated always as identity primary key, parent bigint constraint extra_parent references extra,
  i8 bigint, num numeric, f float8, t text, b bytea, ts timestamptz, d date, j jsonb, j2 json, ids uuid[], ip inet,
  lower_t text generated always as (lower(t)) stored)`;

async function fill({ db }: Database): Promise<void> {
  await db.run(sql`
    insert into extra (parent, i8, num, f, t, b, ts, d, j, j2, ids, ip) values
    (3, ${9007199254740993n}, '12345678901234567890.123456789', 'NaN', ${'Ñandú "🐙"\n\t\\'}, ${new Uint8Array([
    0,
    255,
    10,
  ])},
      '2024-02-29 12:34:56.123456+00', '2024-02-29', ${json({ a: ["x\ny", (1e400).toString(), null] })}, '{ "a" :
      1 }', ${[ORG]}::uuid[], '10.0.0.0/8'),
    (null, null, null, 0.1, '', '', 'infinity', null, ${json(null)}, null, '{}', null),
    (null, 1, 1, 1e300, 'x', null, now(), now(), ${json([])}, '[]', null, '::1')`);
  await db.run(rawSql(`insert into extra (t, j) select 'row ' || n, to_jsonb(n) from generate_series(1, 3000) n`));
  for (let i = 0; i < 30; i++) {
    await db.withTx((tx) =>
      Promise.resolve(
        tx.emit({ organizationId: ORG, channel: anyChannel(`c${i % 3}`), type: "test", data: { i, text: "ñ\n" } }),
      )
    );
  }
}

/** All rows as PostgreSQL shows them, without what a restore renews. */
async function dump({ db }: Database): Promise<string> {
  const shown: Record<string, string> = {
    extra: "select *, j is null as no_j, j2::text as j2_text from extra order by n",
    event_channels: "select id, organization_id, channel, last_offset from event_channels order by id",
    events: `select channel_id, "offset", type, created_at, body from events order by txid, id`,
  };
  let out = "";
  for (const query of Object.values(shown)) {
    for (const row of await db.rows(rawSql(`select row_to_json(r)::text as r from (${query}) r`))) out += row.r + "\n";
  }
  return out;
}

async function emptyEmbedded(): Promise<{ database: Database; dispose(): Promise<void> }> {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  const database = await openDatabase({ dataDir, log, template: false });
  return {
    database,
    async dispose() {
      await database.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** Reads with a consumer until `count` events came, then stops. */
async function consume({ db }: Database, count: number): Promise<number[]> {
  const seen: number[] = [];
  const consumer = {
    name: "test",
    handle: (_: unknown, events: { push: Record<string, unknown> }[]) =>
      Promise.resolve(void seen.push(...events.map((e) => (e.push.data as { i: number }).i))),
  };
  const consumers = startConsumers({ db, log }, [consumer]);
  await until(() => seen.length >= count);
  await consumers.stop();
  return seen;
}

Deno.test("backup: embedded → other databases → back, everything is the same", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  await using first = await openTestDb("embedded");
  await first.db.exec(EXTRA);
  assert.ok(await isEmpty(first.db));
  // A consumer that has read 10 of 40 events.
  await first.db.run(sql`insert into event_consumers (name, txid, event_id) values ('test', pg_current_xact_id(), 0)`);
  await fill(first);
  const { rows: [tenth] } = {
    rows: await first.db.rows(sql`select txid, id from events order by txid, id offset 9 limit 1`),
  };
  await first.db.run(sql`update event_consumers set txid = ${tenth!.txid}::xid8, event_id = ${tenth!.id}`);
  assert.ok(!(await isEmpty(first.db)));

  let writes = true;
  const traffic = (async () => { // the server goes on working
    for (let i = 0; writes; i++) {
      await first.db.withTx((tx) =>
        Promise.resolve(tx.emit({ organizationId: ORG, channel: anyChannel("live"), type: "test", data: { i } }))
      );
      await until(() => true);
    }
  })();
  const summary = await backup(first, `${folder}/live.gz`, "1.2.3");
  writes = false;
  await traffic;
  assert.equal(summary.rows.extra, 3003);
  assert.ok(summary.rows.events! >= 30);
  await first.db.run(sql`delete from events where channel_id = (select id from event_channels where channel = 'live')`);
  await first.db.run(sql`delete from event_channels where channel = 'live'`);
  await backup(first, `${folder}/1.gz`, "1.2.3");
  const expected = await dump(first);

  for (const kind of kinds.toReversed()) {
    await using second = await openTestDb(kind);
    await second.db.exec(EXTRA);
    const counts = await restore(second, `${folder}/1.gz`, { log });
    assert.deepEqual([counts.extra, counts.events, counts.event_channels], [3003, 30, 3]);
    assert.equal(await dump(second), expected);
    assert.equal((await second.db.one(sql`select lower_t from extra where n = 4`)).lower_t, "row 1");
    // The foreign key is back, sequences go on behind the rows, the epoch is new, and the consumer goes on where it was.
    await assert.rejects(second.db.run(sql`insert into extra (parent) values (99999)`), /extra_parent/);
    assert.ok((await second.db.one(sql`insert into extra (t) values ('new') returning n`)).n > 3003);
    await second.db.run(sql`delete from extra where t = 'new'`);
    const before = await logHead(first.eventSource, ORG, "c0"), after = await logHead(second.eventSource, ORG, "c0");
    assert.equal(after.offset, before.offset);
    assert.notEqual(after.epoch, before.epoch);
    await backup(second, `${folder}/2.gz`, "1.2.3"); // before it reads on
    assert.deepEqual(await consume(second, 20), Array.from({ length: 20 }, (_, i) => i + 10));

    await using third = await openTestDb("embedded");
    await third.db.exec(EXTRA);
    await restore(third, `${folder}/2.gz`, { log });
    assert.equal(await dump(third), expected);
    assert.deepEqual(await consume(third, 20), Array.from({ length: 20 }, (_, i) => i + 10));
    const next = await third.db.withTx((tx) =>
      Promise.resolve(tx.emit({ organizationId: ORG, channel: anyChannel("c0"), type: "test", data: {} }))
    );
    assert.equal(next.offset, after.offset + 1);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("backup: a database without tables gets them, and an older backup is brought up to date", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  const own = await loadMigrations();
  const old = await emptyEmbedded();
  await migrate(old.database.db, { log, migrations: own.slice(0, 1) });
  await old.database.db.withTx((tx) =>
    Promise.resolve(tx.emit({ organizationId: ORG, channel: anyChannel("a"), type: "test", data: 1 }))
  );
  await backup(old.database, `${folder}/old.gz`, "0.0.1");
  await old.dispose();

  const fresh = await emptyEmbedded();
  await restore(fresh.database, `${folder}/old.gz`, { log });
  assert.equal((await logEvents(fresh.database.eventSource, ORG, "a", 0, 10)).length, 1);
  assert.deepEqual(await fresh.database.migrate(), []);
  await fresh.dispose();

  await using migrated = await openTestDb("embedded");
  await assert.rejects(restore(migrated, `${folder}/old.gz`, { log }), /without tables/);
  if (kinds.includes("server")) {
    const databaseUrl = await emptyDatabase();
    const server = await openDatabase({ databaseUrl, dataDir: "", log });
    await restore(server, `${folder}/old.gz`, { log });
    assert.equal((await logEvents(server.eventSource, ORG, "a", 0, 10)).length, 1);
    await server.close();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("backup: damaged, cut off, foreign and newer files change nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  await using source = await openTestDb("embedded");
  for (let i = 0; i < 200; i++) {
    await source.db.withTx((tx) =>
      Promise.resolve(
        tx.emit({ organizationId: ORG, channel: anyChannel("a"), type: "test", data: crypto.randomUUID() }),
      )
    );
  }
  const path = `${folder}/b.gz`;
  await backup(source, path, "1.2.3");
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(folder)].map((e) => e.name), ["b.gz"]);
  await using target = await openTestDb("embedded");
  const refused = async (bytes: Uint8Array, reason: RegExp) => {
    await Deno.writeFile(`${folder}/bad.gz`, bytes);
    await assert.rejects(restore(target, `${folder}/bad.gz`, { log }), (error) => {
      assert.ok(error instanceof BackupError, String(error));
      assert.match(error.message, reason);
      return true;
    });
    assert.ok(await isEmpty(target.db));
  };
  const gzip = (text: string) =>
    new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
  const bytes = await Deno.readFile(path);
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  await refused(bytes.slice(0, bytes.length - 500), /damaged or incomplete/);
  for (let at = 40; at < bytes.length; at += bytes.length >> 3) {
    // What comes of a wrong bit in the first line may be anything.
    await refused(bytes.with(at, bytes[at]! ^ 0x55), /damaged|not a Pulpo backup/);
  }
  await refused(new TextEncoder().encode("hello"), /not a Pulpo backup/);
  await refused(await gzip("hello\n"), /not a Pulpo backup/);
  await refused(await gzip(text.replace(/"type":"test"/, '"type":"text"')), /does not match its checksum/);
  await refused(await gzip(text.slice(0, text.lastIndexOf("# {"))), /its end is missing/);
  await refused(await gzip(text.replace('"pulpo_backup":1', '"pulpo_backup":2')), /newer version/);
  const foreign = text.slice(0, text.lastIndexOf("# {")).replace(/"checksum":"\w{6}/, '"checksum":"000000');
  const end = JSON.parse(text.slice(text.lastIndexOf("# {") + 2)).end;
  const signed = JSON.stringify({ end: { ...end, sha256: await sha256Hex(foreign) } });
  await refused(await gzip(`${foreign}# ${signed}\n`), /does not know/);
  await assert.rejects(restore(target, `${folder}/missing.gz`, { log }), Deno.errors.NotFound);
  await assert.rejects(restore(source, path, { log }), /not empty/);
  assert.equal((await restore(target, path, { log })).events, 200);
  await Deno.remove(folder, { recursive: true });
});
