// Moderation: reports, actions, filters. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const moderationMessages = {} satisfies Texts;
