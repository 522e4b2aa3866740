// Throw-away PostgreSQL and Redis servers for tests and for development, started on free ports in temporary folders from
// the binaries that are installed (Debian: postgresql, redis-server). Nothing is downloaded, nothing outside the temporary
// folder is touched, and everything ends with `close()`. `restart`, `stop` and `kill` are there for fault tests.
//
//   deno task services       prints DATABASE_URL and REDIS_URL and runs until Ctrl-C

export interface Service {
  readonly url: string;
  readonly port: number;
  /** Its temporary folder. */
  readonly folder: string;
  /** Ends the server in an orderly way; data stays. Clients are cut off. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** stop and start. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Folder with `postgres` and `initdb`, the newest one installed, or null. */
function postgresBinaries(): string | null {
  const candidates: string[] = [];
  for (const root of ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]) {
    try {
      for (const entry of Deno.readDirSync(root)) candidates.push(`${root}/${entry.name}/bin`);
    } catch { /* not on this machine */ }
  }
  candidates.push("/usr/local/bin", "/usr/bin");
  const version = (path: string) => Number(path.match(/(\d+)\/bin$/)?.[1] ?? 0);
  return candidates.sort((a, b) => version(b) - version(a)).find((dir) => isFile(`${dir}/initdb`)) ?? null;
}

function redisBinary(): string | null {
  return ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"].find(isFile) ??
    null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Which servers can be started on this machine. */
export function available(): { postgres: boolean; redis: boolean } {
  return { postgres: postgresBinaries() !== null, redis: redisBinary() !== null };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`. */
function asPostgresUser(command: string[]): string[] {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return command;
  return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...command];
}

async function run(command: string[], cwd?: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) {
    const text = new TextDecoder();
    throw new Error(`${command.join(" ")} failed:\n${text.decode(stdout)}${text.decode(stderr)}`);
  }
}

interface Recipe {
  url: string;
  port: number;
  folder: string;
  command: string[];
  /** Asks the server for a sign of life; throws while there is none. */
  probe(): Promise<void>;
  /** Signal that ends it without waiting for clients. */
  stopSignal: Deno.Signal;
}

async function supervise(recipe: Recipe): Promise<Service> {
  let child: Deno.ChildProcess | undefined;
  const log = `${recipe.folder}/server.log`;
  async function start(): Promise<void> {
    const [program, ...args] = recipe.command;
    const until = performance.now() + 20_000;
    let ended = true;
    for (;;) {
      // After SIGKILL the helpers of a server may hold on to its folder for a moment: the first start can fail.
      if (ended) {
        ended = false;
        // The shell hands the file over and is gone: a pipe that nobody empties would stop a server that logs much.
        child = new Deno.Command("sh", {
          args: ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", log, program!, ...args],
          cwd: recipe.folder,
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        child.status.then(() => ended = true);
      }
      try {
        await recipe.probe();
        return;
      } catch (error) {
        if (performance.now() > until) {
          throw new Error(`${program} did not start:\n${await Deno.readTextFile(log)}`, { cause: error });
        }
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  async function end(signal: Deno.Signal): Promise<void> {
    if (!child) return;
    const ending = child;
    child = undefined;
    try {
      ending.kill(signal);
    } catch { /* has ended already */ }
    await ending.status;
  }
  await start();
  return {
    url: recipe.url,
    port: recipe.port,
    folder: recipe.folder,
    start,
    stop: () => end(recipe.stopSignal),
    kill: () => end("SIGKILL"),
    async restart() {
      await end(recipe.stopSignal);
      await start();
    },
    async close() {
      await end(recipe.stopSignal);
      await Deno.remove(recipe.folder, { recursive: true }).catch(() => {});
    },
  };
}

/**
 * A new, empty PostgreSQL server; `url` names its database `postgres`.
 * @param more settings
 * @param parent folder for its own; default: that of temporary files
 * @throws when it is not installed
 */
export async function startPostgres(more: Record<string, string> = {}, parent?: string): Promise<Service> {
  const binaries = postgresBinaries();
  if (!binaries) throw new Error("PostgreSQL is not installed (Debian: apt-get install postgresql).");
  const folder = await Deno.makeTempDir({ prefix: "pulpo-postgres-", dir: parent });
  if (Deno.build.os !== "windows" && Deno.uid() === 0) await run(["chown", "postgres:", folder]);
  const data = `${folder}/data`;
  await run(
    asPostgresUser([
      ...[`${binaries}/initdb`, "-D", data, "-U", "pulpo", "-A", "trust", "-E", "UTF8", "--no-sync"],
      // Whatever the caller's language: without one, lower('Ñ') would stay as it is.
      `--locale=${Deno.build.os === "darwin" ? "en_US.UTF-8" : "C.UTF-8"}`,
    ]),
    folder,
  );
  const port = freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    max_connections: 200,
    shared_buffers: "64MB",
    // The machine does not crash in tests, processes do; without fsync they are quick.
    fsync: "off",
    full_page_writes: "off",
    // In its folder, where it goes with it: what lies in /dev/shm stays for ever after SIGKILL.
    dynamic_shared_memory_type: "mmap",
    ...more,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return await supervise({
    url: `postgres://pulpo@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command: asPostgresUser([`${binaries}/postgres`, "-D", data, ...options]),
    // Fast shutdown: SIGTERM would wait for clients.
    stopSignal: "SIGINT",
    probe: () => run([`${binaries}/pg_isready`, "-h", "127.0.0.1", "-p", String(port), "-q"]),
  });
}

