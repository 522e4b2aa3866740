// The server with a feature whose parts never end once a notification of the type `hang_now` was sent: a program of its
// own for stop_test.ts. Settings come from the environment.
import { loggerOf, readConfig } from "../../cli/settings.ts";
import { runServer } from "../../cli/run_server.ts";
import { defineFeature } from "../../features/define.ts";
import { sql } from "../../db/sql.ts";

const forever = () => new Promise<void>(() => {});

const hangingFeature = defineFeature({
  name: "hanging",
  permissions: {},
  consumers: [{
    name: "hanging",
    async handle(app, events) {
      if (!events.some((event) => event.type === "hang_now")) return;
      await app.jobs.enqueue("hanging.job", {});
      await forever();
    },
  }],
  jobs: [{
    name: "hanging.job",
    retryLimit: 0,
    // Holds a connection of the database, on the embedded one the only one.
    handle: (app) =>
      app.db.withTx(async (tx) => {
        await tx.run(sql`update organizations set name = 'Never'`);
        app.log.info("the transaction hangs");
        await forever();
      }, { timeoutMs: Infinity }),
  }],
  start: () => forever,
  close: forever,
});

const config = await readConfig({});
Deno.exit(await runServer({ config, log: loggerOf(config), features: [hangingFeature] }));
