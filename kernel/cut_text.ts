// Texts cut to a number of bytes of UTF-8, at a character.

/** At most `bytes` bytes of the text's beginning. */
export function cutText(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  const encoded = new TextEncoder().encode(text.slice(0, bytes));
  if (encoded.length <= bytes && text.length <= bytes) return text;
  let end = Math.min(bytes, encoded.length);
  while (end > 0 && end < encoded.length && (encoded[end]! & 0xc0) === 0x80) end--;
  const out = new TextDecoder().decode(encoded.subarray(0, end));
  // Half of a pair at the end is no character.
  return out.endsWith("\ufffd") && !text.startsWith(out) ? out.slice(0, -1) : out;
}

/** The same, marked with an ellipsis where something is missing. */
export function cutMarked(text: string, bytes: number): string {
  const whole = cutText(text, bytes);
  return whole.length === text.length ? text : `${cutText(text, bytes - 3)}…`;
}
