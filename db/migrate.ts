// Brings the tables to the state this program needs: db/migrations/NNNN_name.sql in order, each in one transaction, its SHA-256
// recorded. Nothing is guessed: a file that was changed after it ran, or a database that is newer than the program, stops.
import { ExplainedError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import { type Db, sql } from "./sql.ts";

export interface Migration {
  number: number;
  name: string;
  script: string;
  /** SHA-256 of the text (line ends as LF), hexadecimal. */
  checksum: string;
}

/** The database and this program do not fit together. `message` says why and what to do. */
export class MigrationError extends ExplainedError {
  override readonly name = "MigrationError";
}

export interface MigrateOptions {
  log: Logger;
  /** Default: the migrations of this program. */
  migrations?: Migration[];
  /** Called once before anything is changed in a database that has data already. */
  beforeChange?: (nextNumber: number) => Promise<void>;
}

/** The migrations that lie beside the code (in the compiled executable too), in order. */
export async function loadMigrations(directory = new URL("./migrations/", import.meta.url)): Promise<Migration[]> {
  const out: Migration[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const match = entry.name.match(/^(\d{4})_([a-z0-9_]+)\.sql$/);
    if (!match) continue;
    const script = (await Deno.readTextFile(new URL(entry.name, directory))).replaceAll("\r\n", "\n");
    out.push({ number: Number(match[1]), name: match[2]!, script, checksum: await checksum(script) });
  }
  out.sort((a, b) => a.number - b.number);
  const twice = out.find((m, i) => m.number === out[i - 1]?.number);
  if (twice) throw new MigrationError(`Two migrations have the number ${twice.number}.`);
  return out;
}

async function checksum(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

/** Runs what is missing. Safe when several instances start at once. Returns the names of what ran. @throws MigrationError */
export async function migrate(db: Db, options: MigrateOptions): Promise<string[]> {
  const migrations = options.migrations ?? await loadMigrations();
  await db.exec(`create table if not exists schema_migrations (
    number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`)
    .catch((error) => {
      // Two instances creating it at once: one of them gets a unique violation in the catalogue, and the table is there.
      if (!["23505", "42P07"].includes(error.code)) throw error;
    });
  const missing = pending(migrations, await appliedMigrations(db));
  if (missing.length && missing.length < migrations.length) await options.beforeChange?.(missing[0]!.number);
  const done: string[] = [];
  for (const migration of missing) {
    if (await apply(db, migration, migrations)) {
      const name = `${String(migration.number).padStart(4, "0")}_${migration.name}`;
      options.log.info("Migration applied", { migration: name });
      done.push(name);
    }
  }
  return done;
}

export interface AppliedMigration {
  number: number;
  name: string;
  checksum: string;
}

/** What the database says it has had, in order. */
export async function appliedMigrations(db: Pick<Db, "rows">): Promise<AppliedMigration[]> {
  return await db.rows<AppliedMigration>(sql`select number, name, checksum from schema_migrations order by number`);
}

/** @throws MigrationError when the database was not made by these migrations. */
function pending(migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((m) => [m.number, m]));
  for (const row of applied) {
    const migration = known.get(row.number);
    if (!migration) {
      throw new MigrationError(
        `The database has migration ${row.number} (${row.name}), which this program does not know: it was used with a newer ` +
          `version of Pulpo. Start that version, or restore a backup made before the update.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `Migration ${row.number} (${row.name}) was changed after it had been applied to this database. ` +
          `Applied migrations are never edited; put the change into a new one.`,
      );
    }
  }
  const last = applied.at(-1)?.number ?? 0;
  const have = new Set(applied.map((row) => row.number));
  const missing = migrations.filter((m) => !have.has(m.number));
  const late = missing.find((m) => m.number < last);
  if (late) {
    throw new MigrationError(
      `Migration ${late.number} (${late.name}) is missing, although the database already has number ${last}. ` +
        `A new migration takes the next free number.`,
    );
  }
  return missing;
}

/** Lock that only migrations of Pulpo take. */
const ADVISORY_LOCK = 7_385_511;

/** False when another instance has just done it. */
async function apply(db: Db, migration: Migration, all: Migration[]): Promise<boolean> {
  // One script, hence one transaction: the lock lasts until its COMMIT. The check inside the lock makes the script fail
  // with 23505 when another instance was faster; nothing has happened then.
  try {
    await db.exec(`begin;
      select pg_advisory_xact_lock(${ADVISORY_LOCK});
      insert into schema_migrations (number, name, checksum)
        values (${migration.number}, '${migration.name}', '${migration.checksum}');
      ${migration.script}
      ;commit;`);
    return true;
  } catch (error) {
    const stillMissing = pending(all, await appliedMigrations(db)).some((m) => m.number === migration.number);
    if (!stillMissing) return false;
    throw new MigrationError(
      `Migration ${migration.number} (${migration.name}) failed and was rolled back: ${
        error instanceof Error ? error.message : error
      }`,
      { cause: error },
    );
  }
}
