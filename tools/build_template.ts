// Makes the template of the embedded database (db/template.ts) if this engine version has none yet. `deno task start` and
// `deno task compile` call it; a server without a template initialises its first database itself.
import { openDatabase } from "../db/open.ts";
import { packTemplate, templateUrl } from "../db/template.ts";
import { silentLogger } from "../kernel/log.ts";
import { openJobs } from "../workers/jobs.ts";

/** @returns false when it was there. */
export async function buildTemplate(): Promise<boolean> {
  const target = await templateUrl();
  if (await Deno.stat(target).catch(() => undefined)) return false;
  await Deno.remove(new URL(".", target), { recursive: true }).catch(() => {}); // those of other versions
  console.log("database template: making it, once for this version (some seconds) …");
  const folder = await Deno.makeTempDir({ prefix: "pulpo-template-" });
  try {
    const database = await openDatabase({ dataDir: folder, log: silentLogger });
    await database.migrate();
    const jobs = await openJobs({ db: database.db, log: silentLogger }, []);
    await jobs.stop();
    await database.db.exec("vacuum (freeze, analyze)");
    await database.db.exec("checkpoint");
    await database.close();
    await packTemplate(`${folder}/db`, target);
    return true;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const started = performance.now();
  if (await buildTemplate()) {
    const { size } = await Deno.stat(await templateUrl());
    console.log(
      `database template: ${(size / 1e6).toFixed(1)} MB in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
  Deno.exit(0);
}
