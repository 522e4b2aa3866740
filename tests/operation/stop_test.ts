// The whole stop has one deadline: with a consumer, a job in the middle of a transaction, a feature and its memory that
// all hang for ever, the server ends by itself within 10 s, names them, and closes the database cleanly; also when SIGTERM
// comes twice.
import assert from "node:assert/strict";
import { openDatabase } from "../../db/open.ts";
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/log.ts";
import { type ChildServer, freePort, ownerToken, post, startChild } from "../support/child_server.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { openTestDb, testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const PROGRAM = [new URL("../support/hanging_server.ts", import.meta.url).pathname];
const NOTES = 20;
/** What is left alone for so long would not end at all: the deadline is 10 s, the rest is for a busy machine. */
const NEVER_MS = 30_000;

for (const kind of testedKinds()) {
  for (const signals of [1, 2]) {
    const name = `${kind}: parts that hang for ever do not keep the database from closing (SIGTERM ${signals}x)`;
    Deno.test(name, async () => {
      const dataDir = await Deno.makeTempDir({ prefix: "pulpo-stop-" });
      const databaseUrl = kind === "server" ? await databaseFromTemplate() : undefined;
      const server = await startChild(
        {
          PULPO_DATA_DIR: dataDir,
          PULPO_LOG_LEVEL: "debug",
          PULPO_LOG_FORMAT: "json",
          ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
        },
        freePort(),
        PROGRAM,
      );
      try {
        const { token } = await ownerToken(server.url);
        for (let n = 0; n < NOTES; n++) {
          const sent = await post(`${server.url}/notify`, { type: "kept", message: `n${n}` }, token);
          assert.equal(sent.status, 202);
        }
        await post(`${server.url}/notify`, { type: "hang_now", message: "now" }, token);
        await until(() => /the transaction hangs/.test(server.output()), { timeoutMs: 30_000 });
        await endsBySignals(server, signals);
        const hung = partsOf(server.output(), /did not stop in time/);
        for (const part of ["consumers", "feature hanging", "memory of hanging"]) {
          assert.ok(hung.includes(part), `${part}: ${hung}`);
        }
        assert.match(server.output(), /jobs did not end in time.*"hanging\.job"/);
        assert.ok(partsOf(server.output(), /stopped a part/).includes("database"));
        if (kind === "embedded") assert.equal(await stateOfFiles(dataDir), SHUT_DOWN);
        await readAgain(dataDir, databaseUrl);
      } finally {
        await server.kill().catch(() => {});
        await Deno.remove(dataDir, { recursive: true });
      }
    });
  }

  Deno.test(`${kind}: closing a database cuts off a transaction that does not end; what was committed stays`, async () => {
    const dataDir = await Deno.makeTempDir({ prefix: "pulpo-close-" });
    try {
      const database = await openTestDb(kind, kind === "embedded" ? { dataDir } : {});
      await database.db.run(sql`insert into organizations (id, name) values (${newId()}, 'Kept')`);
      let inside = false;
      const hanging = database.db.withTx(async (tx) => {
        await tx.rows(sql`select 1`);
        inside = true;
        await new Promise(() => {});
      }, { timeoutMs: Infinity });
      void hanging.catch(() => {});
      await until(() => inside);
      await database.close(2000);
      await assert.rejects(database.db.rows(sql`select 1`), { code: "unavailable" });
      if (kind === "embedded") assert.equal(await stateOfFiles(dataDir), SHUT_DOWN);
      const again = await openDatabase({ dataDir, databaseUrl: database.url, log: silentLogger });
      assert.deepEqual(await again.db.rows(sql`select name from organizations where name = 'Kept'`), [{
        name: "Kept",
      }]);
      await again.close();
    } finally {
      await Deno.remove(dataDir, { recursive: true });
    }
  });
}

async function endsBySignals(server: ChildServer, count: number): Promise<void> {
  const ended = server.stop();
  if (count === 2) {
    await until(() => /"stopping"/.test(server.output()));
    server.process.kill("SIGTERM");
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const never = new Promise<string>((resolve) => timer = setTimeout(() => resolve("never"), NEVER_MS));
  assert.equal(await Promise.race([ended, never]).finally(() => clearTimeout(timer)), 0, server.output());
}

/** Names of the parts in lines of the log with this message, in order. */
function partsOf(output: string, message: RegExp): string[] {
  return output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter((line) => message.test(line.message)).map((line) => line.part);
}

/** `DB_SHUTDOWNED` of pg_control.h: the engine has written its files to the end, nothing is to be recovered. */
const SHUT_DOWN = 1;

async function stateOfFiles(dataDir: string): Promise<number> {
  const control = await Deno.readFile(`${dataDir}/db/global/pg_control`);
  return new DataView(control.buffer).getUint32(16, true);
}

async function readAgain(dataDir: string, databaseUrl: string | undefined): Promise<void> {
  const database = await openDatabase({ dataDir, databaseUrl, log: silentLogger });
  try {
    const { kept } = await database.db.one<{ kept: number }>(
      sql`select count(*)::int as kept from events where type = 'kept'`,
    );
    assert.equal(kept, NOTES);
    const { never } = await database.db.one<{ never: number }>(
      sql`select count(*)::int as never from organizations where name = 'Never'`,
    );
    assert.equal(never, 0, "the transaction that hung was rolled back");
    if (databaseUrl) {
      const left = await database.db.one<{ left: number }>(sql`
        select count(*)::int as left from pg_stat_activity
        where datname = current_database() and application_name = 'pulpo' and state like 'idle in transaction%'`);
      assert.equal(left.left, 0);
    }
  } finally {
    await database.close();
  }
}
