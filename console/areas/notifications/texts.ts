// Texts of the notifications. See messages.ts.
import { homeMessages } from "../../messages/home.ts";
import { liveMessages } from "../../messages/live.ts";
import type { Texts } from "../../messages/texts.ts";

export default {
  ...homeMessages,
  ...liveMessages,
} satisfies Texts;
