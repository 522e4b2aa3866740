// What `pulpo import` and `pulpo export` ask of the server, or of the features when no server is running: then the work is
// done here, before the command answers.
import {
  deleteExport,
  getExport,
  getImport,
  openExport,
  startExport,
  startImport,
  workOnExport,
  workOnImport,
} from "../features/transfer/mod.ts";
import type { Ctx } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import { exportOptions, importBody } from "../protocol/transfer.ts";
import { showProgress } from "./transfer.ts";

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
    const path = String(flags.file ?? "");
    if (!await Deno.stat(path).then((info) => info.isFile, () => false)) {
      throw new AppError("not_found", `There is no file ${path} that the server can read.`);
    }
    const { id } = await startImport(ctx, { ...input, path });
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
  /** Writes the archive to a place of the caller's and removes the one in the storage. */
  "export save": async (ctx, flags) => {
    const id = String(flags.id), target = String(flags.file);
    const { open } = await openExport(ctx, id, true);
    const file = await Deno.open(`${target}.part`, { write: true, create: true, truncate: true, mode: 0o600 });
    await (await open()).pipeTo(file.writable);
    await Deno.rename(`${target}.part`, target);
    await deleteExport(ctx, id);
    return "saved";
  },
};
