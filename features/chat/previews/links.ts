// Which links of a message get a preview. Pure. What stands in code is no link, and `<https://…>` is a link without one.
import { withoutCode } from "../messages/mentions.ts";

const MAX_PREVIEWS = 3;
const MAX_URL = 2000;
const SUPPRESSED = /<https?:\/\/[^\s<>]*>/gi;
const LINK = /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"`]+/giu;

/** The first different links, as they are to be called (without fragment). @param own addresses that begin so are left out */
export function previewLinks(content: string, own?: string): string[] {
  if (!/https?:\/\//i.test(content)) return [];
  const found = new Set<string>();
  for (const [text] of withoutCode(content).replace(SUPPRESSED, " ").matchAll(LINK)) {
    const url = text.length <= MAX_URL ? URL.parse(trimmed(text)) : null;
    if (!url || url.username || url.password || !url.hostname) continue;
    url.hash = "";
    if (own && (url.href === own || url.href.startsWith(`${own}/`))) continue;
    found.add(url.href);
    if (found.size === MAX_PREVIEWS) break;
  }
  return [...found];
}

/** Without what belongs to the sentence or to Markdown around it. */
function trimmed(text: string): string {
  const surplus = { ")": count(text, ")") - count(text, "("), "]": count(text, "]") - count(text, "[") };
  let end = text.length;
  for (; end > 0; end--) {
    const last = text[end - 1]!;
    if (last === ")" || last === "]") {
      if (surplus[last]-- <= 0) break;
    } else if (!/[.,;:!?'*_~|]/.test(last)) break;
  }
  return text.slice(0, end);
}

const count = (text: string, character: string) => text.split(character).length - 1;
