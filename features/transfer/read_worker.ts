// Reads archives off the event loop: unpacking, JSON.parse of whole days, conversion of texts, rows as JSON. Messages: see
// worker_messages.ts.
import { Assembler } from "./assemble.ts";
import { MattermostSource } from "./mattermost.ts";
import { Findings, type Names, type Source, stableId } from "./neutral.ts";
import { PulpoSource } from "./pulpo.ts";
import { SlackSource } from "./slack.ts";
import type { NextBatch, Position, Question, StartInput, WorkerAnswer } from "./worker_messages.ts";
import { ArchiveError, isZip, ZIP_LIMITS, ZipArchive } from "./zip_archive.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const findings = new Findings();
let source: Source | undefined;
let zip: ZipArchive | undefined;
let batches: AsyncGenerator<NextBatch> | undefined;
let plainNames = new Map<string, string>();

let turn: Promise<unknown> = Promise.resolve();
scope.onmessage = ({ data }: MessageEvent<Question & { id: number }>) => {
  turn = turn.then(async () => {
    let answer: WorkerAnswer;
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
      const directory = await source.directory();
      plainNames = new Map(directory.users.map((user) => [user.key, user.display_name]));
      return directory;
    }
    case "start":
      batches = read(source!, question.input);
      return null;
    case "next":
      return (await batches!.next()).value ?? null;
    case "extract":
      if (!zip) throw new ArchiveError(`"${question.entry}" is not in the archive.`);
      return await zip.extract(question.entry, question.target);
    case "findings":
      return findings.list();
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
    const out = { ...taken, ended, position, bytesRead: from.bytesRead };
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
      for (const message of portion) {
        if (n++ < skip) continue;
        assembler.add(message, ours.id);
        if (assembler.full) yield batch({ channel, n });
      }
      // Long stretches without messages still say how far they are.
      if (++idle % 200 === 0) yield batch({ channel, n });
    }
    ended.push(channel);
    if (ended.length >= 100) yield batch({ channel: channel + 1, n: 0 });
  }
  yield batch({ channel: input.channels.length, n: 0 });
}
