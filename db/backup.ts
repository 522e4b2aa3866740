// Backup of all tables in one portable file, and restore into an empty database of either kind: the way back after a loss, and
// the way from the embedded database to a server (or back). Invariants:
//  - a backup is one consistent moment, given away as a stream: whoever takes it renames it when it is complete;
//  - a restore happens as a whole or not at all, only into a database without rows, and only when the checksum is right;
//  - rows travel as PostgreSQL's own JSON, never through JavaScript numbers or dates: nothing is rounded;
//  - afterwards the event log has a new epoch, so clients fetch a snapshot instead of resuming at a wrong place.
// Jobs (schema pgboss) are not included; what must happen is found again from the rows of the features.
import type { Logger } from "../kernel/log.ts";
import { BackupError, type BackupSink, BackupWriter, openBackup, type Summary } from "./backup_file.ts";
import { newEpoch } from "./event_log.ts";
import { appliedMigrations, loadMigrations, migrate } from "./migrate.ts";
import type { Database } from "./open.ts";
import { type Db, type Queryable, rawSql, type Sql, sql, type Tx } from "./sql.ts";

export { BackupError, type Summary } from "./backup_file.ts";

interface Table {
  name: string;
  /** Columns that are stored as they are; generated ones are computed again. */
  columns: { name: string; type: string }[];
}

const FETCH_ROWS = 500;

/** Not data: made by the migrator. */
const SKIPPED = new Set(["schema_migrations"]);

const isJson = (type: string) => type === "json" || type === "jsonb";
const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function tables(db: Queryable): Promise<Table[]> {
  const found = await db.rows<Table>(sql`
    select c.relname as name, json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = ''
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    group by c.relname order by c.relname`);
  // Positions of consumers are counted in events: they come last.
  const rank = (table: Table) => (table.name === "event_consumers" ? 1 : 0);
  return found.filter((table) => !SKIPPED.has(table.name)).sort((a, b) => rank(a) - rank(b));
}

/**
 * What is read of a table. Two need care, because transaction ids mean nothing in another database: events travel in commit
 * order and are numbered anew, consumers say how many events they have read.
 */
function selection(table: Table): string {
  const name = quote(table.name);
  if (table.name === "events") {
    return `select channel_id, "offset", type, created_at, body from events order by txid, id`;
  }
  if (table.name === "event_consumers") {
    return `select name, (select count(*) from events e where (e.txid, e.id) <= (c.txid, c.event_id)) as events_read
      from event_consumers c`;
  }
  // JSON as text, so that a JSON null stays different from no value.
  const columns = table.columns.map((c) => isJson(c.type) ? `${quote(c.name)}::text` : quote(c.name));
  return `select ${columns.join(", ")} from ${name}`;
}

/**
 * Gives everything to `sink`. The server may go on working meanwhile. Returns row counts and checksum.
 * @param version of this program, for the manifest.
 * @throws what the sink throws; what it has got by then is worth nothing
 */
export async function backup(database: Database, sink: BackupSink, version: string): Promise<Summary> {
  return await database.snapshot(async (view) => {
    const all = await tables(view);
    const total = await countRows(view, all);
    const writer = await BackupWriter.create(sink, {
      pulpo_backup: 1,
      version,
      created_at: new Date().toISOString(),
      kind: database.db.kind,
      migrations: await appliedMigrations(view),
    });
    let done = 0;
    const onRows = (count: number) => sink.progress(done += count, total);
    try {
      for (const table of all) await writeTable(view, table, writer, onRows);
      return await writer.finish();
    } catch (error) {
      await writer.abort(error);
      throw error;
    }
  });
}

async function countRows(view: Queryable, all: Table[]): Promise<number> {
  let total = 0;
  for (const { name } of all) {
    total += Number((await view.one<{ n: number }>(rawSql(`select count(*) as n from ${quote(name)}`))).n);
  }
  return total;
}

async function writeTable(
  view: Queryable,
  table: Table,
  writer: BackupWriter,
  onRows: (count: number) => void,
): Promise<void> {
  await writer.table(table.name);
  await view.run(rawSql(`declare backup_rows no scroll cursor for
    select row_to_json(r)::text as row from (${selection(table)}) r`));
  for (;;) {
    const rows = await view.rows<{ row: string }>(rawSql(`fetch ${FETCH_ROWS} from backup_rows`));
    for (const { row } of rows) await writer.row(row);
    onRows(rows.length);
    if (rows.length < FETCH_ROWS) break;
  }
  await view.run(rawSql("close backup_rows"));
}

export interface RestoreOptions {
  log: Logger;
}

/**
 * Fills the empty database from the file. It may be without tables: then it first gets those of the backup's version, and
 * after the rows the newer migrations, so older backups can be restored too. Returns the rows restored per table.
 * @throws BackupError when the file is damaged, the database is not empty or the two do not fit; nothing has changed then,
 * except that tables may have been made.
 */
