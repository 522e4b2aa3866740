// `pulpo import slack|mattermost|pulpo FILE`: brings the archive of another chat in. docs/moving_in.md.
import { resolve } from "node:path";
import type { Finding, ImportReport } from "../protocol/operation/transfer.ts";
import { defineCommand } from "./command.ts";
import { UsageError } from "./flags.ts";
import { organizationOf, runToEnd } from "./transfer.ts";

export const command = defineCommand({
  usage: "import slack|mattermost|pulpo FILE",
  does: "brings the archive of another chat in",
  words: 2,
  flags: {
    "dry-run": { type: "switch", help: "read and check everything, write nothing, report" },
    organization: { type: "text", value: "NAME", help: "which one, when there are several" },
    users: {
      type: "text",
      value: "FILE",
      help: "who is who: JSON object, id or e-mail there → username or e-mail here",
    },
    skip: { type: "text", value: "A,B", help: "names of channels to leave out" },
    inactive: {
      type: "switch",
      help: "people without an account here get one that is switched off (otherwise: without a password)",
    },
    "no-private": { type: "switch", help: "without private channels" },
    "no-direct": { type: "switch", help: "without direct conversations" },
    links: { type: "switch", help: "keep links to files instead of storing the files" },
    "join-leave": { type: "switch", help: 'keep "joined" and "left" as system messages' },
  },
  notes:
    `Works while the server runs (it gets the archive and does the work then) and without it. An import that was stopped goes
on with the same command. Also takes the settings of pulpo serve (--data-dir, …).
`,
  async run({ config, words: [source, file], values }) {
    if (!["slack", "mattermost", "pulpo"].includes(source!)) {
      throw new UsageError(`"${source}" is no chat that can be brought in: slack, mattermost or pulpo.`);
    }
    const dryRun = values["dry-run"] === true;
    const options = {
      new_people: values.inactive ? "inactive" : "active",
      users: values.users === undefined ? {} : await readUsers(values.users),
      skip_channels: values.skip?.split(",").map((s) => s.trim()).filter(Boolean) ?? [],
      include_private: !values["no-private"],
      include_direct: !values["no-direct"],
      files: values.links ? "link" : "download",
      join_leave: values["join-leave"] === true,
    };
    const path = resolve(file!);
    if (!(await Deno.stat(path)).isFile) throw new UsageError(`${path} is a folder; the archive is a file.`, 1);
    const result = await runToEnd(config, "import", {
      ...organizationOf(values),
      source: source!,
      "dry-run": dryRun,
      options: JSON.stringify(options),
    }, path);
    console.log(described(result.report, dryRun));
    return 0;
  },
});

async function readUsers(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new UsageError(`--users: ${path} cannot be read: ${(error as Error).message}`);
  }
}

function described(report: ImportReport, dryRun: boolean): string {
  const { counts } = report;
  const findings = (title: string, list: Finding[]) =>
    list.length ? [`${title}:`, ...list.map((f) => `  ${f.code} (${f.count}) ${f.examples.join(" · ")}`)] : [];
  return [
    dryRun ? "dry run: nothing was written" : "imported",
    `people: ${counts.users} (${counts.users_matched} matched, ${counts.users_created} new)`,
    `channels: ${counts.channels} (${counts.channels_created} new)`,
    `messages: ${counts.messages}, ${counts.replies} of them replies; ${counts.reactions} reactions, ${counts.edits} edits, ` +
    `${counts.skipped} left out`,
    `files: ${counts.files}, ${(counts.file_bytes / 1e6).toFixed(1)} MB${
      dryRun ? "" : `; ${counts.files_stored} stored`
    }`,
    ...findings("names", report.conflicts),
    ...findings("not taken as it was", report.unsupported),
    `about ${(report.estimated_bytes / 1e6).toFixed(1)} MB in all`,
  ].join("\n");
}