/** A new, empty Redis server. @throws when it is not installed. */
export async function startRedis(): Promise<Service> {
  const binary = redisBinary();
  if (!binary) throw new Error("Redis is not installed (Debian: apt-get install redis-server).");
  const folder = await Deno.makeTempDir({ prefix: "pulpo-redis-" });
  const port = freePort();
  return await supervise({
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    command: [binary, "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
    stopSignal: "SIGTERM",
    async probe() {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      try {
        await connection.write(new TextEncoder().encode("PING\r\n"));
        const answer = new Uint8Array(64);
        const n = await connection.read(answer);
        if (!new TextDecoder().decode(answer.subarray(0, n ?? 0)).startsWith("+PONG")) throw new Error("not ready");
      } finally {
        connection.close();
      }
    },
  });
}

/**
 * A PgBouncer in front of `server`, as the package brings it: no setting but addresses, trust and what is given.
 * @param settings for instance `{ pool_mode: "transaction" }`; its default is session
 * @throws when it is not installed
 */
export async function startPgBouncer(
  server: Pick<Service, "port">,
  settings: Record<string, string> = {},
): Promise<Service> {
  const binary = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"].find(isFile);
  if (!binary) throw new Error("PgBouncer is not installed (Debian: apt-get install pgbouncer).");
  const folder = await Deno.makeTempDir({ prefix: "pulpo-pgbouncer-" });
  const port = freePort();
  await Deno.writeTextFile(`${folder}/users.txt`, '"pulpo" ""\n');
  const lines = Object.entries({
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: `${folder}/users.txt`,
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  await Deno.writeTextFile(
    `${folder}/pgbouncer.ini`,
    `[databases]\n* = host=127.0.0.1 port=${server.port}\n[pgbouncer]\n${lines.join("\n")}\n`,
  );
  if (Deno.build.os !== "windows" && Deno.uid() === 0) await run(["chown", "-R", "postgres:", folder]);
  return await supervise({
    url: `postgres://pulpo@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command: asPostgresUser([binary, `${folder}/pgbouncer.ini`]),
    stopSignal: "SIGTERM",
    async probe() {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    },
  });
}

async function main(): Promise<void> {
  const can = available();
  const running: Service[] = [];
  const lines: [name: string, missing: string, start: (() => Promise<Service>) | null][] = [
    ["DATABASE_URL", "PostgreSQL is not installed", can.postgres ? startPostgres : null],
    ["REDIS_URL", "Redis is not installed", can.redis ? startRedis : null],
  ];
  for (const [name, missing, start] of lines) {
    if (!start) {
      console.error(missing);
      continue;
    }
    const service = await start();
    running.push(service);
    console.log(`${name}=${service.url}`);
  }
  if (running.length === 0) Deno.exit(1);
  console.error("Running until Ctrl-C; the data goes with it.");
  const end = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", end.resolve);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", end.resolve);
  await end.promise;
  await Promise.all(running.map((service) => service.close()));
}

if (import.meta.main) {
  await main();
  Deno.exit(0);
}
