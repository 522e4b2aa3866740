// Programs that some test suites need and that npm cannot bring. Found here once, so that tests, the summary of the test
// run and CI agree on what is installed.
import { existsSync } from "node:fs";
import { available } from "./services.ts";

/** Path of a program on PATH or where Debian keeps server programs, or undefined. */
export function findProgram(name: string): string | undefined {
  const windows = Deno.build.os === "windows";
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(windows ? ";" : ":"), "/usr/sbin"]) {
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    if (folder && existsSync(path)) return path;
  }
}

export interface Requirement {
  name: string;
  /** Packages that bring it on Debian. */
  debian: string;
  found: () => boolean;
}

export const REQUIREMENTS: Requirement[] = [
  { name: "PostgreSQL", debian: "postgresql", found: () => available().postgres },
  { name: "Redis", debian: "redis-server", found: () => available().redis },
  { name: "PgBouncer", debian: "pgbouncer", found: () => findProgram("pgbouncer") !== undefined },
  { name: "Chromium", debian: "chromium", found: () => findChromium() !== undefined },
  { name: "Python 3", debian: "python3-venv python3-pip", found: () => findProgram("python3") !== undefined },
  { name: "nginx", debian: "nginx", found: () => findProgram("nginx") !== undefined },
  { name: "Caddy", debian: "caddy", found: () => findProgram("caddy") !== undefined },
];

export function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(findProgram).find(Boolean);
}
