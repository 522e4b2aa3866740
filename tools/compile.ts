// `deno task compile` → dist/pulpo: builds the console and the database template, then one executable with code, workers,
// migrations, console and PGlite's files.
//   deno task compile [--target x86_64-pc-windows-msvc] [--output dist/pulpo] [--deno <program>]
// The base of the executable comes from Deno's own download server. Where that is out of reach, DENORT_BIN may name any
// executable that `compile` of the same Deno version made; --deno then names that version (see tools/check_compiled.ts).
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { buildConsole } from "./build_console.ts";
import { buildTemplate } from "./build_template.ts";
import { packEngine } from "./pack_engine.ts";
import { programFiles } from "./program_files.ts";

const ROOT = new URL("../", import.meta.url);

/** All: the file is every command, the agent too. `serve` gives up what it does not need before it starts anything. */
const PERMISSIONS = ["--allow-all"];

export interface CompileOptions {
  output: string;
  target?: string;
  /** Program and first arguments that start Deno; default: the Deno that runs this. */
  deno?: string[];
  /** Base executable, as DENORT_BIN would name it. */
  base?: string;
  /** A module that runs before everything else (see old_runtime.ts). */
  preload?: string;
  /** Do not show what is embedded. */
  quiet?: boolean;
}

/** @throws Error with what `deno compile` said when it fails. */
export async function compile(
  { output, target, deno = [Deno.execPath()], base, preload, quiet }: CompileOptions,
): Promise<void> {
  await buildConsole();
  await buildTemplate();
  const packed = await packEngine();
  const { workers, assets, unused } = await programFiles(new URL("main.ts", ROOT), ROOT);
  const [program, ...first] = deno;
  const args = [
    ...first,
    "compile",
    "--no-check",
    "--no-prompt",
    // The young heap starts small and only hot WebAssembly is compiled a second time: some 40 MB less after start
    // (deno.json has the same for `start`; docs/decisions/0010).
    "--v8-flags=--min-semi-space-size=1,--max-semi-space-size=4,--wasm-tiering-budget=200000000",
    ...PERMISSIONS,
    ...[...workers, ...assets].flatMap((path) => ["--include", path]),
    ...[...unused, ...packed].flatMap((path) => ["--exclude", path]),
    ...(preload ? ["--preload", preload] : []),
    ...(target ? ["--target", target] : []),
    "--output",
    output,
    "main.ts",
  ];
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args,
    cwd: ROOT,
    env: base ? { DENORT_BIN: base } : {},
    stdout: "piped",
    stderr: "piped",
  })
    .output();
  const decoder = new TextDecoder();
  const said = (decoder.decode(stdout) + decoder.decode(stderr)).trim();
  if (!success) throw new Error(`deno compile failed:\n${said}`);
  if (!quiet) console.log(said);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { output: { type: "string" }, target: { type: "string" }, deno: { type: "string" } },
  });
  const windows = (values.target ?? Deno.build.target).includes("windows");
  const output = values.output ?? fileURLToPath(new URL(`dist/pulpo${windows ? ".exe" : ""}`, ROOT));
  try {
    await compile({ output, target: values.target, deno: values.deno?.split(" ") });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(
      "\nIf the base could not be downloaded: set DENORT_BIN to an executable that `deno compile` of the same version made, " +
        "and give that Deno with --deno. `deno task compile:check` shows how.",
    );
    Deno.exit(1);
  }
  const { size } = await Deno.stat(output);
  console.log(`\n${output}: ${(size / 1e6).toFixed(0)} MB`);
}
