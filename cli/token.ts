// `pulpo token …`: API tokens from the command line.
import { defineVerbs } from "./verbs.ts";

const user = { type: "text", value: "NAME", help: "whose" } as const;

export const command = defineVerbs("token", "API tokens from the command line", {
  create: {
    does: "prints a new token, once",
    flags: {
      user,
      name: { type: "text", value: "TEXT", help: "what it is for" },
      scopes: { type: "text", value: "A,B", help: "what it may do (default: notify)" },
      expires: { type: "text", value: "DATE", help: "2027-01-01 (default: never)" },
    },
  },
  list: { does: "a person's tokens", flags: { user } },
  revoke: { does: "ends one", flags: { user, id: { type: "text", value: "ID", help: "as `list` tells it" } } },
});
