// `pulpo export FILE`: everything an organisation has, in one zip archive of documented files. docs/export_format.md.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { admin } from "./admin.ts";
import { defineCommand } from "./command.ts";
import { UsageError } from "./flags.ts";
import type { FileSink } from "../server/commands/file_answer.ts";
import { showBar } from "./progress.ts";
import { saveFile, sinkOf } from "./save_file.ts";
import { organizationOf, runToEnd } from "./transfer.ts";

export const command = defineCommand({
  usage: "export FILE",
  does: "writes everything of an organisation into one zip archive",
  words: 1,
  flags: {
    organization: { type: "text", value: "NAME", help: "which one, when there are several" },
    "no-files": { type: "switch", help: "without the files of messages" },
    "no-private": { type: "switch", help: "without private channels" },
    "no-direct": { type: "switch", help: "without direct conversations" },
  },
  notes: `Works while the server runs and without it. For a copy of the whole installation: pulpo backup.
Also takes the settings of pulpo serve (--data-dir, …).
`,
  async run({ config, words, values }) {
    const file = words[0]!;
    const organization = organizationOf(values);
    const done = await runToEnd(config, "export", {
      ...organization,
      options: JSON.stringify({
        include_files: !values["no-files"],
        include_private: !values["no-private"],
        include_direct: !values["no-direct"],
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
  },
});
