// Finds what a compiled executable must carry besides the modules that `deno compile` sees by itself: Web Workers and
// data files, which the code names as `new URL("./x", import.meta.url)`. Found in the sources, so that nobody keeps a list.

export interface ProgramFiles {
  /** Modules that run as Web Workers. */
  workers: string[];
  /** Files and folders read at run time. */
  assets: string[];
}

interface Graph {
  modules: { specifier: string; local?: string }[];
}

async function modulesOf(entry: URL): Promise<URL[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry.href],
    cwd: new URL("../", import.meta.url),
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`deno info ${entry.href} failed: ${decoder.decode(stderr)}`);
  const graph: Graph = JSON.parse(decoder.decode(stdout));
  return graph.modules.filter((m) => m.specifier.startsWith("file:") && m.local).map((m) => new URL(m.specifier));
}

/** @throws Error when something that the code names does not exist. */
export async function programFiles(entry: URL, root: URL): Promise<ProgramFiles> {
  const workers = new Set<string>(), assets = new Set<string>(), seen = new Set<string>();
  const queue = [entry];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const module of await modulesOf(next)) {
      if (seen.has(module.href) || !/\.tsx?$/.test(module.pathname)) continue;
      seen.add(module.href);
      const text = await Deno.readTextFile(module);
      for (const [, path] of text.matchAll(/new URL\(\s*"(\.{1,2}\/[^"]+)",\s*import\.meta\.url/g)) {
        const target = new URL(path!, module);
        await Deno.stat(target).catch(() => {
          throw new Error(`${module.pathname} names ${path}, which does not exist`);
        });
        const relative = target.pathname.slice(root.pathname.length).replace(/\/$/, "");
        if (!/\.tsx?$/.test(relative)) assets.add(relative);
        else if (!workers.has(relative)) {
          workers.add(relative);
          queue.push(target);
        }
      }
    }
  }
  return { workers: [...workers].sort(), assets: [...assets].sort() };
}
