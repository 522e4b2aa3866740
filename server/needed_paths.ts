// Which files and folders the server needs, as the settings say. docs/decisions/0029 tells how they were found.
import type { Config } from "../kernel/config.ts";
import { parseListenAddress } from "../kernel/listen_address.ts";

export interface NeededPaths {
  /** Folders count with all that is in them. */
  read: string[];
  write: string[];
}

type Env = Record<string, string | undefined>;

/** What connections are made certain with when they begin to be served (kernel/deno_internals.ts). */
const NULL_DEVICE = Deno.build.os === "windows" ? "NUL" : "/dev/null";
const POSTGRES_PORT = "5432";

/** @param env for what the PostgreSQL driver and Deno look up themselves */
export function neededPaths(config: Config, env: Env): NeededPaths {
  const code = new URL("../", import.meta.url);
  const own = [config.dataDir, ...storageFolder(config.storage)];
  const { files, sockets } = postgresPaths(config.databaseUrl, env);
  sockets.push(...listenedPath(config));
  return {
    read: [
      fileOf(code),
      ...packageFolder(),
      NULL_DEVICE,
      ...own,
      ...files,
      ...sockets,
      ...given(env.NODE_EXTRA_CA_CERTS),
    ],
    write: [...own, ...sockets],
  };
}

const given = (path: string | null | undefined): string[] => path ? [path] : [];
/** `/c:/pulpo/` is no path on Windows. */
const fileOf = ({ pathname }: URL): string => decodeURIComponent(pathname).replace(/^\/([a-z]:)/i, "$1");

/** Where Deno keeps packages: code needs no permission, but some read files of their own (WebAssembly, the database). */
function packageFolder(): string[] {
  if (Deno.build.standalone) return []; // they are in the file
  const example = "@electric-sql/pglite";
  const place = import.meta.resolve(example);
  return place.startsWith("file:") ? [fileOf(new URL(place)).split(`/${example}/`)[0]!] : [];
}

function storageFolder(storage: string): string[] {
  return storage.startsWith("file:") ? given(storage.slice("file:".length)) : [];
}

/** The Unix socket of the second listener: made at the start, and taken away when another process left it. */
function listenedPath({ wsPort, host }: Config): string[] {
  const address = wsPort === undefined ? undefined : parseListenAddress(wsPort, host);
  return address && "path" in address ? [address.path] : [];
}

/** Certificates and keys, the file of passwords, and the server's socket where it has one. */
function postgresPaths(databaseUrl: string | undefined, env: Env): { files: string[]; sockets: string[] } {
  if (!databaseUrl) return { files: [], sockets: [] };
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const host = searchParams.get("host") || decodeURIComponent(hostname) || env.PGHOST || "";
  const files = ["sslrootcert", "sslcert", "sslkey"].flatMap((name) => given(searchParams.get(name)));
  const passwords = env.PGPASSFILE ??
    (Deno.build.os === "windows" ? `${env.APPDATA}/postgresql/pgpass.conf` : `${env.HOME}/.pgpass`);
  const number = searchParams.get("port") || port || env.PGPORT || POSTGRES_PORT;
  return { files: [...files, passwords], sockets: host.startsWith("/") ? [`${host}/.s.PGSQL.${number}`] : [] };
}
