// Every text of the console, in every language, side by side: the type check fails when one is missing. `{name}` is filled in;
// "one|other" is chosen by the plural rule of parameter `n` (lib/i18n.ts). Spanish addresses people as "tú". Nothing that
// runs in the browser imports values from here: there each set is loaded with its area, in the language in use alone.
import account from "./areas/account/texts.ts";
import administration from "./areas/administration/texts.ts";
import notifications from "./areas/notifications/texts.ts";
import everywhere from "./app/texts.ts";
import inside from "./app/inside_texts.ts";
import type { Texts } from "./messages/texts.ts";

export const messages = {
  ...everywhere,
  ...inside,
  ...account,
  ...administration,
  ...notifications,
} satisfies Texts;

export type MessageKey = keyof typeof messages;
