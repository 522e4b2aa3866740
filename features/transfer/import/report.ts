// The report of an import, filled while it runs: the same for a dry run and a real one.
import type { Finding, ImportReport } from "../../../protocol/operation/transfer.ts";
import type { PlannedChannel } from "./channel_plan.ts";
import type { PlannedPerson } from "./people.ts";
import type { NextBatch } from "../worker/messages.ts";

const SHOWN = 500;
/** Bytes of a message with its indexes beyond its own characters, as measured. */
const ROW_BYTES = 700;

export function emptyReport(): ImportReport {
  return {
    counts: {
      users: 0,
      users_matched: 0,
      users_created: 0,
      channels: 0,
      channels_created: 0,
      rows: 0,
      messages: 0,
      merged: 0,
      replies: 0,
      reactions: 0,
      edits: 0,
      files: 0,
      file_bytes: 0,
      files_stored: 0,
      skipped: 0,
    },
    people: [],
    channels: [],
    conflicts: [],
    unsupported: [],
    estimated_bytes: 0,
    first_message_at: null,
    last_message_at: null,
  };
}

export function reportPlans(
  report: ImportReport,
  people: readonly PlannedPerson[],
  channels: readonly PlannedChannel[],
): void {
  const { counts } = report;
  counts.users = people.length;
  counts.users_matched = people.filter((p) => p.action === "matched").length;
  counts.users_created = people.filter((p) => p.action === "created").length;
  counts.channels = channels.filter((c) => c.action !== "skipped").length;
  counts.channels_created = channels.filter((c) => c.action === "created").length;
  const rank = { created: 0, matched: 1, bot: 2 };
  report.people = [...people].sort((a, b) => rank[a.action] - rank[b.action]).slice(0, SHOWN)
    .map(({ user, action, username, note }) => ({
      external_id: user.key,
      name: user.display_name,
      email: user.email,
      username,
      action,
      ...(note ? { note } : {}),
    }));
  report.channels = channels.slice(0, SHOWN).map(({ channel, action, type, name, note }) => ({
    external_id: channel.key,
    name: channel.name,
    type,
    becomes: action === "skipped" ? null : name,
    action,
    ...(note ? { note } : {}),
  }));
}

export function addBatch(report: ImportReport, batch: NextBatch): void {
  for (const [name, n] of Object.entries(batch.counts)) report.counts[name as keyof NextBatch["counts"]] += n;
  report.estimated_bytes += batch.chars + batch.counts.messages * ROW_BYTES + batch.counts.file_bytes;
  const first = batch.first === null ? null : new Date(batch.first).toISOString();
  const last = batch.last === null ? null : new Date(batch.last).toISOString();
  if (first && (!report.first_message_at || first < report.first_message_at)) report.first_message_at = first;
  if (last && (!report.last_message_at || last > report.last_message_at)) report.last_message_at = last;
}

/** Adds the second list to the first one; returns it. */
export function mergeFindings(into: Finding[], more: readonly Finding[]): Finding[] {
  for (const finding of more) {
    const known = into.find((f) => f.code === finding.code);
    if (!known) into.push({ ...finding, examples: [...finding.examples] });
    else {
      known.count += finding.count;
      known.examples = [...new Set([...known.examples, ...finding.examples])].slice(0, 3);
    }
  }
  return into;
}
