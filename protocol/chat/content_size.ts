// How long a message may be, without schemas: the console counts too.

export const MAX_CONTENT_BYTES = 16 * 1024;

/** Bytes that the text is too long by; 0: it fits. */
export function bytesOver(text: string): number {
  // A code unit takes at most three bytes.
  if (text.length * 3 <= MAX_CONTENT_BYTES) return 0;
  return Math.max(0, new TextEncoder().encode(text).length - MAX_CONTENT_BYTES);
}
