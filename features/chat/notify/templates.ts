// The words of chat's notifications and of the mail about what was missed, in English and Spanish, in one table; and a
// message as one line of plain text.
import { plainText } from "../../../kernel/markdown_text.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Message } from "../../../protocol/chat/chat.ts";
import type { Verdict } from "./rules.ts";

export type Language = "en" | "es";
/** By the person's locale, such as `es-CO`. */
export const languageOf = (locale: string): Language => /^es\b/i.test(locale) ? "es" : "en";

/** {user}, {channel} and {word} are filled in. */
const TITLES: Record<string, Record<Language, string>> = {
  mention: { en: "{user} mentioned you in #{channel}", es: "{user} te mencionó en #{channel}" },
  mention_all: { en: "{user} called {word} in #{channel}", es: "{user} llamó a {word} en #{channel}" },
  direct_message: { en: "Message from {user}", es: "Mensaje de {user}" },
  thread_reply: { en: "{user} replied in a thread in #{channel}", es: "{user} respondió en un hilo de #{channel}" },
  channel_message: { en: "{user} wrote in #{channel}", es: "{user} escribió en #{channel}" },
  keyword: { en: "{user} wrote “{word}” in #{channel}", es: "{user} escribió «{word}» en #{channel}" },
  channel_invite: { en: "{user} added you to #{channel}", es: "{user} te añadió a #{channel}" },
};

const FILES: Record<Language, (names: string) => string> = {
  en: (names) => `File: ${names}`,
  es: (names) => `Archivo: ${names}`,
};

export interface TitleWords {
  user: string;
  /** Empty for direct channels. */
  channel: string;
}

/** One line. */
export function titleOf({ type, word = "" }: Verdict, language: Language, { user, channel }: TitleWords): string {
  const template = TITLES[type === "mention" && word ? "mention_all" : type]![language];
  return template.replace(
    /\{(user|channel|word)\}/g,
    (_, name) => name === "user" ? user : name === "word" ? word : channel,
  );
}

const MAX_EXCERPT = 200;

/** A message and its cards as one line, without Markdown's signs; what it attaches when it says nothing. */
export function excerptOf(
  message: Pick<Message, "content" | "attachments"> & Partial<Pick<Message, "cards">>,
  language: Language,
): string {
  const text = plainText(messageText(message).slice(0, 4000)).replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (text) return shorten(text);
  return message.attachments.length
    ? shorten(FILES[language](message.attachments.map((file) => file.filename).join(", ")))
    : "";
}

export function shorten(text: string, max = MAX_EXCERPT): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).trimEnd().toWellFormed()}…`;
}

/** The mail about what was missed. */
export const DIGEST_TEXTS = {
  en: {
    subject: (count: number, organization: string) =>
      count === 1 ? `1 message for you in ${organization}` : `${count} messages for you in ${organization}`,
    intro: "While you were away:",
    direct: "Direct messages",
    more: (count: number) => count === 1 ? "and 1 more" : `and ${count} more`,
    open: "Open the chat",
    why: "You get this mail because you asked for a summary of what you miss.",
    unsubscribe: "Change or stop these mails",
  },
  es: {
    subject: (count: number, organization: string) =>
      count === 1 ? `1 mensaje para ti en ${organization}` : `${count} mensajes para ti en ${organization}`,
    intro: "Mientras no estabas:",
    direct: "Mensajes directos",
    more: (count: number) => count === 1 ? "y 1 más" : `y ${count} más`,
    open: "Abrir el chat",
    why: "Recibes este correo porque pediste un resumen de lo que te pierdes.",
    unsubscribe: "Cambiar o dejar de recibir estos correos",
  },
};
