// Packs the embedded engine's two large files for the compiled file (db/engine_files.ts).
import { packedFile } from "../db/engine_files.ts";
import { graphOf } from "./program_files.ts";

const NAMES = ["pglite.wasm", "pglite.data"] as const;

/** @returns the originals, which the executable need not carry. @throws Error when the package is not what we know. */
export async function packEngine(): Promise<string[]> {
  const { npmPackages } = await graphOf(new URL("../db/pglite_worker.ts", import.meta.url));
  const engine = Object.values(npmPackages).find(({ name }) => name === "@electric-sql/pglite");
  if (!engine) throw new Error("the embedded engine is not among the packages of db/pglite_worker.ts");
  const originals = NAMES.map((name) => `${engine.localPath}/dist/${name}`);
  await Deno.mkdir(new URL(".", packedFile(NAMES[0])), { recursive: true });
  for (const [i, name] of NAMES.entries()) {
    const [source, target] = [await Deno.open(originals[i]!), await Deno.create(packedFile(name))];
    await source.readable.pipeThrough(new CompressionStream("gzip")).pipeTo(target.writable);
  }
  return originals;
}
