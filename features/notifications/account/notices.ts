// Tells people what happened to their accounts, in their language: accounts is a lower tier, so it comes as a control event.
import { sql } from "../../../db/sql.ts";
import { SYSTEM_ORGANIZATION } from "../../../kernel/ids.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer } from "../../define.ts";
import { sendAsSystem } from "../send/notify.ts";

type Transferred = Extract<ControlEvent, { kind: "ownership_transferred" }>;

const TEXTS = {
  en: {
    to: (other: string) => `You are the owner now\n${other} has handed the organisation over to you.`,
    from: (other: string) =>
      `You have handed the organisation over\n${other} is the owner now, you are an administrator.`,
  },
  es: {
    to: (other: string) => `Ahora eres el propietario\n${other} te ha traspasado la organización.`,
    from: (other: string) => `Has traspasado la organización\n${other} es el propietario ahora; tú eres administrador.`,
  },
};

export const accountNoticeConsumer: Consumer = {
  name: "notifications.account_notices",
  async handle(app, events) {
    for (const event of events) {
      const transferred = transferredIn(event);
      if (transferred) await tellOfTransfer(app, transferred, String(event.id));
    }
  },
};

function transferredIn(event: ConsumedEvent): Transferred | undefined {
  if (event.organizationId !== SYSTEM_ORGANIZATION || event.channel !== channels.control()) return undefined;
  const control = event.push.data as ControlEvent;
  return control.kind === "ownership_transferred" ? control : undefined;
}

async function tellOfTransfer(app: App, event: Transferred, key: string): Promise<void> {
  const { organization_id, from_user_id, to_user_id } = event;
  const people = await app.db.rows<{ id: string; display_name: string; locale: string }>(sql`
    select id, display_name, locale from users
    where organization_id = ${organization_id} and id = any(${[from_user_id, to_user_id]}::uuid[]) and is_active`);
  for (const { id, locale } of people) {
    const other = people.find((person) => person.id !== id)?.display_name ?? "?";
    const texts = locale.toLowerCase().startsWith("es") ? TEXTS.es : TEXTS.en;
    await sendAsSystem(app, organization_id, "accounts", {
      type: "ownership_transferred",
      message: texts[id === to_user_id ? "to" : "from"](other),
      data: { from_user_id, to_user_id },
      user_ids: [id],
      persist: true,
      dedupe_key: `ownership:${key}:${id}`,
    });
  }
}
