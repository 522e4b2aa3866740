// What `serve` does to its own process before anything of it runs: it gives up what only other commands need. Web Workers
// keep the permissions that their creator had when it made them, so this comes before the first one.
import { ExplainedError } from "../kernel/explained_error.ts";
import type { Logger } from "../kernel/log.ts";
import type { NeededPaths } from "./needed_paths.ts";

const GIVEN_UP = ["run", "ffi", "import"] as const;

/** Running programs, calling foreign functions, loading code from the network: gone for this process and its Workers. */
export function dropPermissions(log: Logger): void {
  for (const name of GIVEN_UP) {
    const { state } = Deno.permissions.revokeSync({ name });
    if (state === "granted") log.warn("a permission could not be given up", { permission: name });
  }
}

const ROOT = "/";

/**
 * Keeps the permissions for these paths and gives up those for all others. That needs a start with `--allow-read=/
 * --allow-write=/` (deno.json, ./pulpo): what was granted without a path, as `-A` does, Deno takes back as a whole or not
 * at all.
 * @throws ExplainedError when a path is none of those that the start allows
 */
export function keepOnly(paths: NeededPaths, log: Logger): void {
  for (const name of ["read", "write"] as const) {
    for (const path of paths[name]) {
      // A part of what is granted already becomes a grant of its own, which outlives the larger one.
      if (Deno.permissions.requestSync({ name, path }).state === "granted") continue;
      throw new ExplainedError(
        `Pulpo was started without the permission to ${name} ${path}. Start it with ./pulpo serve, or add the folder to ` +
          `--allow-${name} of its start command.`,
      );
    }
    Deno.permissions.revokeSync({ name, path: ROOT });
    // The compiled file is every command and holds all: there the service's unit or the container draws the line.
    const { state } = Deno.permissions.querySync({ name, path: ROOT });
    if (state === "granted" && !Deno.build.standalone && Deno.build.os !== "windows") {
      log.warn("the server may use all files of its user; ./pulpo serve and deno task start allow it its own only", {
        permission: name,
      });
    }
  }
}

/** Parameter number of glibc's `mallopt` for the size from which memory is mapped and given back by itself (malloc.h). */
const M_MMAP_THRESHOLD = -3;
const MAP_FROM_BYTES = 256 * 1024;

/**
 * Tells glibc to hand large blocks back to the system as soon as they are free. By default the limit grows with use, and
 * what starting needed for a moment stays with the process: some 50 MB of 340 (docs/decisions/0010). Needs `ffi`, so it
 * works in the compiled file; from the sources the start command sets MALLOC_MMAP_THRESHOLD_ instead. Elsewhere: nothing.
 */
export function giveBackMemory(): void {
  if (Deno.build.target !== `${Deno.build.arch}-unknown-linux-gnu`) return;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return;
  try {
    const libc = Deno.dlopen("libc.so.6", { mallopt: { parameters: ["i32", "i32"], result: "i32" } });
    libc.symbols.mallopt(M_MMAP_THRESHOLD, MAP_FROM_BYTES);
    libc.close();
  } catch { /* another libc: it keeps its own ways */ }
}
