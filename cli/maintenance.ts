// `pulpo maintenance on|off`: closes an organisation for everybody but its administrators, and opens it again.
import { defineVerbs } from "./verbs.ts";

export const command = defineVerbs("maintenance", "who may come in while something is being done", {
  on: {
    does: "administrators go on working; everybody else reads the text",
    flags: { text: { type: "text", value: '"Back at noon"', help: "at most 500 characters" } },
  },
  off: { does: "open again", flags: {} },
  status: { does: "how it is now", flags: {} },
}, {
  common: {
    organization: { type: "text", value: "NAME", help: "only this one; otherwise all of the server" },
  },
});
