// Without zod: the agent of a machine loads it too.

/** WebSocket close codes (CONTRACT section 3). */
export const CLOSE = {
  restarting: 1012,
  tooBig: 1009,
  unauthenticated: 4401,
  forbidden: 4403,
  slowReader: 4408,
  replaced: 4409,
  tooManyMessages: 4429,
} as const;
