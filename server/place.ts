import { resolve } from "node:path";
import type { Config } from "../kernel/config.ts";

/** Where the data is, for people: the folder, or the database's address without its password. */
export function placeOf({ databaseUrl, dataDir }: Config): string {
  if (!databaseUrl) return resolve(dataDir);
  const { host, pathname } = new URL(databaseUrl);
  return `the PostgreSQL database ${host}${pathname}`;
}
