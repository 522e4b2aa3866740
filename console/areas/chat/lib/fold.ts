// Long messages are shown by their beginning until somebody wants the rest. Pure.

const LONG = 3_000;
const LONG_LINES = 40;
const SHOWN = 1_500;
const SHOWN_LINES = 20;

/** The beginning of a long text, cut between lines or words; null for one that is shown whole. */
export function beginning(text: string): string | null {
  if (text.length <= LONG && !hasLines(text, LONG_LINES)) return null;
  let end = 0;
  for (let line = 0; line < SHOWN_LINES; line++) {
    const next = text.indexOf("\n", end);
    if (next < 0 || next > SHOWN) break;
    end = next + 1;
  }
  if (end >= SHOWN / 2 || hasLines(text.slice(0, end), SHOWN_LINES - 1)) return text.slice(0, end).trimEnd();
  const space = text.lastIndexOf(" ", SHOWN);
  return text.slice(0, space > Math.max(end, SHOWN / 2) ? space : SHOWN).toWellFormed().replace(/\ufffd$/, "")
    .trimEnd();
}

function hasLines(text: string, count: number): boolean {
  let at = -1;
  for (let i = 0; i < count; i++) if ((at = text.indexOf("\n", at + 1)) < 0) return false;
  return true;
}
