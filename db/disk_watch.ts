// Free space of the embedded database's disk. A database that runs into a full disk stops in the middle of a write; so
// writes are refused while there is still room for what is under way.
import { statfs } from "node:fs/promises";
import type { Logger } from "../kernel/log.ts";

const LOOK_EVERY_MS = 2_000;
/** Writes begin again with so much more than the floor, so that the answer does not change with every message. */
const MARGIN = 1.25;

export interface DiskWatch {
  /** Less than the floor is free; writes are refused. */
  readonly low: boolean;
  /** Bytes that are free for us, at the last look. */
  readonly freeBytes: number;
  /** Looks now. */
  look(): Promise<void>;
  stop(): void;
}

/** @param onChange is told when `low` changes; the next look waits for it */
export function watchDisk(
  { folder, floorBytes, log, onChange }: {
    folder: string;
    floorBytes: number;
    log: Logger;
    onChange: (low: boolean) => Promise<void>;
  },
): DiskWatch {
  const state = { low: false, freeBytes: Infinity };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const look = async () => {
    const { bavail, bsize } = await statfs(folder);
    state.freeBytes = bavail * bsize;
    const low = state.freeBytes < floorBytes * (state.low ? MARGIN : 1);
    if (low === state.low) return;
    await onChange(low);
    state.low = low;
  };
  const again = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      look().catch((error) => log.debug("The free space of the disk cannot be told", { folder, error })).finally(again);
    }, LOOK_EVERY_MS);
  };
  again();
  return {
    get low() {
      return state.low;
    },
    get freeBytes() {
      return state.freeBytes;
    },
    look,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
