// A mail about an account, as text and as HTML. Pure. Names come from people: they are escaped in the HTML and kept out of
// the line structure of the headers.
import type { Mail } from "../../../kernel/ports.ts";
import { MAIL_TEXTS, type MailKind, type MailLanguage } from "./texts.ts";

export interface MailContent {
  kind: MailKind;
  to: string;
  locale: string;
  /** Stable: a mail that goes out twice is shown once. */
  id: string;
  /** Where the link leads. */
  url: string;
  publicUrl: string;
  /** Fill the text. */
  values: { organization: string; username?: string; by?: string; until?: Date; now?: Date };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
const MAX_SUBJECT = 150;

export function accountMail({ kind, to, locale, id, url, publicUrl, values }: MailContent): Mail {
  const language: MailLanguage = /^es\b/i.test(locale) ? "es" : "en";
  const clock = new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  const time = (date?: Date) => date ? `${clock.format(date)} UTC` : "";
  const { organization, username = "", by = "Pulpo" } = values;
  const words = { to, url, organization, username, by, until: time(values.until), now: time(values.now) };
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: keyof typeof words) => words[name].replace(/\p{Cc}+/gu, " "));
  const { subject, text, action, note } = MAIL_TEXTS[kind][language];
  const host = URL.parse(publicUrl)?.hostname ?? "localhost";
  const link = action
    ? `<p style="margin:24px 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;
background:#0b5cad;color:#fff;border-radius:8px;text-decoration:none">${escapeHtml(fill(action))}</a></p>
<p style="margin:0 0 16px;color:#5a6575;font-size:13px;overflow-wrap:anywhere">${escapeHtml(url)}</p>`
    : "";
  return {
    to,
    subject: [...fill(subject)].slice(0, MAX_SUBJECT).join(""),
    messageId: `<${id}.account@${host}>`,
    text: [fill(text), ...(action ? [`${fill(action)}: ${url}`] : []), fill(note)].join("\n\n") + "\n",
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(fill(subject))}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2430">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
<p style="margin:0 0 16px">${escapeHtml(fill(text))}</p>
${link}
<p style="margin:0;color:#5a6575;font-size:14px">${escapeHtml(fill(note))}</p>
</div>
</body></html>
`,
  };
}
