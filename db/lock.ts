// One process per data folder. The lock is the operating system's (flock / LockFileEx) on an open file, so it ends with
// the process however that dies; the file's text only says who holds it.

import { ExplainedError } from "../kernel/errors.ts";

/** Another process uses the data folder. */
export class DataDirLocked extends ExplainedError {
  override readonly name = "DataDirLocked";
  constructor(readonly dataDir: string, readonly pid: number | null) {
    super(
      `Another Pulpo${
        pid ? ` (pid ${pid})` : ""
      } uses ${dataDir}. Stop it first, or choose another folder with --data-dir.`,
    );
  }
}

export interface DataDirLock {
  release(): void;
}

/** Creates the folder when it is missing. @throws DataDirLocked */
export function lockDataDir(dataDir: string): DataDirLock {
  Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = `${dataDir}/pulpo.lock`;
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  if (!file.tryLockSync(true)) {
    file.close();
    throw new DataDirLocked(dataDir, holder(path));
  }
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  return {
    release() {
      file.truncateSync(0);
      file.close(); // gives the lock back; the file stays, removing it would race with the next process
    },
  };
}

function holder(path: string): number | null {
  try {
    return Number.parseInt(Deno.readTextFileSync(path)) || null;
  } catch {
    return null; // Windows lets nobody read a locked file
  }
}
