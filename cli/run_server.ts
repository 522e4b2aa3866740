// The running server of `pulpo serve`: what a person sees at the first start, and signals.
import { setupLink, setupNeeded } from "../features/accounts/mod.ts";
import type { Logger } from "../kernel/log.ts";
import { VERSION } from "../kernel/version.ts";
import { type RunningServer, type ServerOptions, startServer } from "../server/mod.ts";

/** Serves until a signal comes; returns the exit status. */
export async function runServer(options: ServerOptions): Promise<number> {
  const server = await startServer(options);
  const stopped = untilSignal(server, options.log);
  await announce(server, options.log);
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
  // Orchestrators and shells may send it twice: nothing is skipped then, but nothing gets more time than it must have.
  for (const [name, handler] of handlers) {
    Deno.removeSignalListener(name, handler);
    Deno.addSignalListener(name, () => server.hurry());
  }
  log.info("stopping", { signal });
  await server.stop();
  log.info("stopped");
  return 0;
}
