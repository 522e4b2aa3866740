// Texts of the notifications. See messages.ts.
import { homeMessages } from "../../messages/home.ts";
import type { Texts } from "../../messages/texts.ts";

export default {
  ...homeMessages,
} satisfies Texts;
