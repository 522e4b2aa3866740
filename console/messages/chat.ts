// The chat page: channels, messages, composer, threads, people. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const chatMessages = {} satisfies Texts;
