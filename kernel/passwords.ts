// The password hasher as features see it; workers/passwords.ts runs it off the event loop.

/**
 * Whose work it is. Each has a queue of its own and they take turns, so that a flood of one kind neither refuses nor
 * starves another: strangers who sign in, people on devices that signed in before, strangers who register, and those
 * who are signed in (a new password, a new account for somebody).
 */
export type PasswordLane = "sign_in" | "known" | "register" | "account";

export interface PasswordHasher {
  /** bcrypt hash, cost 12. @throws AppError `rate_limited` when too many are waiting in the lane. */
  hash(password: string, lane: PasswordLane): Promise<string>;
  /** Constant time in the password. With `hash` null it burns the same time and answers false (unknown users). */
  verify(password: string, hash: string | null, lane: PasswordLane): Promise<boolean>;
  /** The hash was made at another cost than new ones are. */
  outdated(hash: string): boolean;
  close(): void;
}
