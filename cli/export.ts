// `pulpo export FILE`: everything an organisation has, in one zip archive of documented files. docs/export_format.md.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { admin } from "./admin.ts";
import { parseArgs, UsageError } from "./args.ts";
import type { FileSink } from "../server/commands/file_answer.ts";
import { showBar } from "./progress.ts";
import { saveFile, sinkOf } from "./save_file.ts";
import { splitFlags } from "./settings.ts";
import { runToEnd } from "./transfer.ts";

const SWITCHES = ["no-files", "no-private", "no-direct"];

export const help = `pulpo export FILE [options]: writes everything of an organisation into one zip archive

  --organization NAME  which one, when there are several
  --no-files           without the files of messages
  --no-private         without private channels
  --no-direct          without direct conversations

Works while the server runs and without it. For a copy of the whole installation: pulpo backup.
Also takes the settings of pulpo serve (--data-dir, …).
`;

export async function run(argv: string[]): Promise<number> {
  const { words: [file, ...more], flags } = parseArgs(argv, SWITCHES);
  if (!file || more.length) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, [...SWITCHES, "organization"]);
  const organization: Record<string, string> = typeof own.organization === "string"
    ? { organization: own.organization }
    : {};
  const done = await runToEnd(config, "export", {
    ...organization,
    options: JSON.stringify({
      include_files: !own["no-files"],
      include_private: !own["no-private"],
      include_direct: !own["no-direct"],
    }),
  });
  const chosen = { ...organization, id: done.id };
  await saveFile(resolve(file), async (saver) => {
    const hash = createHash("sha256"), sink = sinkOf(saver, "saving");
    const gives: FileSink = { ...sink, write: (bytes) => (hash.update(bytes), sink.write(bytes)) };
    await admin(config, { name: "export save", flags: chosen }, { gives });
    showBar({ phase: "saving", done: 1, total: 1 }, true);
    if (saver.size !== done.size || hash.digest("hex") !== done.sha256) {
      throw new UsageError("Other bytes came than the server has. Nothing was saved; try again.", 1);
    }
  });
  await admin(config, { name: "export saved", flags: chosen });
  console.log(`wrote ${file}: ${((done.size ?? 0) / 1e6).toFixed(1)} MB\nsha256: ${done.sha256}`);
  return 0;
}
