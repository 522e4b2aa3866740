// Writes the zip archive of an export off the event loop: compression and checksums. One question at a time, each answered
// when its bytes are on their way to the disk, so that nothing piles up. Messages: messages.ts.
import { createHash, type Hash } from "node:crypto";
import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
// @ts-types="@types/yazl"
import yazl from "yazl";
import type { WorkerAnswer } from "../../../kernel/worker_queue.ts";
import type { ArchiveRefusal, WriteQuestion } from "./messages.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const encoder = new TextEncoder();

let zip: yazl.ZipFile;
let written: Promise<void>;
let target: WriteStream;
const whole = createHash("sha256");
let size = 0;
let entry: { stream: PassThrough; hash: Hash; bytes: number } | undefined;

let turn: Promise<unknown> = Promise.resolve();
scope.onmessage = ({ data }: MessageEvent<WriteQuestion & { id: number }>) => {
  turn = turn.then(async () => {
    let answer: WorkerAnswer<unknown, ArchiveRefusal>;
    try {
      answer = { id: data.id, ok: true, result: await answerTo(data) };
    } catch (error) {
      answer = {
        id: data.id,
        ok: false,
        error: error instanceof Error ? error.message : String(error),
        archive: false,
      };
    }
    scope.postMessage(answer);
  });
};

async function answerTo(question: WriteQuestion): Promise<unknown> {
  switch (question.kind) {
    case "begin": {
      zip = new yazl.ZipFile();
      target = createWriteStream(question.path, { mode: 0o600 });
      const count = new Transform({
        transform(part: Uint8Array, _encoding, done) {
          whole.update(part);
          size += part.length;
          done(null, part);
        },
      });
      written = pipeline(zip.outputStream, count, target);
      written.catch(() => {});
      return null;
    }
    case "entry":
      entry = { stream: new PassThrough({ highWaterMark: 1024 * 1024 }), hash: createHash("sha256"), bytes: 0 };
      // The size is not known before: the large form of the header, so that it may be any.
      zip.addReadStream(entry.stream, question.name, {
        mtime: new Date(question.time),
        mode: 0o100600,
        compress: question.compress,
        forceZip64Format: true,
      } as yazl.ReadStreamOptions);
      return null;
    case "write": {
      const bytes = typeof question.data === "string" ? encoder.encode(question.data) : question.data;
      const { stream, hash } = entry!;
      hash.update(bytes);
      entry!.bytes += bytes.length;
      if (!stream.write(bytes)) await Promise.race([once(stream, "drain"), written.then(() => {})]);
      return null;
    }
    case "end": {
      const { stream, hash, bytes } = entry!;
      stream.end();
      entry = undefined;
      return { bytes, sha256: hash.digest("hex") };
    }
    case "finish":
      zip.end();
      await written;
      return { size, sha256: whole.digest("hex") };
  }
}
