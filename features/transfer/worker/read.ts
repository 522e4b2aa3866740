// Reads archives off the event loop: unpacking, JSON.parse of whole days, conversion of texts, rows as JSON. Messages: see
// messages.ts.
import { Assembler } from "../import/assemble.ts";
import { MattermostSource } from "../archives/mattermost.ts";
import {
  type Directory,
  Findings,
  type Names,
  type NeutralMessage,
  type Source,
  stableId,
} from "../archives/neutral.ts";
import { PulpoSource } from "../archives/pulpo.ts";
import { SlackSource } from "../archives/slack.ts";
import type { WorkerAnswer } from "../../../kernel/worker_queue.ts";
import type { ArchiveRefusal, NextBatch, Position, Question, StartInput } from "./messages.ts";
import { ArchiveError, isZip, ZIP_LIMITS, ZipArchive } from "../archives/zip.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const findings = new Findings();
let source: Source | undefined;
let zip: ZipArchive | undefined;
let batches: AsyncGenerator<NextBatch> | undefined;
let plainNames = new Map<string, string>();

let turn: Promise<unknown> = Promise.resolve();
scope.onmessage = ({ data }: MessageEvent<Question & { id: number }>) => {
  turn = turn.then(async () => {
    let answer: WorkerAnswer<unknown, ArchiveRefusal>;
    try {
      answer = { id: data.id, ok: true, result: await answerTo(data) };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      answer = { id: data.id, ok: false, error: text, archive: error instanceof ArchiveError };
    }
    scope.postMessage(answer);
  });
};

async function answerTo(question: Question): Promise<unknown> {
  switch (question.kind) {
    case "open": {
      const limits = { ...ZIP_LIMITS, ...question.limits };
      zip = await isZip(question.path) ? await ZipArchive.open(question.path, limits) : undefined;
      if (question.source === "mattermost") {
        source = new MattermostSource(zip, question.path, question.scratch, findings, question.joinLeave);
      } else if (!zip) throw new ArchiveError("This is not a zip archive.");
      else if (question.source === "slack") source = new SlackSource(zip, findings, question.joinLeave);
      else source = new PulpoSource(zip, findings);
      const directory = await source!.directory();
      onceEach(directory);
      plainNames = new Map([
        ...directory.outsiders ?? [],
        ...directory.users.map((user): [string, string] => [user.key, user.display_name]),
      ]);
      return directory;
    }
    case "start":
      // What the directory had to say was noted when the work began.
      if (question.input.from.channel > 0 || question.input.from.n > 0) findings.clear();
      batches = read(source!, question.input);
      return null;
    case "next":
      return (await batches!.next()).value ?? null;
    case "extract":
      if (!zip) throw new ArchiveError(`"${question.entry}" is not in the archive.`);
      return await zip.extract(question.entry, question.target);
  }
}

/** The same person twice is one; of two channels with one name in the archive, the rows of the second are its own. */
function onceEach(directory: Directory): void {
  const users = new Map(directory.users.map((user) => [user.key, user]));
  if (users.size < directory.users.length) {
    findings.add("doubled_person", "", directory.users.length - users.size);
    directory.users = [...users.values()];
  }
  const keys = new Set<string>();
  for (const channel of directory.channels) {
    if (keys.has(channel.key)) findings.add("doubled_channel", channel.name);
    while (keys.has(channel.key)) channel.key += " ~";
    keys.add(channel.key);
    const members = new Map(channel.members.map((member) => [member.key, member]));
    channel.members = [...members.values()];
    if (channel.type !== "direct") continue;
    channel.strangers = channel.members.filter(({ key }) => users.get(key)?.is_bot !== false)
      .map(({ key }) => users.get(key)?.display_name ?? directory.outsiders?.get(key) ?? key);
  }
}

async function* read(from: Source, input: StartInput): AsyncGenerator<NextBatch> {
  const people = new Map(input.people);
  const byKey = new Map<string, { id: string; name: string }>();
  const directory = await from.directory();
  directory.channels.forEach((channel, i) => {
    const ours = input.channels[i];
    if (ours) byKey.set(channel.key, ours);
  });
  const names: Names = {
    user: (key) => people.get(key),
    plainName: (key) => plainNames.get(key),
    channel: (key) => byKey.get(key),
    messageId: (key, at) => stableId(input.scope, key, at),
  };
  const assembler = new Assembler(input.scope, people, findings, input.links, input.batchSize);
  let ended: number[] = [];
  const batch = (position: Position): NextBatch => {
    const taken = assembler.take();
    if (input.dryRun) {
      taken.messages =
        taken.mentions =
        taken.edits =
        taken.reactions =
          "[]";
    }
    const out = { ...taken, ended, position, bytesRead: from.bytesRead, findings: findings.list() };
    ended = [];
    return out;
  };
  let idle = 0;
  for (let channel = 0; channel < input.channels.length; channel++) {
    const ours = input.channels[channel];
    if (!ours || channel < input.from.channel) {
      await from.skip(channel);
      continue;
    }
    const skip = channel === input.from.channel ? input.from.n : 0;
    let n = 0;
    for await (const portion of from.messages(channel, names)) {
      for (const row of portion) {
        // What was written before is read again, because later rows refer to it, but not counted again.
        findings.muted = n++ < skip;
        findings.row();
        let message: NeutralMessage | undefined;
        try {
          message = row();
        } catch (error) {
          if (error instanceof ArchiveError) throw error;
          findings.leaveOut("row_unreadable", `${directory.channels[channel]!.name}: ${(error as Error).message}`);
        }
        if (findings.muted) continue;
        if (message) assembler.add(message, ours.id);
        if (assembler.full) yield batch({ channel, n });
      }
      findings.muted = false;
      // Long stretches without messages still say how far they are.
      if (++idle % 200 === 0) yield batch({ channel, n });
    }
    ended.push(channel);
    if (ended.length >= 100) yield batch({ channel: channel + 1, n: 0 });
  }
  yield batch({ channel: input.channels.length, n: 0 });
}
