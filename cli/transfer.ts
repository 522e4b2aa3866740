// What `pulpo import` and `pulpo export` share: starting the work where it can run (in the server that holds the data
// folder, or here when none is running) and showing how far it is.
import { admin } from "./admin.ts";
import type { CommandFiles } from "./ask_server.ts";
import type { Config } from "../kernel/config.ts";
import type { Flags } from "../server/commands/host.ts";
import { UsageError } from "./flags.ts";
import { showProgress } from "./progress.ts";

/** Answer of the commands `import start`, `import status`, `export start`, `export status`. */
export interface RunState {
  id: string;
  status: "queued" | "running" | "done" | "failed" | "cancelled";
  phase: string;
  done: number;
  total: number;
  error: string | null;
  // deno-lint-ignore no-explicit-any
  report?: any;
  size?: number | null;
  sha256?: string | null;
}

const POLL_MS = 500;

/**
 * Starts the run and waits for its end, with a bar on a terminal and a line per phase elsewhere.
 * @param takes path of the archive that is read
 * @throws UsageError
 */
export async function runToEnd(
  config: Config,
  kind: "import" | "export",
  flags: { organization?: string } & Flags,
  takes?: string,
): Promise<RunState> {
  const ask = async (verb: string, more: Flags, files: CommandFiles = {}) =>
    JSON.parse(
      await admin(config, { name: `${kind} ${verb}`, flags: { ...organizationOf(flags), ...more } }, files),
    ) as RunState;
  let run = await ask("start", flags, { takes });
  while (run.status === "queued" || run.status === "running") {
    showProgress(run);
    await new Promise((done) => setTimeout(done, POLL_MS));
    run = await ask("status", { id: run.id });
  }
  showProgress(run, true);
  if (run.status !== "done") throw new UsageError(run.error ?? `The ${kind} was cancelled.`, 1);
  return run;
}

/** The flag that every step of a run repeats. */
export function organizationOf({ organization }: { organization?: string }): { organization?: string } {
  return organization === undefined ? {} : { organization };
}
