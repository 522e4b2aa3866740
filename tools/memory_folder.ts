// Where tests put databases that they throw away: in memory, where the machine has a folder there with room. Writing the 40 MB
// of a new database to a disk takes longer than most tests work on it.
import { statfsSync } from "node:fs";

const MEMORY = "/dev/shm";
const ROOM_BYTES = 4e9;

/** @returns undefined: the folder for temporary files will have to do */
export function memoryFolder(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM_BYTES ? MEMORY : undefined;
  } catch {
    return undefined;
  }
}
