// Checks the tree against the rules in import_rules.ts; exit code 1 and one line per problem when something breaks them.
//   deno run -A tools/check_imports.ts
import { checkTree } from "./import_rules.ts";

const ROOT = new URL("../", import.meta.url);
const SKIP = new Set(["node_modules", "dist", "data", "docs", ".git", ".ci", "python"]);

/** Every .ts and .tsx file below `folder`, as path → text. */
async function readTree(folder: URL, prefix = "", files = new Map<string, string>()): Promise<Map<string, string>> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory && !SKIP.has(entry.name)) {
      await readTree(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`, files);
    } else if (entry.isFile && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts")) {
      files.set(prefix + entry.name, await Deno.readTextFile(new URL(entry.name, folder)));
    }
  }
  return files;
}

if (import.meta.main) {
  const files = await readTree(ROOT);
  const problems = checkTree(files);
  for (const p of problems) console.error(`${p.path}:${p.line}: ${p.message}`);
  console.log(`${files.size} files, ${problems.length} problems with imports and folder rules`);
  Deno.exit(problems.length ? 1 : 0);
}
