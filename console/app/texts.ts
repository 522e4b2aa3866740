// What is said before anybody is signed in, and everywhere. See messages.ts.
import { comingInMessages } from "../messages/coming_in.ts";
import { errorMessages } from "../messages/errors.ts";
import { generalMessages } from "../messages/general.ts";
import { securityMessages } from "../messages/security.ts";
import { signInMessages } from "../messages/sign_in.ts";
import type { Texts } from "../messages/texts.ts";

export default {
  ...comingInMessages,
  ...errorMessages,
  ...generalMessages,
  ...securityMessages,
  ...signInMessages,
} satisfies Texts;
