// `pulpo import slack|mattermost|pulpo FILE`: brings the archive of another chat in. docs/moving_in.md.
import { resolve } from "node:path";
import type { Finding, ImportReport } from "../protocol/operation/transfer.ts";
import { parseArgs, UsageError } from "./args.ts";
import { splitFlags } from "./settings.ts";
import { runToEnd } from "./transfer.ts";

const SWITCHES = ["dry-run", "inactive", "no-private", "no-direct", "links", "join-leave"];

export const help = `pulpo import slack|mattermost|pulpo FILE [options]: brings the archive of another chat in

  --dry-run            read and check everything, write nothing, report
  --organization NAME  which one, when there are several
  --users FILE         who is who: JSON object, id or e-mail there → username or e-mail here
  --skip a,b           names of channels to leave out
  --inactive           people without an account here get one that is switched off (otherwise: without a password)
  --no-private         without private channels
  --no-direct          without direct conversations
  --links              keep links to files instead of storing the files
  --join-leave         keep "joined" and "left" as system messages

Works while the server runs (it gets the archive and does the work then) and without it. An import that was stopped goes
on with the same command. Also takes the settings of pulpo serve (--data-dir, …).
`;

export async function run(argv: string[]): Promise<number> {
  const { words: [source, file, ...more], flags } = parseArgs(argv, SWITCHES);
  if (!source || !["slack", "mattermost", "pulpo"].includes(source) || !file || more.length) throw new UsageError(help);
  const { config, own } = await splitFlags(flags, [...SWITCHES, "organization", "users", "skip"]);
  const users = typeof own.users === "string" ? await readUsers(own.users) : {};
  const options = {
    new_people: own.inactive ? "inactive" : "active",
    users,
    skip_channels: typeof own.skip === "string" ? own.skip.split(",").map((s) => s.trim()).filter(Boolean) : [],
    include_private: !own["no-private"],
    include_direct: !own["no-direct"],
    files: own.links ? "link" : "download",
    join_leave: own["join-leave"] === true,
  };
  const path = resolve(file);
  if (!(await Deno.stat(path)).isFile) throw new UsageError(`${path} is a folder; the archive is a file.`, 1);
  const result = await runToEnd(config, "import", {
    ...(typeof own.organization === "string" ? { organization: own.organization } : {}),
    source,
    "dry-run": own["dry-run"] === true,
    options: JSON.stringify(options),
  }, path);
  console.log(described(result.report, own["dry-run"] === true));
  return 0;
}

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
