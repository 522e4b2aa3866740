// How a running server gives a file to the command line: one answer of frames, so that a mistake in the middle is told as one
// and a broken connection is never taken for the end. A frame is one letter (d: bytes, p: progress, e: the end, x: what went
// wrong), four bytes of length (big endian), and so many bytes: of the file, or JSON. While nothing else comes there is a
// `p` twice a second.
import { AppError } from "../../kernel/errors.ts";

/** Takes the file of a command, piece by piece, and is told how far the command is. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  progress(done: number, total: number): void;
}

/** @throws AppError `bad_request`: such a command is asked for its file */
export function sinkOrRefuse(sink: FileSink | undefined): FileSink {
  if (!sink) throw new AppError("bad_request", "This command answers with a file.");
  return sink;
}

const BEAT_MS = 500;
/** A reader that takes nothing for so long is gone, or has stopped: what it holds open (a copy of the database) goes. */
const READER_MS = 10 * 60_000;
/** Frames that wait for the reader. */
const QUEUE_BYTES = 512 * 1024;
export const HEAD_BYTES = 5;

export type Kind = "d" | "p" | "e" | "x";

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

/** @throws Error with the text when it takes longer */
export async function within<T>(ms: number, work: Promise<T>, text: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => timer = setTimeout(() => reject(new Error(text)), ms));
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
