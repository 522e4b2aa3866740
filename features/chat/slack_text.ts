// Slack's mrkdwn and attachments as Markdown of chat, for incoming webhooks and answers of custom commands. Pure.
// Source: Slack's "Formatting text for app surfaces" and "Legacy secondary message attachments" reference pages.
import type { SlackPayload } from "../../protocol/webhooks.ts";

type Attachment = NonNullable<SlackPayload["attachments"]>[number];

/** A payload's text and attachments as one Markdown text; `fallback` when it has neither (blocks). */
export function slackMarkdown(payload: Pick<SlackPayload, "text" | "attachments">, fallback = ""): string {
  const parts = [toMarkdown(payload.text ?? ""), ...(payload.attachments ?? []).map(attachmentMarkdown)];
  return parts.filter((part) => part.trim() !== "").join("\n\n") || fallback;
}

/** `<url|label>` → `[label](url)`, `<!here>` → `@here`, `*bold*` → `**bold**`, `~gone~` → `~~gone~~`. Code stays. */
export function toMarkdown(text: string): string {
  const clean = text.toWellFormed().replaceAll("\0", "");
  return clean.split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part, i) => i % 2 === 1 ? unescape(part.replace(REFERENCE, plainReference)) : markup(part)).join("");
}

const REFERENCE = /<([^<>\n]{1,3000})>/g;

function markup(text: string): string {
  // Addresses are put aside: their characters are no markup.
  const kept: string[] = [];
  const bare = text.replaceAll("\u{e000}", "").replace(REFERENCE, (_, inner: string) => {
    kept.push(reference(inner));
    return `\u{e000}${kept.length - 1}\u{e000}`;
  });
  const marked = bare
    .replace(/(?<![\p{L}\p{N}*\\])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\p{L}\p{N}*])/gu, "**$1**")
    .replace(/(?<![\p{L}\p{N}~\\])~(?=[^\s~])([^~\n]*?[^\s~])~(?![\p{L}\p{N}~])/gu, "~~$1~~");
  return unescape(marked).replace(/\u{e000}(\d+)\u{e000}/gu, (_, n: string) => kept[Number(n)] ?? "");
}

const unescape = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function reference(inner: string): string {
  const [target = "", label] = splitOnce(inner);
  if (target.startsWith("!")) return `@${unescape(label ?? target.slice(1).split("^")[0]!).replace(/^@/, "")}`;
  if (/^[@#]/.test(target)) return target[0] + unescape(label ?? target.slice(1)).replace(/^[@#]/, "");
  const address = unescape(target);
  const shown = label === undefined ? undefined : unescape(label);
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return shown ?? address;
  if (shown === undefined || shown === address) return address.replace(/^mailto:/i, "");
  const safe = address.replace(/[()\s]/g, (c) => encodeURIComponent(c).replace("(", "%28").replace(")", "%29"));
  return `[${shown.replace(/[[\]]/g, "\\$&").replace(/\s+/g, " ")}](${safe})`;
}

function plainReference(_: string, inner: string): string {
  const [target = "", label] = splitOnce(inner);
  return label ?? target;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf("|");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function attachmentMarkdown(a: Attachment): string {
  const link = a.title_link && /^https?:\/\//i.test(a.title_link) ? a.title_link : undefined;
  const title = a.title && (link ? `**${reference(`${link}|${a.title}`)}**` : `**${toMarkdown(a.title)}**`);
  const fields = (a.fields ?? []).map((field) => {
    const value = field.value === undefined || field.value === null ? "" : toMarkdown(String(field.value));
    return field.title ? `**${toMarkdown(field.title)}:** ${value}` : value;
  });
  const body = [title, a.text && toMarkdown(a.text), ...fields].filter((line) =>
    typeof line === "string" && line !== ""
  );
  if (body.length === 0 && a.fallback) body.push(toMarkdown(a.fallback));
  const quoted = body.join("\n").split("\n").map((line) => `> ${line}`).join("\n");
  return [a.pretext && toMarkdown(a.pretext), body.length ? quoted : ""].filter(Boolean).join("\n");
}
