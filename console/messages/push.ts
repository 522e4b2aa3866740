// Notification settings of chat: levels, digests, Web Push. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const pushMessages = {} satisfies Texts;
