// What changed from what to what, for the details of an entry.

/** Longer texts are cut: the log tells of a change, it is no history of texts. */
const MAX_TEXT = 200;

export interface Change {
  from: unknown;
  to: unknown;
}

/** Field → from what to what, of those of `keys` that `after` has and that differ. */
export function changesOf(
  before: object,
  after: object,
  keys: readonly string[] = Object.keys(after),
): Record<string, Change> {
  const out: Record<string, Change> = {};
  const was = before as Record<string, unknown>, is = after as Record<string, unknown>;
  for (const key of keys) {
    if (is[key] === undefined || JSON.stringify(was[key] ?? null) === JSON.stringify(is[key])) continue;
    out[key] = { from: short(was[key] ?? null), to: short(is[key]) };
  }
  return out;
}

function short(value: unknown): unknown {
  return typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
}
