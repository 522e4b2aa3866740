// The mail about one notification, in English or Spanish, as text and as HTML. Whatever comes from outside is escaped in
// the HTML and kept out of the subject's line structure.
import type { Mail } from "../../../kernel/ports.ts";
import { PRESETS } from "../preferences/presets.ts";

export interface MailSubject {
  id: string;
  userId: string;
  to: string;
  locale: string;
  organization: string;
  type: string;
  message: string;
  senderName: string;
  createdAt: Date;
  timezone: string;
}

const TEXTS = {
  en: {
    from: (sender: string, organization: string) => `From ${sender} in ${organization}`,
    open: "Open the inbox",
    why: "You get this mail because your notification preferences say so. You can change them in your profile.",
  },
  es: {
    from: (sender: string, organization: string) => `De ${sender} en ${organization}`,
    open: "Abrir la bandeja",
    why: "Recibes este correo porque así lo dicen tus preferencias de notificación. Puedes cambiarlas en tu perfil.",
  },
};

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** For HTML text and quoted attributes. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** The type in the reader's language when a preset knows it, else its words. */
function labelOf(type: string, language: "en" | "es"): string {
  for (const { types } of PRESETS) {
    const found = types.find((t) => t.type === type);
    if (found) return found.label[language];
  }
  const words = type.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}

export function notificationMail(n: MailSubject, publicUrl: string): Mail {
  const language = /^es\b/i.test(n.locale) ? "es" : "en";
  const t = TEXTS[language];
  const label = labelOf(n.type, language);
  const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: n.timezone })
    .format(n.createdAt);
  const link = `${publicUrl}/inbox`;
  const firstLine = n.message.split(/[\r\n]/, 1)[0]!.trim();
  const summary = firstLine.length > 120 ? `${firstLine.slice(0, 119).toWellFormed()}…` : firstLine;
  const host = URL.parse(publicUrl)?.hostname ?? "localhost";
  const origin = `${t.from(n.senderName, n.organization)} · ${when}`;
  return {
    to: n.to,
    subject: `${label}: ${summary}`.replace(/\p{Cc}+/gu, " "),
    messageId: `<${n.id}.${n.userId}@${host}>`,
    text: `${label}\n\n${n.message}\n\n${origin}\n${t.open}: ${link}\n\n--\n${t.why}\n`,
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(label)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2430">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
<h1 style="margin:0 0 12px;font-size:18px">${escapeHtml(label)}</h1>
<p style="margin:0 0 16px;white-space:pre-wrap">${escapeHtml(n.message)}</p>
<p style="margin:0 0 16px;color:#5a6575;font-size:14px">${escapeHtml(origin)}</p>
<p style="margin:0"><a href="${escapeHtml(link)}" style="color:#0b5cad">${t.open}</a></p>
</div>
<p style="max-width:560px;margin:16px auto 0;color:#5a6575;font-size:12px">${t.why}</p>
</body></html>
`,
  };
}
