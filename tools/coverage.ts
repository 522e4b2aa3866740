// Which lines the tests run: `deno task coverage [part of a path …]` is `deno task test` that counts, with a table by folder
// at the end. Nothing is written into the source tree. Workers and servers that tests start as processes of their own count.
// Not counted are what a process did that was killed, and what runs in a browser: the table tells of the console only what
// its tests without a browser run. A file that no test loads is not in the table.
import { addLcov, byFolder, type Covered, type LineHits } from "./lcov.ts";

const ROOT = new URL("../", import.meta.url).pathname;
/** Neither product nor run by these tests: they are the tests. */
const LEFT_OUT = /^(tests|bench|tools|\.)|_test\.tsx?$|_fakes\.ts$/;
/** Runs in a browser. */
const IN_BROWSER = /^console/;

/** `features/chat`, `kernel`; files that lie in the root have no folder. */
function folderOf(file: string): string | undefined {
  if (!file.startsWith(ROOT)) return undefined;
  const path = file.slice(ROOT.length);
  if (LEFT_OUT.test(path)) return undefined;
  const parts = path.split("/").slice(0, -1);
  return parts.slice(0, ["features", "console", "routes"].includes(parts[0]!) ? 2 : 1).join("/") || "main.ts";
}

function line({ folder, files, lines, covered }: Covered): string {
  const percent = lines ? (100 * covered / lines).toFixed(1) : "–";
  return [folder.padEnd(28), String(files).padStart(6), String(lines).padStart(8), percent.padStart(7)].join(" ");
}

function total(folder: string, parts: Covered[]): Covered {
  const sum = (of: (part: Covered) => number) => parts.reduce((all, part) => all + of(part), 0);
  return { folder, files: sum((p) => p.files), lines: sum((p) => p.lines), covered: sum((p) => p.covered) };
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-coverage-" });
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}tools/test.ts`, `--coverage=${folder}`, ...Deno.args],
  }).spawn().status;
  const hits: LineHits = new Map();
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.endsWith(".lcov")) addLcov(hits, await Deno.readTextFile(`${folder}/${name}`));
  }
  await Deno.remove(folder, { recursive: true });
  const folders = byFolder(hits, folderOf);
  const [browser, server] = [true, false].map((is) => folders.filter((f) => IN_BROWSER.test(f.folder) === is));
  console.log(`\n${"folder".padEnd(28)}  files    lines       %`);
  for (const part of folders) console.log(line(part));
  console.log(line(total("console (without a browser)", browser!)));
  console.log(line(total("server", server!)));
  Deno.exit(code);
}
