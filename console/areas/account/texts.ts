// Texts of the person's own account. See messages.ts.
import { ownDataMessages } from "../../messages/own_data.ts";
import type { Texts } from "../../messages/texts.ts";

export default {
  ...ownDataMessages,
} satisfies Texts;
