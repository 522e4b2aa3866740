// Import and export. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const transferMessages = {} satisfies Texts;
