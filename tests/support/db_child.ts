// A process of its own on an embedded data folder, for tests/operation/db_faults_test.ts: writes one event per transaction, eight at
// once, and prints a line for each acknowledged one; it is meant to be killed. Argument: the data folder.
import { openDatabase } from "../../db/open.ts";
import { DataDirLocked } from "../../db/lock.ts";
import { sql } from "../../db/sql.ts";
import { silentLogger } from "../../kernel/log.ts";
import { anyChannel } from "../chat/any_channel.ts";

const ORG = "018f0000-0000-7000-8000-000000000001";
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));

try {
  const database = await openDatabase({ dataDir: Deno.args[0]!, log: silentLogger });
  await database.migrate();
  await database.db.exec("create table if not exists written (n bigint primary key)");
  const { n: start } = await database.db.one(sql`select coalesce(max(n), 0) as n from written`);
  let next = start;
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (;;) {
      const n = ++next;
      const event = await database.db.withTx(async (tx) => {
        await tx.run(sql`insert into written values (${n})`);
        return tx.emit({ organizationId: ORG, channel: anyChannel("a"), type: "test", data: n });
      });
      say(`${event.offset} ${n}`);
    }
  }));
} catch (error) {
  if (!(error instanceof DataDirLocked)) throw error;
  say(`locked ${error.message}`);
  Deno.exit(3);
}
