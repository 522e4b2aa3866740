// `pulpo backup FILE`: everything in one file that any Pulpo of this version or a newer one can restore, on either database,
// and on request the files of messages in a folder beside it.
import { resolve } from "node:path";
import { admin } from "./admin.ts";
import { saveFiles } from "./backup_files.ts";
import { defineCommand } from "./command.ts";
import type { Summary } from "../db/backup.ts";
import { showBar } from "./progress.ts";
import { saveFile, sinkOf } from "./save_file.ts";

export const command = defineCommand({
  usage: "backup FILE",
  does: "writes the database into FILE (gzip text, one line a row)",
  words: 1,
  flags: {
    files: {
      type: "text",
      value: "FOLDER",
      help: "copies what people uploaded into FOLDER, too, out of the folder or bucket of PULPO_STORAGE. The same\n" +
        "FOLDER serves every time: only new files are copied, and files that were deleted stay in it",
    },
  },
  notes:
    `Works while the server runs. FILE holds password and token hashes: keep it as safe as the data folder. It does not hold
PULPO_SECRET (the file \`secret\` in the data folder): keep that too, or people sign in anew after a restore.
Also takes the settings of pulpo serve (--data-dir, …).
`,
  async run({ config, words: [file], values: { files } }) {
    const path = resolve(file!);
    const { summary, size } = await saveFile(path, async (saver) => {
      const gives = sinkOf(saver, "rows");
      const summary: Summary = JSON.parse(await admin(config, { name: "backup", flags: {} }, { gives }));
      showBar({ phase: "rows", done: 1, total: 1 }, true);
      return { summary, size: saver.size };
    });
    await admin(config, { name: "backup saved", flags: {} });
    console.log(described(path, size, summary));
    if (files === undefined) return 0;
    const { text, whole } = await saveFiles(config, path, resolve(files));
    console.log(text);
    return whole ? 0 : 1;
  },
});

function described(path: string, size: number, { rows, sha256 }: Summary): string {
  const total = Object.values(rows).reduce((sum, n) => sum + n, 0);
  return `wrote ${path}: ${total} rows of ${Object.keys(rows).length} tables, ${(size / 1e6).toFixed(1)} MB\n` +
    `sha256 of the rows: ${sha256}`;
}
