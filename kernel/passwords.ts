// The password hasher as features see it; workers/passwords.ts runs it off the event loop.

export interface PasswordHasher {
  /** bcrypt hash, cost 12. @throws AppError `rate_limited` when too many are waiting. */
  hash(password: string): Promise<string>;
  /** Constant time in the password. With `hash` null it burns the same time and answers false (unknown users). */
  verify(password: string, hash: string | null): Promise<boolean>;
  close(): void;
}
