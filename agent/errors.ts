import { ExplainedError } from "../kernel/explained_error.ts";

/** The server does not want this agent: trying again is of no use. */
export class Refused extends ExplainedError {}
