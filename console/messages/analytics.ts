// Statistics, alerts, retention. See ../messages.ts.
import type { Texts } from "./texts.ts";

export const analyticsMessages = {} satisfies Texts;
