// `deno task bench` and `pulpo bench`: measures the real server and what is installed beside it, prints one table, and
// writes it as JSON; from the source tree also as docs/benchmarks.md.
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { PARTS, runBench } from "./run.ts";
import { benchmarkPage, plainTable, tableOf } from "./report.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const help = `pulpo bench: measures this machine with the real server (a few minutes, one core of load)

  --quick         a smoke run of a few seconds; its figures mean nothing
  --only A,B      parts to run: ${PARTS.join(", ")} (search only when it is named: it writes a million messages)
  --no-rivals     leave out nginx with nchan and Node ws
  --no-page       do not write docs/benchmarks.md
  --out FILE      where the JSON goes (default: bench/results/, or the working directory)
`;

/** @returns the exit status: 0 also when a goal was missed; the table says so. @throws Error when a part fails. */
export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: "boolean", default: false },
      out: { type: "string" },
      only: { type: "string" },
      "no-rivals": { type: "boolean", default: false },
      "no-page": { type: "boolean", default: false },
    },
  });
  const report = await runBench({
    quick: values.quick,
    rivals: !values["no-rivals"],
    only: values.only?.split(","),
    progress: (text) => console.error(text),
  });
  console.log(plainTable(tableOf(report.figures)));
  if ((report.stolen ?? 0) > 1) {
    console.log(
      `\n${report.stolen!.toFixed(0)} % of the processor time went to other machines of this host meanwhile.`,
    );
  }
  const out = values.out ?? await defaultOut(report.date);
  await Deno.writeTextFile(out, JSON.stringify(report, null, 2) + "\n");
  console.log(`\nwritten: ${out}`);
  if (!values.quick && !values.only && !values["no-page"] && !Deno.build.standalone) {
    const page = `${ROOT}docs/benchmarks.md`;
    await Deno.writeTextFile(page, benchmarkPage(report));
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", page], cwd: ROOT }).output();
  }
  return 0;
}

async function defaultOut(date: string): Promise<string> {
  const name = `${date.slice(0, 19).replace(/[:T]/g, "-")}.json`;
  if (Deno.build.standalone) return `pulpo-bench-${name}`;
  const folder = `${ROOT}bench/results`;
  await Deno.mkdir(folder, { recursive: true });
  return `${folder}/${name}`;
}

if (import.meta.main) Deno.exit(await run(Deno.args));
