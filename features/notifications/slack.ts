// Slack's incoming-webhook payload reduced to a notification: one readable text and data for those who want to draw it.
// Source of the forms: Slack's "Formatting text", "Legacy attachments" and "Block Kit" reference pages.
import { jsonProblem, MAX_DATA_BYTES, MAX_MESSAGE_BYTES, utf8Length } from "../../protocol/notifications.ts";
import { type SlackPayload, slackPayload } from "../../protocol/webhooks.ts";

export interface SlackMessage {
  message: string;
  username: string | null;
  data: Record<string, unknown>;
}

/** What is wrong with a payload, in Slack's own words. */
export type SlackProblem = "invalid_payload" | "no_text";

const MAX_TEXT_BYTES = 16 * 1024;

/** @param value the parsed JSON of the request. */
export function readSlackPayload(value: unknown): SlackMessage | SlackProblem {
  if (jsonProblem(value, 4 * 1024 * 1024)?.startsWith("nested")) return "invalid_payload";
  const parsed = slackPayload.safeParse(value);
  if (!parsed.success) return "invalid_payload";
  const payload = parsed.data;
  const text = plain(payload.text ?? "") || (payload.blocks ?? []).map(blockText).filter(Boolean).join("\n");
  const attachments = (payload.attachments ?? []).map(reduceAttachment);
  const message = text || attachments.map(attachmentText).filter(Boolean).join("\n");
  if (!message.trim()) return "no_text";
  const username = payload.username ? plain(payload.username).slice(0, 80) : null;
  const data = {
    text: cut(text, MAX_TEXT_BYTES),
    username,
    icon_emoji: payload.icon_emoji ? plain(payload.icon_emoji).slice(0, 80) : null,
    icon_url: webAddress(payload.icon_url),
    attachments,
  };
  while (attachments.length && utf8Length(JSON.stringify(data)) > MAX_DATA_BYTES - 1024) {
    attachments.pop();
  }
  return { message: cut(message.trim(), MAX_MESSAGE_BYTES), username, data };
}

/** Slack's mrkdwn without its escapes: `<url|label>` → `label (url)`, `<!here>` → `@here`, `&lt;` → `<`. */
export function plain(text: string): string {
  return clean(text).replace(/<([^<>]*)>/g, (_, inner: string) => {
    const [target = "", label] = inner.split("|", 2);
    if (target.startsWith("!")) return `@${label ?? target.slice(1).split("^")[0]}`;
    if (target.startsWith("@") || target.startsWith("#")) {
      return label ? target[0] + label.replace(/^[@#]/, "") : target;
    }
    const address = target.replace(/^mailto:/, "");
    return label && label !== address ? `${label} (${address})` : address;
  }).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

const clean = (text: string) => text.toWellFormed().replaceAll("\0", "");

function webAddress(value: unknown): string | null {
  if (typeof value !== "string" || value.length > 2000) return null;
  const url = URL.parse(value);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
}

type Attachment = NonNullable<SlackPayload["attachments"]>[number];
type Reduced = ReturnType<typeof reduceAttachment>;

function reduceAttachment(a: Attachment) {
  const text = (value: string | undefined) => value === undefined ? null : cut(plain(value), MAX_TEXT_BYTES);
  return {
    fallback: text(a.fallback),
    pretext: text(a.pretext),
    title: text(a.title),
    title_link: webAddress(a.title_link),
    text: text(a.text),
    color: a.color && /^(#[0-9a-f]{3,8}|good|warning|danger)$/i.test(a.color) ? a.color : null,
    fields: (a.fields ?? []).map((f) => ({
      title: cut(plain(f.title ?? ""), 1024),
      value: cut(plain(f.value === undefined || f.value === null ? "" : String(f.value)), 4096),
      short: f.short ?? false,
    })),
  };
}

function attachmentText(a: Reduced): string {
  const fields = a.fields.map((f) => f.title ? `${f.title}: ${f.value}` : f.value);
  const full = [a.pretext, a.title, a.text, ...fields].filter(Boolean).join("\n");
  return full || a.fallback || "";
}

/** Everything readable in a block, whatever its kind: texts of sections, headers, contexts and rich text. */
function blockText(block: unknown): string {
  if (Array.isArray(block)) return block.map(blockText).filter(Boolean).join("\n");
  if (typeof block !== "object" || block === null) return "";
  const node = block as Record<string, unknown>;
  switch (node.type) {
    case "plain_text":
      return clean(String(node.text ?? ""));
    case "mrkdwn":
      return plain(String(node.text ?? ""));
    case "text":
      return clean(String(node.text ?? ""));
    case "link":
      return node.text
        ? `${clean(String(node.text))} (${clean(String(node.url ?? ""))})`
        : clean(String(node.url ?? ""));
    case "emoji":
      return `:${clean(String(node.name ?? ""))}:`;
    case "image":
      return clean(String(node.alt_text ?? ""));
    case "rich_text_section":
    case "rich_text_quote":
    case "rich_text_preformatted":
      return Array.isArray(node.elements) ? node.elements.map(blockText).join("") : "";
    default:
      return [node.text, node.fields, node.elements].map(blockText).filter(Boolean).join("\n");
  }
}

/** At most `bytes` bytes of UTF-8, cut at a character and marked with an ellipsis. */
export function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length <= bytes) return text;
  let end = bytes - 3;
  while (end > 0 && (encoded[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(encoded.subarray(0, end)) + "…";
}
