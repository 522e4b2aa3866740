// Takes the file that a running server answers with (server/commands/file_answer.ts).
import { type FileSink, HEAD_BYTES, type Kind, within } from "../server/commands/file_answer.ts";
import { UsageError } from "./flags.ts";

/** Without a frame for so long the server is gone. It copies a database before it says more than that it lives. */
const SILENCE_MS = 60_000;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

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
