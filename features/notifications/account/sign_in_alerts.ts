// Tells people when their account was used on a device that it does not know: in the inbox and by mail, whatever their
// preferences say, because it may be somebody else who reads those. Reads `device_new` (accounts/sign_in/known_devices.ts).
// A repeat of the events tells nobody twice: the notification has a dedupe key, the mail a row of its own.
import { SYSTEM_ORGANIZATION } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import { deviceOf } from "../../../protocol/accounts/device_name.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer } from "../../define.ts";
import { enqueueMail } from "../mail/jobs.ts";
import { sendAsSystem } from "../send/notify.ts";
import { insertMails } from "../send/write.ts";

const NEW_SIGN_IN = "new_sign_in";
/** Older ones are not news: after a standstill nobody wants them. */
const MAX_AGE_MS = 24 * 3600_000;

type DeviceEvent = Extract<ControlEvent, { kind: "device_new" }>;

const WORDS = {
  en: {
    on: (program: string, system: string) => (system ? `${program} on ${system}` : program),
    unknown: "an unknown program",
    text: (device: string, ip: string) =>
      `Your account was signed in to from a device that it does not know: ${device}${ip ? `, address ${ip}` : ""}. ` +
      "If that was not you, change your password and sign out all other devices in your profile.",
  },
  es: {
    on: (program: string, system: string) => (system ? `${program} en ${system}` : program),
    unknown: "un programa desconocido",
    text: (device: string, ip: string) =>
      `Se ha iniciado sesión en tu cuenta desde un dispositivo que no conoce: ${device}${
        ip ? `, dirección ${ip}` : ""
      }. Si no has sido tú, cambia tu contraseña y cierra la sesión en los demás dispositivos desde tu perfil.`,
  },
};

export const signInAlertConsumer: Consumer = {
  name: "notifications.sign_in_alerts",
  async handle(app, events) {
    for (const event of events.flatMap((one) => newDevice(one) ?? [])) await tell(app, event);
  },
};

function newDevice({ organizationId, channel, push }: ConsumedEvent): DeviceEvent | undefined {
  if (organizationId !== SYSTEM_ORGANIZATION || channel !== channels.control()) return undefined;
  const event = push.data as ControlEvent;
  return event.kind === "device_new" ? event : undefined;
}

async function tell(app: App, { user_id, organization_id, session_id }: DeviceEvent): Promise<void> {
  const row = await app.db.maybe<{ ip: string | null; user_agent: string | null; created_at: Date; locale: string }>(
    sql`select s.ip, s.user_agent, s.created_at, u.locale from sessions s
      join users u on u.id = s.user_id and u.organization_id = s.organization_id and u.is_active
      where s.id = ${session_id} and s.user_id = ${user_id} and s.organization_id = ${organization_id}
        and s.created_at > ${new Date(app.now().getTime() - MAX_AGE_MS)}`,
  );
  if (!row) return;
  const words = WORDS[/^es\b/i.test(row.locale) ? "es" : "en"];
  const { program, system } = deviceOf(row.user_agent);
  const message = words.text(program ? words.on(program, system) : words.unknown, row.ip ?? "");
  const sent = await sendAsSystem(app, organization_id, "Pulpo", {
    type: NEW_SIGN_IN,
    message,
    data: { session_id, program, system, ip: row.ip, at: row.created_at.toISOString() },
    user_ids: [user_id],
    persist: true,
    dedupe_key: `sign-in:${session_id}`,
  });
  if (!app.mailer.enabled) return;
  const mail = { notification_id: sent.id, user_id, organization_id, due_at: app.now() };
  await enqueueMail(app, await insertMails(app.db, [mail]));
}
