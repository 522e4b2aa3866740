// `pulpo serve`: settings, server, what a person sees at the first start, signals, and giving up permissions.
import { setupLink, setupNeeded } from "../features/accounts/mod.ts";
import type { Logger } from "../kernel/log.ts";
import { VERSION } from "../kernel/version.ts";
import { parseArgs } from "./args.ts";
import { dropPermissions, giveBackMemory } from "./privileges.ts";
import { type RunningServer, startServer } from "./server.ts";
import { loggerOf, readConfig, settingsHelp } from "./settings.ts";

/** Everything must be down by then, or the process ends as it is: acknowledged data is safe at any moment. */
const STOP_LIMIT_MS = 10_000;

export const serveHelp = `pulpo serve: runs the server (the default command)

  --config FILE   settings file (default: pulpo.toml in the working directory, if there is one)

Settings: flag, environment variable, meaning. Flags win over the environment, which wins over the file.
${settingsHelp()}
`;

const SWITCHES = ["metrics-public", "trust-proxy"];

export async function serve(argv: string[]): Promise<number> {
  const { flags } = parseArgs(argv, SWITCHES);
  const config = await readConfig(flags);
  const log = loggerOf(config);
  // A mistake in one corner must not end everybody's connections: it is logged loudly instead.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("an error was not handled; please report it", { error: event.reason });
  });
  giveBackMemory();
  dropPermissions(log);
  const server = await startServer({ config, log });
  const stopped = untilSignal(server, log);
  await announce(server, log);
  return await stopped;
}

async function announce({ app, url }: RunningServer, log: Logger): Promise<void> {
  const { config, db } = app;
  log.info("Pulpo is ready", {
    version: VERSION,
    url: app.publicUrl(),
    ...(app.publicUrl() === url ? {} : { listens: url }),
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
