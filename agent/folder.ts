// The agent's folder: one process uses it at a time (a lock of the operating system, which ends with the process), and what it says
// about itself to `pulpo agent status` lies there.
import { ExplainedError } from "../kernel/explained_error.ts";
import { writePrivate } from "./identity.ts";

const LOCK = "agent.lock";
const STATUS = "status.json";
/** All that an agent writes; uninstalling removes these and nothing else. */
const FILES = ["identity.json", "journal.ndjson", STATUS, LOCK, "settings.json"];

/** Another process of this folder runs. */
export class FolderInUse extends ExplainedError {}

export interface Status {
  state: "connected" | "waiting" | "stopped" | "refused";
  /** RFC 3339: since when. */
  since: string;
  /** Why it waits or was refused. */
  reason?: string;
}

/** Makes the folder (0700) when it is missing, and takes it. @returns gives it back @throws FolderInUse */
export async function takeFolder(dir: string): Promise<() => void> {
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  const file = await Deno.open(`${dir}/${LOCK}`, { read: true, write: true, create: true, mode: 0o600 });
  if (await file.tryLock(true)) return () => file.close();
  file.close();
  throw new FolderInUse(
    `An agent runs with the folder ${dir} already. Stop it first, or choose another one with --dir.`,
  );
}

/** Whether an agent runs with this folder. */
export async function inUse(dir: string): Promise<boolean> {
  const file = await Deno.open(`${dir}/${LOCK}`, { read: true, write: true }).catch(() => undefined);
  if (!file) return false;
  const free = await file.tryLock(true);
  file.close();
  return !free;
}

/** Writes it, one after the other: what was told last stands there. */
export class StatusFile {
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly dir: string) {}

  save(status: Omit<Status, "since">): Promise<void> {
    const text = JSON.stringify({ ...status, since: new Date().toISOString() }) + "\n";
    return this.writing = this.writing.catch(() => {}).then(() => writePrivate(this.dir, STATUS, text));
  }
}

/** @returns undefined when none was ever started there */
export async function readStatus(dir: string): Promise<Status | undefined> {
  return await Deno.readTextFile(`${dir}/${STATUS}`).then(JSON.parse, () => undefined);
}

/** Removes what agents wrote; the folder too, when nothing else is in it. */
export async function emptyFolder(dir: string): Promise<void> {
  for (const name of FILES.flatMap((name) => [name, `${name}.new`])) {
    await Deno.remove(`${dir}/${name}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await Deno.remove(dir).catch(() => {}); // something of somebody else's is in it
}
