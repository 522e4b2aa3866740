/** What keeps a command from working, told in full by its message: nobody needs the stack. */
export class ExplainedError extends Error {}
