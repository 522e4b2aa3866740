// `pulpo doctor`: looks at everything a start depends on and says what to do about what is wrong. With --url it asks a
// running server instead; that is what the container's health check calls.
import { dirname, resolve } from "node:path";
import { DataDirLocked } from "../db/lock.ts";
import { openDatabase } from "../db/open.ts";
import type { Config } from "../kernel/config.ts";
import { parseListenAddress } from "../kernel/listen_address.ts";
import { silentLogger } from "../kernel/log.ts";
import { createBroker } from "../server/broker.ts";
import { createMailer } from "../workers/mailer.ts";
import { defineCommand } from "./command.ts";
import { hasDatabase } from "./installation.ts";
import { placeOf } from "../server/place.ts";
import { secretFile } from "../server/secret.ts";

interface Finding {
  ok: boolean;
  text: string;
}

const good = (text: string): Finding => ({ ok: true, text });
const bad = (text: string): Finding => ({ ok: false, text });

export const command = defineCommand({
  usage: "doctor",
  does: "checks settings, data folder, database, bus, mail and port",
  flags: {
    url: {
      type: "text",
      value: "URL",
      help: "ask the /health of a running server instead; exit status 0 when it answers and is not down",
    },
  },
  notes: "Takes the settings of pulpo serve. Exit status 1 when something is wrong.\n",
  run: ({ config, values: { url } }) => url === undefined ? lookAtAll(config) : askServer(url),
});

async function lookAtAll(config: Config): Promise<number> {
  const checks: [string, (config: Config) => Promise<Finding>][] = [
    ["data folder", checkDataDir],
    ["database", checkDatabase],
    ["bus", checkBus],
    ["mail", checkMail],
    ["port", (config) => Promise.resolve(checkPort(config.host, config.port, "--port"))],
    ["sockets", checkSockets],
  ];
  console.log("ok    settings    all accepted");
  let failed = false;
  for (const [name, check] of checks) {
    const finding = await check(config).catch((error) => bad(error instanceof Error ? error.message : String(error)));
    failed ||= !finding.ok;
    console.log(`${finding.ok ? "ok  " : "BAD "}  ${name.padEnd(11)} ${finding.text}`);
  }
  return failed ? 1 : 0;
}

async function askServer(url: string): Promise<number> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/health`, { signal: AbortSignal.timeout(5000) });
    const { status, services } = await response.json();
    console.log(`${url}: ${status}`);
    for (const [name, service] of Object.entries(services as Record<string, { status: string }>)) {
      console.log(`  ${name.padEnd(10)} ${service.status}`);
    }
    return response.ok ? 0 : 1;
  } catch (error) {
    console.error(`${url} does not answer: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function checkDataDir({ dataDir }: Config): Promise<Finding> {
  const folder = resolve(dataDir);
  // The folder itself, or the one that it will be made in: a check creates nothing that stays.
  let there = folder;
  while (!await isFolder(there) && dirname(there) !== there) there = dirname(there);
  const probe = await Deno.makeTempFile({ dir: there, prefix: ".doctor-" });
  await Deno.remove(probe);
  if (there !== folder) return good(`${folder} is not there yet; the first start makes it`);
  const path = secretFile(folder), secret = await Deno.stat(path).catch(() => undefined);
  if (secret?.mode && (secret.mode & 0o077) !== 0) {
    return bad(`others may read ${path}; run: chmod 600 ${path}`);
  }
  return good(`${folder} can be written`);
}

const isFolder = (path: string) => Deno.stat(path).then((info) => info.isDirectory, () => false);

async function checkDatabase(config: Config): Promise<Finding> {
  if (!config.databaseUrl && !await hasDatabase(config.dataDir)) {
    return good(`embedded, none in ${placeOf(config)} yet; the first start makes it`);
  }
  try {
    const database = await openDatabase({
      databaseUrl: config.databaseUrl,
      dataDir: config.dataDir,
      pool: 1,
      log: silentLogger,
    });
    try {
      const ms = await database.db.ping();
      return good(`${database.db.kind}, answers in ${ms.toFixed(1)} ms`);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error instanceof DataDirLocked) return good("embedded, in use by a running server");
    throw error;
  }
}

async function checkBus(config: Config): Promise<Finding> {
  if (!config.redisUrl && !config.upstashUrl) return good("in process (one instance)");
  const broker = await createBroker(config, "doctor", silentLogger);
  await broker.start({ onMessages() {}, onLive() {}, onReady() {} });
  try {
    for (let i = 0; i < 30; i++) {
      const { status, kind, latency_ms } = await broker.status();
      if (status === "ok") return good(`${kind}, answers in ${latency_ms?.toFixed(1)} ms`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return bad(
      `${config.redisUrl ? "REDIS_URL" : "UPSTASH_REDIS_REST_URL"} does not answer; check address and password`,
    );
  } finally {
    await broker.close();
  }
}

async function checkMail(config: Config): Promise<Finding> {
  if (!config.smtpUrl) return good("off (set PULPO_SMTP_URL to send mail)");
  const mailer = createMailer(config);
  try {
    await mailer.verify();
    return good("the mail server accepts our sign-in");
  } finally {
    mailer.close();
  }
}

function checkPort(host: string, port: number, flag: string): Finding {
  try {
    Deno.listen({ port, hostname: host }).close();
    return good(`${host}:${port} is free`);
  } catch {
    return good(`${host}:${port} is in use (by a running Pulpo, or choose another with ${flag})`);
  }
}

/** The second listener. */
async function checkSockets({ wsPort, host }: Config): Promise<Finding> {
  const address = wsPort === undefined ? undefined : parseListenAddress(wsPort, host);
  if (!address) return good("WebSockets on the one port alone (PULPO_WS_PORT gives them a listener of their own)");
  if (!("path" in address)) return checkPort(address.hostname, address.port, "--ws-port");
  const folder = dirname(address.path);
  return await isFolder(folder) ? good(address.path) : bad(`the folder ${folder} of PULPO_WS_PORT is not there`);
}
