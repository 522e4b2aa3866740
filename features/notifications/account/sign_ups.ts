// Tells those who manage people that somebody has registered and waits for a yes, each in their language.
import { SYSTEM_ORGANIZATION } from "../../../kernel/ids.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import { peopleWho } from "../../accounts/mod.ts";
import type { Consumer } from "../../define.ts";
import { sendAsSystem } from "../send/notify.ts";
import { signUpSentence } from "./sentences.ts";

export const signUpConsumer: Consumer = {
  name: "notifications.sign_ups",
  async handle(app, events) {
    for (const event of events) {
      if (event.organizationId !== SYSTEM_ORGANIZATION || event.channel !== channels.control()) continue;
      const control = event.push.data as ControlEvent;
      if (control.kind !== "sign_up_waiting") continue;
      const managers = await peopleWho(app, control.organization_id, "users.manage");
      const byLanguage = Map.groupBy(managers, ({ locale }) => /^es\b/i.test(locale) ? "es" as const : "en" as const);
      for (const [language, people] of byLanguage) {
        await sendAsSystem(app, control.organization_id, "Pulpo", {
          type: "sign_up_waiting",
          message: signUpSentence(control, language),
          data: { user_id: control.user_id, username: control.username },
          user_ids: people.map((person) => person.id),
          persist: true,
          dedupe_key: `sign-up:${control.user_id}:${language}`,
        });
      }
    }
  },
};