export async function restore(
  database: Database,
  path: string,
  options: RestoreOptions,
): Promise<Record<string, number>> {
  const { db } = database;
  const reader = await openBackup(path);
  // The whole file once, before anything is done with what it says.
  for await (const _ of reader.batches()) { /* checks */ }
  const own = await loadMigrations();
  const inBackup = new Map(reader.manifest.migrations.map((m) => [m.number, m.checksum]));
  const strange = reader.manifest.migrations.find((m) =>
    own.find((o) => o.number === m.number)?.checksum !== m.checksum
  );
  if (strange) {
    throw new BackupError(
      `The backup was written by Pulpo ${reader.manifest.version}, whose tables this version does not know ` +
        `(migration ${strange.number}, ${strange.name}). Use that version or a newer one.`,
    );
  }
  await migrate(db, { log: options.log, migrations: own.filter((m) => inBackup.has(m.number)) }).catch((error) => {
    if (error.name !== "MigrationError") throw error;
    throw new BackupError(
      "The database already has the tables of a newer version than the backup. Restore into a database without tables " +
        "(an empty data folder, or a new database on the server).",
      { cause: error },
    );
  });
  const counts = await db.withTx((tx) => fill(tx, path), { timeoutMs: Infinity });
  await migrate(db, { log: options.log, migrations: own });
  return counts;
}

async function fill(tx: Tx, path: string): Promise<Record<string, number>> {
  const known = new Map((await tables(tx)).map((table) => [table.name, table]));
  for (const { name } of known.values()) {
    if (name !== "meta" && await tx.maybe(rawSql(`select 1 from ${quote(name)} limit 1`))) {
      throw new BackupError(`The database is not empty: there are rows in "${name}". Restore only into an empty one.`);
    }
  }
  await tx.run(sql`delete from meta`);
  const foreignKeys = await dropForeignKeys(tx);
  const counts: Record<string, number> = {};
  const reader = await openBackup(path);
  try {
    for await (const { table: name, rows } of reader.batches()) {
      const table = known.get(name);
      if (!table) throw new BackupError(`The backup has a table "${name}" that this database does not have.`);
      await tx.run(insertion(table, `[${rows.join(",")}]`));
      counts[name] = (counts[name] ?? 0) + rows.length;
    }
  } finally {
    await reader.close();
  }
  for (const statement of foreignKeys) await tx.run(rawSql(statement));
  await resetSequences(tx);
  await newEpoch(tx);
  return counts;
}

function insertion(table: Table, rows: string): Sql {
  if (table.name === "events") {
    return sql`insert into events (channel_id, "offset", type, created_at, body)
      select channel_id, "offset", type, created_at, body
      from rows from (json_to_recordset(${rows}::text::json)
        as (channel_id bigint, "offset" bigint, type text, created_at timestamptz, body text)) with ordinality as r
      order by r.ordinality`;
  }
  if (table.name === "event_consumers") {
    // All events are there by now, inserted by this transaction.
    return sql`insert into event_consumers (name, txid, event_id, leased_until)
      select r.name, pg_current_xact_id(), coalesce(
        (select max(id) from (select id from events order by id limit r.events_read) e), 0), now()
      from json_to_recordset(${rows}::text::json) as r (name text, events_read bigint)`;
  }
  const list = (part: (column: Table["columns"][number]) => string) => rawSql(table.columns.map(part).join(", "));
  return sql`insert into ${rawSql(quote(table.name))} (${list((c) => quote(c.name))}) overriding system value
    select ${list((c) => isJson(c.type) ? `${quote(c.name)}::${c.type}` : quote(c.name))}
    from json_to_recordset(${rows}::text::json) as r
      (${list((c) => `${quote(c.name)} ${isJson(c.type) ? "text" : c.type}`)})`;
}

/** Rows come in no particular order, so foreign keys go for the time of the restore; returns what brings them back. */
async function dropForeignKeys(tx: Tx): Promise<string[]> {
  const keys = await tx.rows<{ table: string; name: string; definition: string }>(sql`
    select conrelid::regclass::text as table, conname::text as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`);
  for (const key of keys) await tx.run(rawSql(`alter table ${key.table} drop constraint ${quote(key.name)}`));
  return keys.map((key) => `alter table ${key.table} add constraint ${quote(key.name)} ${key.definition}`);
}

async function resetSequences(tx: Tx): Promise<void> {
  const columns = await tx.rows<{ table: string; column: string; sequence: string }>(sql`
    select c.oid::regclass::text as table, a.attname::text as column,
      pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is not null`);
  for (const { table, column, sequence } of columns) {
    await tx.run(
      rawSql(`select setval('${sequence}', coalesce((select max(${quote(column)}) from ${table}), 0) + 1, false)`),
    );
  }
}

/** True when the database has no rows of its own yet (it may have tables). */
export async function isEmpty(db: Db): Promise<boolean> {
  for (const { name } of await tables(db)) {
    if (name !== "meta" && await db.maybe(rawSql(`select 1 from ${quote(name)} limit 1`))) return false;
  }
  return true;
}
