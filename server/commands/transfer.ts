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
} from "../../features/transfer/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { exportOptions, importBody } from "../../protocol/operation/transfer.ts";
import { sinkOrRefuse } from "./file_answer.ts";
import { type AdminAction, type AdminHost, systemCtx } from "./host.ts";

/** @throws AppError when the run waits for a server that is gone: asking again and again would keep it from starting, too */
function statusOf(run: { status: string }, { alone }: AdminHost): string {
  if (alone && (run.status === "queued" || run.status === "running")) {
    throw new AppError(
      "unavailable",
      "The server that did the work has stopped. It goes on after its next start, or with the same command again.",
    );
  }
  return JSON.stringify(run);
}

export const TRANSFER_COMMANDS: Record<string, AdminAction> = {
  "import start": async ({ app, alone }, flags) => {
    const ctx = await systemCtx(app, flags);
    const { media_id: _, ...input } = importBody.parse({
      source: flags.source,
      media_id: crypto.randomUUID(),
      dry_run: flags["dry-run"] === true,
      options: JSON.parse(String(flags.options ?? "{}")),
    });
    const received = flags.received === undefined ? undefined : receivedArchive(app, String(flags.received));
    const path = received ?? String(flags.file ?? "");
    const { id } = await startImport(ctx, { ...input, path }).catch(async (error) => {
      if (received) await removeReceived(app, received);
      throw error;
    });
    if (alone) { while (!await workOnImport(app, id, true, alone)) { /* the next slice */ } }
    return JSON.stringify(await getImport(ctx, id));
  },
  "import status": async (host, flags) =>
    statusOf(await getImport(await systemCtx(host.app, flags), String(flags.id)), host),
  "export start": async ({ app, alone }, flags) => {
    const ctx = await systemCtx(app, flags);
    const { id } = await startExport(ctx, exportOptions.parse(JSON.parse(String(flags.options ?? "{}"))));
    if (alone) await workOnExport(app, id, true, alone);
    return JSON.stringify(await getExport(ctx, id));
  },
  "export status": async (host, flags) =>
    statusOf(await getExport(await systemCtx(host.app, flags), String(flags.id)), host),
  /** Gives the archive of a run that is done. */
  "export save": async ({ app }, flags, sink) => {
    const to = sinkOrRefuse(sink);
    const { open, size } = await openExport(await systemCtx(app, flags), String(flags.id), true);
    let done = 0;
    for await (const bytes of await open()) {
      await to.write(bytes);
      to.progress(done += bytes.length, size);
    }
    return "saved";
  },
  /** The archive is where it belongs: the one in the storage goes. */
  "export saved": async ({ app }, flags) => {
    await deleteExport(await systemCtx(app, flags), String(flags.id));
    return "removed";
  },
};
