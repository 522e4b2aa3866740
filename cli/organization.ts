// `pulpo organization …`: the organisations of this server, for whoever operates it.
import { defineVerbs } from "./verbs.ts";

const name = { type: "text", value: "NAME", help: "how it is called" } as const;
const labels = {
  domain: { type: "text", value: "D", help: "its domain" },
  plan: { type: "text", value: "LABEL", help: "what it pays for, as a label" },
} as const;

export const command = defineVerbs(
  "organization",
  "the organisations of this server",
  {
    list: { does: "all of them, with people, plan and domain", flags: {} },
    create: {
      does: "a new one with its owner",
      flags: {
        name,
        email: { type: "text", value: "E", help: "the owner's address" },
        username: { type: "text", value: "N", help: "default: what stands before the @ of the address" },
        password: { type: "text", value: "P", help: "the owner's, at least 12 characters" },
        ...labels,
      },
    },
    set: {
      does: "changes one",
      flags: {
        organization: { type: "text", value: "NAME|ID", help: "which one" },
        name,
        ...labels,
        disable: { type: "switch", help: "nobody gets in" },
        enable: { type: "switch", help: "as before" },
      },
    },
  },
  {
    common: {},
    notes:
      "An organisation that is disabled is refused everywhere at once: sign-in, tokens, open connections, webhooks.\n" +
      'Give an empty text to remove a domain or plan: --plan ""\n',
  },
);
