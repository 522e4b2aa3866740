// Which modules of the console are loaded together. The bundler alone makes a chunk for every set of pages that share a
// module: some forty of a few hundred bytes, each of them a request. So what the first page needs becomes one chunk, and
// what the frame of the signed-in console needs another; what only pages have stays as the bundler splits it.
//
// How: the bundler puts two modules into one chunk when the same entries reach them. Entries that reach a part of a group
// are therefore made to reach all of it, by an import that is put in front of them.
import { resolve } from "node:path";
import type * as esbuild from "esbuild";

/** Group → its modules; entry → the groups to put in front of it. Absolute paths. */
export interface Chunks {
  modules: Record<string, string[]>;
  before: Map<string, string[]>;
}

/** A module that this many pages share comes with the frame, if it is small. */
const SHARED_BY = 3;
const SMALL_BYTES = 6_000;

const START = "console/main.tsx", SIGN_IN = "console/areas/sign_in/pages.ts", INSIDE = "console/app/inside.tsx";

/** @param metafile of a build that was split by the bundler alone; @param root the folder that its paths are relative to */
export function chunksOf({ inputs, outputs }: esbuild.Metafile, root: string): Chunks {
  const entries = new Set([START]);
  for (const { imports } of Object.values(inputs)) {
    for (const { path, kind } of imports) if (kind === "dynamic-import") entries.add(path);
  }
  const reachedBy = new Map<string, Set<string>>();
  for (const entry of entries) {
    const walk = (path: string) => {
      const by = reachedBy.get(path) ?? new Set();
      if (by.has(entry)) return;
      reachedBy.set(path, by.add(entry));
      for (const { path: next, kind } of inputs[path]?.imports ?? []) if (kind === "import-statement") walk(next);
    };
    walk(entry);
  }
  const bytes: Record<string, number> = {};
  for (const [path, output] of Object.entries(outputs)) {
    if (!path.endsWith(".js")) continue;
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) bytes[input] = bytesInOutput;
  }
  const groups: Record<string, string[]> = { core: [], inside: [] };
  for (const [path, by] of reachedBy) {
    if (entries.has(path) || !bytes[path] || path.startsWith("<")) continue; // types, styles, defined names
    const light = inputs[path]!.imports.every(({ path: next, kind }) =>
      kind !== "import-statement" || !next.includes("/npm/") || reachedBy.get(next)?.has(START)
    );
    const small = light && bytes[path] < SMALL_BYTES && path.startsWith("console/");
    if (by.has(START) || (by.has(SIGN_IN) && by.size > 1)) groups.core!.push(path);
    else if (by.has(INSIDE) || (by.size >= SHARED_BY && small)) groups.inside!.push(path);
  }
  const before = new Map<string, string[]>();
  for (const entry of entries) {
    const names = Object.keys(groups).filter((name) => groups[name]!.some((path) => reachedBy.get(path)!.has(entry)));
    before.set(resolve(root, entry), names);
  }
  const modules = Object.fromEntries(
    Object.entries(groups).map(([name, paths]) => [name, paths.sort().map((path) => resolve(root, path))]),
  );
  return { modules, before };
}

/** Puts the imports of their groups in front of the entries. */
export function groupedChunks({ modules, before }: Chunks): esbuild.Plugin {
  return {
    name: "grouped-chunks",
    setup(build) {
      build.onResolve({ filter: /^chunk:/ }, ({ path }) => ({ path: path.slice(6), namespace: "chunk" }));
      build.onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => ({
        contents: modules[path]!.map((module) => `import ${JSON.stringify(module)};`).join("\n"),
        resolveDir: "/",
      }));
      build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
        const names = before.get(path);
        if (!names?.length) return;
        const source = await Deno.readTextFile(path);
        return {
          contents: names.map((name) => `import "chunk:${name}";`).join("") + source,
          loader: path.endsWith("x") ? "tsx" : "ts",
        };
      });
    },
  };
}
