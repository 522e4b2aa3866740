// What `pulpo import` and `pulpo export` ask of the server, or of the features when no server is running: then the work is
// done here, before the command answers.
import {
  deleteExport,
  getExport,
  getImport,
  openExport,
  receivedArchive,
  removeReceived,
  startExport,
  startImport,
  workOnExport,
  workOnImport,
} from "../features/transfer/mod.ts";
import type { Ctx } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import { exportOptions, importBody } from "../protocol/operation/transfer.ts";
import type { FileSink } from "./byte_answer.ts";
import { showProgress } from "./progress.ts";

type Flags = Record<string, string | boolean>;
/** True in the process of the command itself: nobody else works on jobs. */
type Command = (ctx: Ctx, flags: Flags, alone: boolean) => Promise<string>;

/** @throws AppError when the run waits for a server that is gone: asking again and again would keep it from starting, too */
function statusOf(run: { status: string }, alone: boolean): string {
  if (alone && (run.status === "queued" || run.status === "running")) {
    throw new AppError(
      "unavailable",
      "The server that did the work has stopped. It goes on after its next start, or with the same command again.",
    );
  }
  return JSON.stringify(run);
}

export const TRANSFER_COMMANDS: Record<string, Command> = {
  "import start": async (ctx, flags, alone) => {
    const { media_id: _, ...input } = importBody.parse({
      source: flags.source,
      media_id: crypto.randomUUID(),
      dry_run: flags["dry-run"] === true,
      options: JSON.parse(String(flags.options ?? "{}")),
    });
    const received = flags.received === undefined ? undefined : receivedArchive(ctx.app, String(flags.received));
    const path = received ?? String(flags.file ?? "");
    const { id } = await startImport(ctx, { ...input, path }).catch(async (error) => {
      if (received) await removeReceived(ctx.app, received);
      throw error;
    });
    if (alone) { while (!await workOnImport(ctx.app, id, true, showProgress)) { /* the next slice */ } }
    return JSON.stringify(await getImport(ctx, id));
  },
  "import status": async (ctx, flags, alone) => statusOf(await getImport(ctx, String(flags.id)), alone),
  "export start": async (ctx, flags, alone) => {
    const { id } = await startExport(ctx, exportOptions.parse(JSON.parse(String(flags.options ?? "{}"))));
    if (alone) await workOnExport(ctx.app, id, true, showProgress);
    return JSON.stringify(await getExport(ctx, id));
  },
  "export status": async (ctx, flags, alone) => statusOf(await getExport(ctx, String(flags.id)), alone),
  /** The archive is where it belongs: the one in the storage goes. */
  "export saved": async (ctx, flags) => {
    await deleteExport(ctx, String(flags.id));
    return "removed";
  },
};

/** The archive of a run that is done. */
export async function giveExport(ctx: Ctx, id: string, sink: FileSink): Promise<string> {
  const { open, size } = await openExport(ctx, id, true);
  let done = 0;
  for await (const bytes of await open()) {
    await sink.write(bytes);
    sink.progress(done += bytes.length, size);
  }
  return "saved";
}
