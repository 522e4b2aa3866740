// Texts of the person's own account. See messages.ts.
import { ownDataMessages } from "../../messages/own_data.ts";
import { accountMessages } from "../../messages/account.ts";
import { tokenMessages } from "../../messages/tokens.ts";
import { transferMessages } from "../../messages/transfer.ts";
import type { Texts } from "../../messages/texts.ts";

export default {
  ...ownDataMessages,
  ...accountMessages,
  ...tokenMessages,
  ...transferMessages,
} satisfies Texts;
