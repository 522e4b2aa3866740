/** Ends a command with a message for the person and an exit status. */
export class UsageError extends Error {
  constructor(message: string, readonly status = 2) {
    super(message);
  }
}
