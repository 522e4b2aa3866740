// Asks the running server that holds the data folder, over loopback and signed with the installation's secret. Files go
// through the connection in both directions: the server reads and writes nothing outside of its own folders.
import type { Config } from "../kernel/config.ts";
import type { Keys } from "../kernel/keys.ts";
import {
  addressFile,
  ARCHIVE_PATH,
  archiveText,
  COMMANDS_PATH,
  FILES_PATH,
  SIGNATURE_HEADER,
  signatureOf,
  SIZE_HEADER,
} from "../server/commands/asking.ts";
import type { FileSink } from "../server/commands/file_answer.ts";
import type { AdminCommand } from "../server/commands/host.ts";
import { UsageError } from "./flags.ts";
import { showProgress } from "./progress.ts";
import { takeFile } from "./take_file.ts";

/** How long the server may take for an answer that is no file. */
const ANSWER_MS = 60_000;

/** What a command reads from and writes to the disk of the person who gives it. */
export interface CommandFiles {
  /** Path of a file that the command reads: its flag `file`, or `received` where a server got it. */
  takes?: string;
  /** Gets the file that the command gives. */
  gives?: FileSink;
}

/** @throws UsageError with what the server said, or why it could not be asked */
export async function askServer(
  config: Config,
  keys: Keys,
  command: AdminCommand,
  { takes, gives }: CommandFiles,
): Promise<string> {
  const url = await Deno.readTextFile(addressFile(config)).then((text) => text.trim(), () => {
    throw new UsageError(
      "A Pulpo server holds the data folder but has not said where it listens. Is it still starting?",
      1,
    );
  });
  const received = takes === undefined ? {} : { received: await bring(url, keys, takes) };
  const body = JSON.stringify({ ...command, flags: { ...command.flags, ...received } });
  const init = { method: "POST", headers: { "content-type": "application/json", ...await signed(keys, body) }, body };
  if (!gives) {
    return await outputOf(await send(url, COMMANDS_PATH, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }));
  }
  const answer = await send(url, FILES_PATH, init);
  if (!answer.ok) return await outputOf(answer);
  return await takeFile(answer.body!, gives);
}

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), init);
  } catch (cause) {
    const text = `The server at ${url} holds the data folder but does not answer. Is it stopping?`;
    throw Object.assign(new UsageError(text, 1), { cause });
  }
}

async function signed(keys: Keys, text: string): Promise<Record<string, string>> {
  const time = String(Date.now());
  return { [SIGNATURE_HEADER]: `${time}.${await signatureOf(keys, time, text)}` };
}

async function outputOf(response: Response): Promise<string> {
  const answer = await response.json() as { output?: string; detail?: string };
  if (!response.ok) throw new UsageError(answer.detail ?? `the server answered ${response.status}`, 1);
  return answer.output ?? "";
}

/** Gives the archive to the server, with a bar. @returns its name there */
async function bring(url: string, keys: Keys, path: string): Promise<string> {
  const file = await Deno.open(path);
  const { size } = await file.stat();
  let sent = 0;
  const counted = file.readable.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(bytes, controller) {
        sent += bytes.length;
        showProgress({ phase: "sending", done: sent, total: size });
        controller.enqueue(bytes);
      },
    }),
  );
  const headers = { [SIZE_HEADER]: String(size), ...await signed(keys, archiveText(size)) };
  return await outputOf(await send(url, ARCHIVE_PATH, { method: "PUT", headers, body: counted }));
}
