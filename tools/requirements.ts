// Programs that some test suites need and that npm cannot bring. Found here once, so that tests, the summary of the test
// run and CI agree on what is installed.
import { existsSync } from "node:fs";

/** Path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  const windows = Deno.build.os === "windows";
  for (const folder of (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":")) {
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    if (folder && existsSync(path)) return path;
  }
}

/** Folder with initdb, postgres and pg_ctl: on PATH, or where Debian hides it; the newest version wins. */
export function findPostgresFolder(): string | undefined {
  const onPath = findProgram("postgres");
  if (onPath && findProgram("initdb")) return onPath.slice(0, onPath.lastIndexOf("/"));
  const base = "/usr/lib/postgresql";
  if (!existsSync(base)) return undefined;
  const versions = [...Deno.readDirSync(base)].map((e) => e.name).sort((a, b) => Number(b) - Number(a));
  const version = versions.find((v) => existsSync(`${base}/${v}/bin/initdb`));
  return version && `${base}/${version}/bin`;
}

export interface Requirement {
  name: string;
  /** How the tests that need it say so in their names or reasons. */
  debian: string;
  found: () => boolean;
}

export const REQUIREMENTS: Requirement[] = [
  { name: "PostgreSQL", debian: "postgresql", found: () => findPostgresFolder() !== undefined },
  { name: "Redis", debian: "redis-server", found: () => findProgram("redis-server") !== undefined },
  { name: "Chromium", debian: "chromium", found: () => findChromium() !== undefined },
  { name: "Python 3", debian: "python3-venv python3-pip", found: () => findProgram("python3") !== undefined },
];

export function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(findProgram).find(Boolean);
}
