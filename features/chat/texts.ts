// What commands answer to the person who gave them, and what the server tells people about scheduled messages and silent
// channels, in their language. Pure.

import type { ErrorCode } from "../../protocol/errors.ts";

const TEXTS = {
  topic_is: { en: "The topic is: {0}", es: "El tema es: {0}" },
  topic_none: { en: "This channel has no topic.", es: "Este canal no tiene tema." },
  topic_set: { en: "The topic is set.", es: "El tema está puesto." },
  topic_removed: { en: "The topic is removed.", es: "El tema está quitado." },
  renamed: { en: "The channel is now called {0}.", es: "El canal se llama ahora {0}." },
  invited: { en: "Added: {0}.", es: "Añadido: {0}." },
  kicked: { en: "{0} is no longer in this channel.", es: "{0} ya no está en este canal." },
  left: { en: "You left the channel.", es: "Has salido del canal." },
  muted: { en: "This channel is muted for you.", es: "Este canal está silenciado para ti." },
  muted_until: { en: "This channel is muted for you for {0}.", es: "Este canal está silenciado para ti durante {0}." },
  unmuted: { en: "This channel is not muted any more.", es: "Este canal ya no está silenciado." },
  archived: { en: "The channel is archived.", es: "El canal está archivado." },
  away: { en: "You are shown as away.", es: "Apareces como ausente." },
  online: { en: "You are shown as online.", es: "Apareces como conectado." },
  busy: { en: "You are shown as busy.", es: "Apareces como ocupado." },
  status_set: { en: "Your status says: {0}", es: "Tu estado dice: {0}" },
  status_removed: { en: "The text of your status is removed.", es: "El texto de tu estado está quitado." },
  remind_me: { en: "I will remind you in {0}: {1}", es: "Te lo recordaré en {0}: {1}" },
  remind_channel: { en: "I will remind {2} in {0}: {1}", es: "Se lo recordaré a {2} en {0}: {1}" },
  reminder: { en: "**Reminder:** {0}", es: "**Recordatorio:** {0}" },
  scheduled_failed: {
    en: "Your scheduled message was not sent: {0}",
    es: "Tu mensaje programado no se envió: {0}",
  },
  archive_notice: {
    en: "#{0} will be archived in {1} days, because nobody writes in it. Any message keeps it.",
    es: "#{0} se archivará en {1} días porque nadie escribe en él. Cualquier mensaje lo conserva.",
  },
  help_head: { en: "Commands:", es: "Comandos:" },
  help_foot: {
    en: "`//text` sends `/text` as a message.",
    es: "`//texto` envía `/texto` como mensaje.",
  },
} as const;

export type Language = "en" | "es";
export type TextName = keyof typeof TEXTS;

export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith("es") ? "es" : "en";
}

export function say(language: Language, name: TextName, ...values: string[]): string {
  return TEXTS[name][language].replace(/\{(\d)\}/g, (_, n: string) => values[Number(n)] ?? "");
}

/** Why a scheduled message may not be sent, where the sentence of the error is in another language. */
const FAILED_ES: Partial<Record<ErrorCode, string>> = {
  banned: "un moderador te ha expulsado.",
  channel_archived: "el canal está archivado.",
  forbidden: "ya no puedes escribir en este canal.",
  message_blocked: "las normas de tu organización no lo permiten.",
  muted: "un moderador te ha silenciado.",
  not_found: "el canal ya no existe o ya no lo ves.",
};

export function scheduledFailed(language: Language, { code, detail }: { code: ErrorCode; detail: string }): string {
  return say(language, "scheduled_failed", language === "es" ? FAILED_ES[code] ?? "el servidor no lo aceptó." : detail);
}

const UNIT_NAMES: readonly [number, Record<Language, [string, string]>][] = [
  [86_400, { en: ["day", "days"], es: ["día", "días"] }],
  [3600, { en: ["hour", "hours"], es: ["hora", "horas"] }],
  [60, { en: ["minute", "minutes"], es: ["minuto", "minutos"] }],
  [1, { en: ["second", "seconds"], es: ["segundo", "segundos"] }],
];

/** `5400` → `1 hour 30 minutes`. */
export function durationText(language: Language, seconds: number): string {
  const parts: string[] = [];
  let left = seconds;
  for (const [size, names] of UNIT_NAMES) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${names[language][count === 1 ? 0 : 1]}`);
  }
  return parts.join(" ");
}
