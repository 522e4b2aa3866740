// Copies of the embedded database's folder, taken while nobody writes: a checkpoint, then the files.
import type { EmbeddedDb } from "./embedded.ts";

const KEPT = 3;

/** Copies `<dataDir>/db` to `<dataDir>/backups/before-NNNN-<time>`, keeps the newest three; returns the copy's path. */
export async function saveDataDir(db: EmbeddedDb, dataDir: string, nextMigration: number): Promise<string> {
  const parent = `${dataDir}/backups`;
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  const target = `${parent}/before-${String(nextMigration).padStart(4, "0")}-${time}`;
  await copyDatabase(db, `${dataDir}/db`, target);
  const copies: { path: string; time: string }[] = [];
  for await (const entry of Deno.readDir(parent)) {
    const match = entry.name.match(/^before-\d{4}-(\w+)$/);
    if (match) copies.push({ path: `${parent}/${entry.name}`, time: match[1]! });
  }
  copies.sort((a, b) => (a.time < b.time ? 1 : -1));
  for (const old of copies.slice(KEPT)) await Deno.remove(old.path, { recursive: true });
  return target;
}

/** Copies the database in `source`, which `db` has open, to the new folder `target`; writers wait meanwhile. */
export async function copyDatabase(db: EmbeddedDb, source: string, target: string): Promise<void> {
  await db.exec("checkpoint");
  await db.alone(() => copyFolder(source, target));
}

/** Copies files and folders, not links. */
export async function copyFolder(source: string, target: string): Promise<void> {
  await Deno.mkdir(target, { recursive: true, mode: 0o700 });
  for await (const entry of Deno.readDir(source)) {
    const from = `${source}/${entry.name}`, to = `${target}/${entry.name}`;
    if (entry.isDirectory) await copyFolder(from, to);
    else if (entry.isFile) await Deno.copyFile(from, to);
  }
}
