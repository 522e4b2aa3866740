// What the databases do when things break: kill -9 in the middle of writing, two processes on one folder, an engine that
// stops, a server that is restarted or killed under load.
import assert from "node:assert/strict";
import { AppError } from "../../kernel/errors.ts";
import { silentLogger } from "../../kernel/log.ts";
import { DataDirLocked } from "../../db/lock.ts";
import { loadMigrations, migrate } from "../../db/migrate.ts";
import { openDatabase } from "../../db/open.ts";
import { copyFolder, saveDataDir } from "../../db/snapshot.ts";
import { asEmbedded } from "../../db/embedded.ts";
import { RefusedDatabase } from "../../db/server_refusal.ts";
import { sql } from "../../db/sql.ts";
import { startPostgres } from "../../tools/services.ts";
import { anyChannel } from "../chat/any_channel.ts";
import { copyOfTemplate, logEvents, openTestDb, testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const ORG = "018f0000-0000-7000-8000-000000000001";

function writer(dataDir: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("../support/db_child.ts", import.meta.url).href, dataDir],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Collects lines until the process ends; `onLine` sees how many there are. */
async function lines(child: Deno.ChildProcess, onLine: (count: number) => void): Promise<string[]> {
  const out: string[] = [];
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    for (const line of parts) {
      out.push(line);
      onLine(out.length);
    }
  }
  return out; // the last, half line was not acknowledged as a whole
}

