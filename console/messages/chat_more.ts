// Chat: drafts, scheduled messages, settings, commands. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const chatMoreMessages = {} satisfies Texts;
