// `pulpo user …`: accounts from the command line. The actions are those of the HTTP API, so the audit log has them too.
import { ROLES } from "../kernel/actor.ts";
import { defineVerbs } from "./verbs.ts";

const user = { type: "text", value: "NAME", help: "the person, by name or e-mail address" } as const;
const password = { type: "text", value: "P", help: "at least 12 characters" } as const;
const role = { type: "text", value: "ROLE", help: ROLES.join(", ") } as const;

export const command = defineVerbs("user", "accounts from the command line", {
  "setup-link": { does: "prints a new one-time link for the first owner", flags: {} },
  list: { does: "everybody", flags: {} },
  create: {
    does: "makes an account; without a password: a link to choose one",
    flags: {
      email: { type: "text", value: "E", help: "the address" },
      username: { type: "text", value: "N", help: "default: what stands before the @ of the address" },
      password,
      role,
    },
  },
  invite: {
    does: "prints a link that lets people in",
    flags: {
      role,
      uses: { type: "number", value: "N", help: "how many people may use it" },
      days: { type: "number", value: "N", help: "how long it holds" },
      email: { type: "text", value: "E", help: "mails it as well" },
    },
  },
  "reset-link": { does: "prints a link to set a new password", flags: { user } },
  set: {
    does: "changes an account",
    flags: {
      user,
      password,
      role,
      disable: { type: "switch", help: "nobody gets in with it" },
      enable: { type: "switch", help: "as before" },
    },
  },
  "reset-2fa": {
    does: "removes a person's second factors (who has lost them): reset-2fa NAME",
    flags: { user },
    word: "user",
  },
});
