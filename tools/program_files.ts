// Finds what a compiled executable must carry besides the modules that `deno compile` sees by itself, and what it need not:
//  - Web Workers and data files, which the code names as `new URL("./x", import.meta.url)`;
//  - packages of the lock file that nothing in the product reaches (build tools, browsers, types), and files of the
//    others that do not run (tests, source maps, type declarations).
// Found in the sources and in Deno's own graph, so that nobody keeps a list.

export interface ProgramFiles {
  /** Modules that run as Web Workers. */
  workers: string[];
  /** Files and folders read at run time, relative to the root. */
  assets: string[];
  /** Absolute paths of packages and of parts of packages to leave out. */
  unused: string[];
}

export interface Graph {
  modules: { specifier: string; local?: string; npmPackage?: string }[];
  npmPackages: Record<string, { name: string; dependencies: string[]; localPath: string }>;
}

/** Deno's own graph of a module. @throws Error with what Deno said. */
export async function graphOf(entry: URL): Promise<Graph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry.href],
    cwd: new URL("../", import.meta.url),
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`deno info ${entry.href} failed: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

/** @throws Error when something that the code names does not exist. */
export async function programFiles(entry: URL, root: URL): Promise<ProgramFiles> {
  const workers = new Set<string>(), assets = new Set<string>(), seen = new Set<string>(), packages = new Set<string>();
  let known: Graph["npmPackages"] = {};
  const queue = [entry];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const graph = await graphOf(next);
    known = { ...known, ...graph.npmPackages };
    for (const { specifier, npmPackage } of graph.modules) {
      if (npmPackage) packages.add(npmPackage);
      if (!/^file:.*\.tsx?$/.test(specifier) || seen.has(specifier)) continue;
      seen.add(specifier);
      for (const target of await namedFiles(new URL(specifier))) {
        const relative = target.pathname.slice(root.pathname.length).replace(/\/$/, "");
        if (!/\.tsx?$/.test(relative)) assets.add(relative);
        else if (!workers.has(relative)) {
          workers.add(relative);
          queue.push(target);
        }
      }
    }
  }
  const unused = await unusedFiles(known, reachable(known, packages));
  return { workers: [...workers].sort(), assets: [...assets].sort(), unused };
}

async function namedFiles(module: URL): Promise<URL[]> {
  const text = await Deno.readTextFile(module);
  const found = [...text.matchAll(/new URL\(\s*"(\.{1,2}\/[^"]+)",\s*import\.meta\.url/g)].map((m) =>
    new URL(m[1]!, module)
  );
  for (const file of found) {
    await Deno.stat(file).catch(() => {
      throw new Error(`${module.pathname} names ${file.pathname}, which does not exist`);
    });
  }
  return found;
}

function reachable(known: Graph["npmPackages"], roots: Iterable<string>): Set<string> {
  const out = new Set<string>();
  const queue = [...roots];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (out.has(id) || known[id]?.name.startsWith("@types/")) continue;
    out.add(id);
    queue.push(...known[id]?.dependencies ?? []);
  }
  return out;
}

/** Smaller files are not worth a word on the command line. */
const WORTH_BYTES = 8000;

async function unusedFiles(known: Graph["npmPackages"], used: Set<string>): Promise<string[]> {
  const out: string[] = [];
  for (const [id, { localPath }] of Object.entries(known)) {
    if (!await exists(localPath)) continue;
    if (used.has(id)) out.push(...await idleParts(localPath, await isModule(localPath)));
    else out.push(localPath);
  }
  return out.sort();
}

/** What of a package is for people and tools: source maps, sources and declarations, histories, parts in C. */
const FOR_TOOLS = /\.(map|[cm]?ts|c|md)$/;

/**
 * Parts of a package that do not run: tests, what is for people and tools, and the second form of a module for `require`,
 * where the first is there and the package says that it is modules.
 * The tests of one package (bintrees, under prom-client) hold a file of 100,000 numbers that `deno compile` 2.6 to 2.9
 * takes for JavaScript: one expression so deep that it overflows the stack.
 */
async function idleParts(folder: string, module: boolean): Promise<string[]> {
  const out: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      out.push(...["test", "tests", "__tests__"].includes(name) ? [path] : await idleParts(path, module));
      continue;
    }
    const second = module && /\.cjs$/.test(name) && await exists(path.replace(/cjs$/, "js"));
    const idle = second || FOR_TOOLS.test(name) && !/licen[cs]e/i.test(name);
    if (idle && (await Deno.stat(path)).size >= WORTH_BYTES) out.push(path);
  }
  return out;
}

async function isModule(folder: string): Promise<boolean> {
  return JSON.parse(await Deno.readTextFile(`${folder}/package.json`)).type === "module";
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
