// Search in messages. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const searchMessages = {} satisfies Texts;
