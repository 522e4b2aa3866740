// `pulpo agent`: the agent of this machine. Loads as little as it can: it is there all the time.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  emptyFolder,
  FolderInUse,
  inUse,
  Meter,
  newIdentity,
  readIdentity,
  readSettings,
  readStatus,
  Refused,
  runAgent,
  saveIdentity,
  takeFolder,
  unitText,
} from "../agent/mod.ts";
import { createLogger } from "../kernel/log.ts";
import { dropPermissions, giveBackMemory } from "../server/privileges.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./usage_error.ts";

const help = `pulpo agent: joins this machine to a Pulpo server and keeps the link

  pulpo agent --server URL --join-token T   the first start; stays in the foreground
  pulpo agent                               every later start
  pulpo agent status                        what the agent of this folder does; exit status 0 when it is connected
  pulpo agent service                       prints a systemd unit
  pulpo agent uninstall                     removes the identity and all that the agent wrote

  --dir D      folder of its identity and journal (PULPO_AGENT_DIR; default ./agent)
  --name N     how people call it; default the token's name or the host's
  --user U     service: who it runs as (default pulpo-agent)

Exit status 2: wrong use; 3: the server does not want this agent, and starting again is of no use.
`;

const REFUSED = 3;
/** Not as URLs relative to this module: those are data that the executable carries (tools/program_files.ts). */
const ROOT = resolve(import.meta.dirname!, "..");

/** Flags of each command; without a word it is the agent itself. */
const FLAGS = {
  start: ["dir", "server", "join-token", "name"],
  status: ["dir"],
  service: ["dir", "user"],
  uninstall: ["dir"],
};
type Values = Record<string, string | undefined>;

export const command: Command = { help, run };

async function run(argv: string[]): Promise<number> {
  const { words, flags } = read(argv);
  const word = words[0];
  const dir = resolve(flags.dir ?? Deno.env.get("PULPO_AGENT_DIR") ?? "agent");
  // In the source tree ./agent is code.
  if (dir === resolve(ROOT, "agent")) {
    throw new UsageError(`${dir} is a folder of Pulpo itself. Name another one with --dir.`);
  }
  switch (word) {
    case undefined:
      return await start(dir, flags);
    case "status":
      return await status(dir);
    case "service":
      console.log(unitText({ program: program(), dir, user: flags.user ?? "pulpo-agent" }));
      return 0;
    case "uninstall":
      return await uninstall(dir);
    default:
      throw new UsageError(`There is no "pulpo agent ${word}".\n\n${help}`);
  }
}

async function start(dir: string, { name, "join-token": joinToken, ...flags }: Values): Promise<number> {
  const log = createLogger({ format: Deno.env.get("PULPO_LOG_FORMAT") === "json" ? "json" : "pretty", level: "info" });
  const server = serverOf(flags.server);
  let identity = await readIdentity(dir);
  const mine = identity?.server;
  if (server && mine && server !== mine && identity?.agent_id) {
    throw new UsageError(
      `The agent of ${dir} belongs to ${mine}. Choose another folder with --dir, or end it there: pulpo agent uninstall`,
    );
  }
  if (!identity?.agent_id && !(joinToken && (server ?? mine))) {
    throw new UsageError(`No agent has come in with the folder ${dir} yet: --server and --join-token are needed.`);
  }
  const leave = await taken(dir);
  if (!identity || (server && server !== mine)) await saveIdentity(dir, identity = await newIdentity(server!));
  if (!identity.server.startsWith("https:") && !/^http:\/\/(localhost|127\.|\[::1\])/.test(identity.server)) {
    log.warn("the way to the server is not encrypted; use an address with https://", { server: identity.server });
  }
  const meter = Meter.open(dir);
  // Running programs, foreign functions, code from the network. Reading and writing were granted as a whole, since Deno opens /proc to
  // nobody else, and could be taken back as a whole only: there the unit draws the line.
  giveBackMemory();
  dropPermissions(log);
  const stop = new AbortController();
  for (const name of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`The agent got ${name}.`)));
  }
  try {
    await runAgent({ dir, identity, joinToken, name, meter, log, signal: stop.signal });
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(error.message);
    return REFUSED;
  } finally {
    leave();
  }
}

async function taken(dir: string): Promise<() => void> {
  try {
    return await takeFolder(dir);
  } catch (error) {
    if (error instanceof FolderInUse) throw new UsageError(error.message);
    throw error;
  }
}

async function status(dir: string): Promise<number> {
  const [identity, settings, last, running] = await Promise.all([
    readIdentity(dir),
    readSettings(dir),
    readStatus(dir),
    inUse(dir),
  ]);
  if (!identity?.agent_id) {
    console.log(`No agent has come in with the folder ${dir}.`);
    return 1;
  }
  const state = running ? last?.state ?? "starting" : last?.state === "refused" ? "refused" : "not running";
  const lines: [string, string | undefined][] = [
    ["state", state],
    ["since", running || state === "refused" ? last?.since : undefined],
    ["reason", running || state === "refused" ? last?.reason : undefined],
    ["server", identity.server],
    ["agent", identity.agent_id],
    ["name", settings?.name],
    ["labels", Object.entries(settings?.labels ?? {}).map((pair) => pair.join("=")).join(", ") || undefined],
    ["folder", dir],
  ];
  for (const [name, value] of lines) if (value !== undefined) console.log(`${name.padEnd(8)} ${value}`);
  return running && state === "connected" ? 0 : 1;
}

async function uninstall(dir: string): Promise<number> {
  const identity = await readIdentity(dir);
  if (await inUse(dir)) throw new UsageError("The agent runs. Stop it first (systemctl disable --now pulpo-agent).");
  await emptyFolder(dir);
  console.log(identity ? `The agent of ${dir} is removed.` : `There was no agent in ${dir}.`);
  if (identity?.agent_id) {
    console.log(`${identity.server} still lists it: remove it there too (DELETE /api/v1/agents/${identity.agent_id}).`);
  }
  return 0;
}

/** How this program is started, for the unit. */
function program(): string[] {
  return Deno.build.standalone ? [Deno.execPath()] : [resolve(ROOT, "pulpo")];
}

/** Not by flags.ts, which loads all settings. @throws UsageError */
function read(argv: string[]): { words: string[]; flags: Values } {
  const names = FLAGS[argv[0] as keyof typeof FLAGS] ?? FLAGS.start;
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
    const { positionals, values } = parseArgs({ args: argv, options, allowPositionals: true });
    const empty = Object.keys(values).find((name) => values[name] === "");
    if (empty) throw new Error(`--${empty} needs a value`);
    if (positionals.length > 1) throw new Error(`"${positionals[1]}" is too much`);
    return { words: positionals, flags: values };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${help}`);
  }
}

/** The base address, as the join token's command has it. */
function serverOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new UsageError("--server is the address of the server, such as https://pulpo.example.org");
  }
  return url.href.replace(/\/+$/, "");
}
