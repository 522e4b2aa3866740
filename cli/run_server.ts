// The running server of `pulpo serve`: what a person sees at the first start, and signals.
import { setupLink, setupNeeded } from "../features/accounts/mod.ts";
import type { Config } from "../kernel/config.ts";
import type { Logger } from "../kernel/log.ts";
import { VERSION } from "../kernel/version.ts";
import { type RunningServer, startServer } from "./server.ts";

/** Everything must be down by then, or the process ends as it is: acknowledged data is safe at any moment. */
const STOP_LIMIT_MS = 10_000;

/** Serves until a signal comes; returns the exit status. */
export async function runServer(config: Config, log: Logger): Promise<number> {
  const server = await startServer({ config, log });
  const stopped = untilSignal(server, log);
  await announce(server, log);
  return await stopped;
}

async function announce({ app, url, socketUrl }: RunningServer, log: Logger): Promise<void> {
  const { config, db } = app;
  log.info("Pulpo is ready", {
    version: VERSION,
    url: app.publicUrl(),
    ...(app.publicUrl() === url ? {} : { listens: url }),
    ...(socketUrl ? { sockets: socketUrl } : {}),
    database: db.kind,
    bus: config.redisUrl ? "redis" : config.upstashUrl ? "upstash" : "memory",
    start_ms: Math.round(app.uptimeSeconds() * 1000),
  });
  if (!(await setupNeeded(app))) return;
  // Printed, not logged: the link is a secret, and logs are kept.
  console.log(
    `\n  No owner yet. Open this link once to create the first account:\n\n    ${await setupLink(app)}\n\n` +
      `  A new one: ${app.commandLine("user setup-link")}\n` +
      `  Example data to look around in instead: ${app.commandLine("demo")}\n`,
  );
}

async function untilSignal(server: RunningServer, log: Logger): Promise<number> {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  const handlers = signals.map((signal) => [signal, () => resolve(signal)] as const);
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  const signal = await promise;
  // A second signal ends the process at once.
  for (const [name, handler] of handlers) {
    Deno.removeSignalListener(name, handler);
    Deno.addSignalListener(name, () => Deno.exit(1));
  }
  log.info("stopping", { signal });
  const limit = setTimeout(() => {
    log.error("stopping took too long; ending now");
    Deno.exit(1);
  }, STOP_LIMIT_MS);
  await server.stop();
  clearTimeout(limit);
  log.info("stopped");
  return 0;
}
