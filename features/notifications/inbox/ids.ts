// UUIDv7 as points in time: the first 48 bits are milliseconds, so ranges of ids are ranges of time.

export const NIL_ID = "00000000-0000-0000-0000-000000000000";
export const MAX_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** The lowest id of that millisecond. */
export function floorId(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
