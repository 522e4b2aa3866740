// The mail about what was missed, as text and HTML, in English or Spanish. Pure. Whatever people wrote is escaped in the
// HTML and kept out of the structure of the headers.
import type { Mail } from "../../../kernel/ports.ts";
import type { Card } from "../../../protocol/chat/cards.ts";
import type { Attachment } from "../../../protocol/chat/chat.ts";
import type { ChatNotification } from "../../../protocol/notifications/push.ts";
import { DIGEST_TEXTS, excerptOf, languageOf, shorten } from "./templates.ts";

const MAX_CHANNELS = 20;
const MAX_PER_CHANNEL = 10;

export interface MissedMessage {
  type: string;
  data: ChatNotification;
  created_at: Date;
  /** As it is now. */
  content: string;
  attachments: Attachment[];
  cards?: Card[];
}

export interface DigestContent {
  id: string;
  to: string;
  locale: string;
  organization: string;
  timezone: string;
  publicUrl: string;
  /** Oldest first, at least one. */
  missed: readonly MissedMessage[];
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

interface Line {
  who: string;
  what: string;
  when: string;
  link: string;
}

export function digestMail({ id, to, locale, organization, timezone, publicUrl, missed }: DigestContent): Mail {
  const language = languageOf(locale), t = DIGEST_TEXTS[language];
  const clock = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short", timeZone: timezone });
  const line = (item: MissedMessage): Line => ({
    who: item.data.sender.display_name,
    what: excerptOf(item, language),
    when: clock.format(item.created_at),
    link: `${publicUrl}/chat/${item.data.channel_id}/${item.data.message_id}`,
  });
  const all = [...Map.groupBy(missed, (item) => item.data.channel_id).values()];
  const sections = all.slice(0, MAX_CHANNELS).map((items) => {
    const { channel_name } = items[0]!.data;
    return {
      title: channel_name === null ? `${t.direct}: ${items[0]!.data.sender.display_name}` : `#${channel_name}`,
      lines: items.slice(0, MAX_PER_CHANNEL).map(line),
      more: items.length - MAX_PER_CHANNEL,
    };
  });
  const left = all.slice(MAX_CHANNELS).reduce((n, items) => n + items.length, 0);
  const preferences = `${publicUrl}/inbox?tab=preferences`;
  const host = URL.parse(publicUrl)?.hostname ?? "localhost";
  return {
    to,
    subject: shorten(t.subject(missed.length, organization).replace(/\p{Cc}+/gu, " "), 150),
    messageId: `<${id}.digest@${host}>`,
    unsubscribeUrl: preferences,
    text: [
      t.intro,
      ...sections.flatMap(({ title, lines, more }) => [
        "",
        title,
        ...lines.map((l) => `  ${l.who} (${l.when}): ${l.what}\n  ${l.link}`),
        ...(more > 0 ? [`  ${t.more(more)}`] : []),
      ]),
      ...(left > 0 ? ["", t.more(left)] : []),
      "",
      `${t.open}: ${publicUrl}/chat`,
      "",
      "--",
      t.why,
      `${t.unsubscribe}: ${preferences}`,
      "",
    ].join("\n"),
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(organization)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2430">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
<p style="margin:0 0 16px">${t.intro}</p>
${
      sections.map(({ title, lines, more }) =>
        `<h2 style="margin:16px 0 8px;font-size:16px">${escapeHtml(title)}</h2>
${lines.map(htmlLine).join("\n")}${more > 0 ? `\n<p style="margin:0;color:#5a6575">${t.more(more)}</p>` : ""}`
      ).join("\n")
    }
${left > 0 ? `<p style="margin:16px 0 0;color:#5a6575">${t.more(left)}</p>` : ""}
<p style="margin:24px 0 0"><a href="${escapeHtml(`${publicUrl}/chat`)}" style="color:#0b5cad">${t.open}</a></p>
</div>
<p style="max-width:560px;margin:16px auto 0;color:#5a6575;font-size:12px">${t.why}
<a href="${escapeHtml(preferences)}" style="color:#5a6575">${t.unsubscribe}</a></p>
</body></html>
`,
  };
}

const htmlLine = ({ who, what, when, link }: Line): string =>
  `<p style="margin:0 0 10px;overflow-wrap:anywhere"><strong>${escapeHtml(who)}</strong>
<a href="${escapeHtml(link)}" style="color:#5a6575;font-size:13px">${escapeHtml(when)}</a><br>${escapeHtml(what)}</p>`;
