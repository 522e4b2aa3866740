// How a running server gives a file to the command line: one answer of frames, so that a mistake in the middle is told as one
// and a broken connection is never taken for the end. A frame is one letter (d: bytes, p: progress, e: the end, x: what went
// wrong), four bytes of length (big endian), and so many bytes: of the file, or JSON. While nothing else comes there is a
// `p` twice a second.
import { UsageError } from "./args.ts";

/** Takes the file of a command, piece by piece, and is told how far the command is. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  progress(done: number, total: number): void;
}

const BEAT_MS = 500;
/** Without a frame for so long the server is gone. It copies a database before it says more than that it lives. */
const SILENCE_MS = 60_000;
/** A reader that takes nothing for so long is gone, or has stopped: what it holds open (a copy of the database) goes. */
const READER_MS = 10 * 60_000;
/** Frames that wait for the reader. */
const QUEUE_BYTES = 512 * 1024;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const HEAD_BYTES = 5;

type Kind = "d" | "p" | "e" | "x";

function frame(kind: Kind, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEAD_BYTES + content.length);
  out[0] = kind.charCodeAt(0);
  new DataView(out.buffer).setUint32(1, content.length);
  out.set(content, HEAD_BYTES);
  return out;
}

const jsonFrame = (kind: Kind, value: unknown) => frame(kind, new TextEncoder().encode(JSON.stringify(value)));

/**
 * The answer of a command that gives a file.
 * @param work runs at once; its bytes wait for the reader, and a reader that goes away ends it with an error
 * @param explain what went wrong, for the person who asked
 */
export function answerWithFile(
  work: (sink: FileSink) => Promise<string>,
  explain: (error: unknown) => string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let gone = false, size = 0, at = { done: 0, total: 0 };
  let taken = Promise.withResolvers<void>();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      const send = (bytes: Uint8Array<ArrayBuffer>) => {
        if (!gone) controller.enqueue(bytes);
      };
      const sink: FileSink = {
        async write(bytes) {
          while (!gone && controller.desiredSize! <= 0) {
            await within(READER_MS, taken.promise, "the reader takes nothing");
          }
          if (gone) throw new Error("the reader went away");
          size += bytes.length;
          send(frame("d", bytes));
        },
        progress: (done, total) => at = { done, total },
      };
      const beat = setInterval(() => controller.desiredSize! > 0 && send(jsonFrame("p", at)), BEAT_MS);
      work(sink).then(
        (output) => send(jsonFrame("e", { output, size })),
        (error) => send(jsonFrame("x", { detail: gone ? "" : explain(error) })),
      ).finally(() => {
        clearInterval(beat);
        if (!gone) controller.close();
      });
    },
    pull() {
      taken.resolve();
      taken = Promise.withResolvers();
    },
    cancel() {
      gone = true;
      taken.resolve();
    },
  }, { highWaterMark: QUEUE_BYTES, size: (bytes) => bytes.length });
}

/**
 * Gives the file of an answer to the sink.
 * @returns the text of the command
 * @throws UsageError with what the server said, or that the answer broke off; and what the sink throws
 */
export async function takeFile(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  sink: FileSink,
  silenceMs = SILENCE_MS,
): Promise<string> {
  let size = 0;
  for await (const { kind, content } of frames(body, silenceMs)) {
    if (kind === "d") {
      size += content.length;
      await sink.write(content);
      continue;
    }
    const said = JSON.parse(new TextDecoder().decode(content));
    if (kind === "p") sink.progress(said.done, said.total);
    else if (kind === "x") throw new UsageError(said.detail, 1);
    else if (said.size === size) return said.output;
    else break;
  }
  throw brokenOff();
}

function brokenOff(cause?: unknown): UsageError {
  return Object.assign(
    new UsageError("The server ended before the file was complete. Nothing was saved; try again.", 1),
    { cause },
  );
}

async function* frames(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  silenceMs: number,
): AsyncGenerator<{ kind: Kind; content: Uint8Array<ArrayBuffer> }> {
  const reader = body.getReader();
  let kept = new Uint8Array(0);
  try {
    while (true) {
      for (let length = lengthOf(kept); kept.length >= HEAD_BYTES + length; length = lengthOf(kept)) {
        const end = HEAD_BYTES + length;
        yield { kind: String.fromCharCode(kept[0]!) as Kind, content: kept.subarray(HEAD_BYTES, end) };
        kept = kept.subarray(end);
      }
      const { done, value } = await soon(reader.read(), silenceMs);
      if (done) return;
      const joined = new Uint8Array(kept.length + value.length);
      joined.set(kept);
      joined.set(value, kept.length);
      kept = joined;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Of the frame at the beginning; Infinity: its head is not whole. @throws UsageError when it is no frame of ours */
function lengthOf(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return Infinity;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (length > MAX_FRAME_BYTES) throw brokenOff();
  return length;
}

/** @throws UsageError when the connection breaks or nothing comes in time */
async function soon<T>(work: Promise<T>, ms: number): Promise<T> {
  try {
    return await within(ms, work, "silence");
  } catch (error) {
    throw brokenOff(error);
  }
}

/** @throws Error with the text when it takes longer */
async function within<T>(ms: number, work: Promise<T>, text: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => timer = setTimeout(() => reject(new Error(text)), ms));
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