Deno.test("embedded: what was acknowledged survives kill -9, several times", async () => {
  const dataDir = await copyOfTemplate();
  const acknowledged = new Map<number, number>();
  for (let round = 1; round <= 3; round++) {
    const child = writer(dataDir);
    const written = await lines(child, (count) => {
      if (count === 400 * round) child.kill("SIGKILL");
    });
    assert.equal((await child.status).signal, "SIGKILL");
    for (const line of written) {
      const [offset, n] = line.split(" ").map(Number);
      assert.ok(!acknowledged.has(offset!), `offset ${offset} was given twice`);
      acknowledged.set(offset!, n!);
    }
    await using database = await openTestDb("embedded", { dataDir });
    const stored = await logEvents(database.eventSource, ORG, "a", 0, 100_000);
    assert.deepEqual(stored.map((e) => e.offset), stored.map((_, i) => i + 1), "no gaps");
    const byOffset = new Map(stored.map((e) => [e.offset, JSON.parse(e.body).data]));
    for (const [offset, n] of acknowledged) assert.equal(byOffset.get(offset), n, `offset ${offset}`);
    const { n } = await database.db.one(sql`select count(*) as n from written`);
    assert.equal(n, stored.length, "rows and events are written together");
  }
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("embedded: a second process on the same folder is refused, and told by whom", async () => {
  const dataDir = await copyOfTemplate();
  const child = writer(dataDir);
  let refused: string[] = [];
  await lines(child, async (count) => {
    if (count !== 1) return;
    try {
      await assert.rejects(
        openDatabase({ dataDir, log: silentLogger }),
        (error) =>
          error instanceof DataDirLocked && error.pid === child.pid && error.message.includes(`pid ${child.pid}`),
      );
      const second = writer(dataDir);
      refused = await lines(second, () => {});
      assert.equal((await second.status).code, 3);
    } finally {
      child.kill("SIGKILL");
    }
  });
  await child.status;
  assert.match(refused[0]!, /Another Pulpo/);
  // The lock ended with the process.
  await (await openTestDb("embedded", { dataDir })).close();
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("embedded: one process cannot open a folder twice, but again after closing", async () => {
  const first = await openTestDb("embedded");
  await assert.rejects(openDatabase({ dataDir: first.dataDir, log: silentLogger }), DataDirLocked);
  await first.close();
});

Deno.test("embedded: an engine that stops fails all calls at once and ping too", async () => {
  const workers: Worker[] = [];
  const Original = globalThis.Worker;
  globalThis.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      workers.push(this);
    }
  };
  try {
    await using database = await openTestDb("embedded");
    const { db } = database;
    const running = Array.from({ length: 5 }, () => db.rows(sql`select pg_sleep(0.01)`));
    const open = db.withTx(async (tx) => {
      await tx.rows(sql`select 1`);
      workers.at(-1)!.postMessage({ kind: "wire", bytes: null });
      await until(() => tx.rows(sql`select 1`).then(() => false, () => true));
      await tx.rows(sql`select 1`);
    });
    const waiting = db.rows(sql`select 1`);
    assert.ok((await Promise.allSettled(running)).every((r) => r.status === "fulfilled"));
    const isUnavailable = (error: unknown) => error instanceof AppError && error.code === "unavailable";
    await assert.rejects(open, isUnavailable);
    await assert.rejects(waiting, isUnavailable);
    await assert.rejects(db.ping(), isUnavailable);
    await assert.rejects(db.withTx((tx) => tx.rows(sql`select 1`)), isUnavailable);
  } finally {
    globalThis.Worker = Original;
  }
});

Deno.test("embedded: data is copied before a migration changes it, the newest three copies stay", async () => {
  await using database = await openTestDb("embedded");
  const { db, dataDir } = database;
  await db.withTx((tx) =>
    Promise.resolve(tx.emit({ organizationId: ORG, channel: anyChannel("a"), type: "test", data: 1 }))
  );
  const own = await loadMigrations();
  const number = own.at(-1)!.number + 1;
  const copies: string[] = [];
  await migrate(db, {
    log: silentLogger,
    migrations: [...own, { number, name: "drop", script: "drop table events", checksum: "x" }],
    beforeChange: async (next) => void copies.push(await saveDataDir(asEmbedded(db), dataDir, next)),
  });
  assert.match(copies[0]!, new RegExp(`before-${String(number).padStart(4, "0")}-\\d{8}T\\d{6}Z$`));
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  await copyFolder(copies[0]!, `${folder}/db`);
  await Deno.remove(copies[0]!, { recursive: true });
  const old = await openTestDb("embedded", { dataDir: folder });
  assert.equal((await logEvents(old.eventSource, ORG, "a", 0, 10)).length, 1);
  await old.close();
  await Deno.remove(folder, { recursive: true });
  for (let i = 0; i < 4; i++) {
    await Deno.mkdir(`${dataDir}/backups/before-0001-2020010${i}T000000Z`, { recursive: true });
  }
  await saveDataDir(asEmbedded(db), dataDir, number);
  const left = [...Deno.readDirSync(`${dataDir}/backups`)].map((entry) => entry.name).sort();
  assert.deepEqual(left.slice(0, 2), ["before-0001-20200102T000000Z", "before-0001-20200103T000000Z"]);
  assert.equal(left.length, 3);
});

if (testedKinds().includes("server")) {
  Deno.test("server: restarted and killed under load, calls fail cleanly and recover, nothing acknowledged is lost", async () => {
    const service = await startPostgres();
    try {
      await using database = await openTestDb("server", { databaseUrl: service.url });
      const { db, eventSource } = database;
      const acknowledged: number[] = [];
      const codes = new Set<string>();
      let stop = false;
      const load = Array.from({ length: 20 }, async () => {
        while (!stop) {
          try {
            const event = await db.withTx(async (tx) => {
              await tx.rows(sql`select pg_sleep(0.002)`);
              return tx.emit({ organizationId: ORG, channel: anyChannel("a"), type: "test", data: 1 });
            });
            acknowledged.push(event.offset);
          } catch (error) {
            assert.ok(error instanceof AppError, String(error));
            codes.add(error.code);
          }
        }
      });
      const more = async () => {
        const before = acknowledged.length;
        await until(() => acknowledged.length > before + 50, { timeoutMs: 20_000 });
      };
      await more();
      await service.restart();
      await more();
      await service.kill();
      await assert.rejects(db.ping(), (error) => error instanceof AppError && error.code === "unavailable");
      await assert.rejects(
        db.rows(sql`select 1`),
        (error) => error instanceof AppError && error.code === "unavailable",
      );
      await service.start();
      await more();
      assert.ok(await db.ping() < 2000);
      stop = true;
      await Promise.all(load);
      assert.deepEqual([...codes], ["unavailable"]);
      const stored = new Set((await logEvents(eventSource, ORG, "a", 0, 1_000_000)).map((e) => e.offset));
      assert.ok(acknowledged.every((offset) => stored.has(offset)));
      assert.equal(new Set(acknowledged).size, acknowledged.length);
    } finally {
      await service.close();
    }
  });

  Deno.test("server: an address where nobody listens, a wrong password, a silent server", async () => {
    const open = (databaseUrl: string) => openDatabase({ databaseUrl, dataDir: "", log: silentLogger });
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const says = (words: RegExp) => (error: unknown) => error instanceof RefusedDatabase && words.test(error.message);
    await assert.rejects(open(`postgres://x@127.0.0.1:${silent.addr.port}/x`), says(/does not answer within 5 s/));
    const { port } = silent.addr;
    silent.close();
    await assert.rejects(open(`postgres://x@127.0.0.1:${port}/x`), says(/Nothing listens at/));
  });
}
