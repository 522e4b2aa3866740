// Times counted in slots of a logarithmic scale: percentiles of any sum of hours from a few numbers. Each slot is 10 %
// wider than the one before, from 1 ms to 10 minutes, so that a percentile is off by at most 5 %.

const RATIO = 1.1;
const LOG = Math.log(RATIO);
const TOP = Math.ceil(Math.log(600_000) / LOG);

/** Slot of a time in milliseconds; 0: up to 1 ms. */
export function slotOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(TOP, Math.ceil(Math.log(ms) / LOG - 1e-9));
}

/** The middle of a slot in milliseconds, one digit after the point under 100. */
function valueOf(slot: number): number {
  const ms = slot === 0 ? 1 : RATIO ** (slot - 0.5);
  return ms < 100 ? Math.round(ms * 10) / 10 : Math.round(ms);
}

export interface SlotCount {
  slot: number;
  count: number;
}

/** The value that a share (0 to 1) of all is not above; null without any. `slots` in rising order. */
export function percentile(slots: readonly SlotCount[], share: number): number | null {
  const total = slots.reduce((sum, s) => sum + s.count, 0);
  if (total === 0) return null;
  let seen = 0;
  const wanted = Math.max(1, Math.ceil(total * share));
  for (const { slot, count } of slots) {
    seen += count;
    if (seen >= wanted) return valueOf(slot);
  }
  return null;
}
