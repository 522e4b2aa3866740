// What a page says about itself in its head: Open Graph, Twitter cards, title and description. Pure, and linear in the
// length of the page whatever it holds; everything that comes out is plain text of bounded length.

export interface PageFacts {
  title: string;
  description: string;
  site: string;
  /** Absolute http(s) address. */
  image: string | null;
}

/** Of the head, after scripts and styles have been taken out. Keeps the reading far below 20 ms. */
const MAX_HEAD = 64 * 1024;
const MAX_TAG = 4 * 1024;
const MAX_TAGS = 500;
const TAG = /<(meta|title)(?=[\s>/])/gi;

/** Null: the page has no title, so there is nothing to show. @param address of the page, for relative addresses */
export function pageFacts(html: string, address: URL): PageFacts | null {
  const head = headOf(html);
  const meta = new Map<string, string>();
  let title = "";
  TAG.lastIndex = 0;
  for (let n = 0; n < MAX_TAGS; n++) {
    const found = TAG.exec(head);
    if (!found) break;
    const name = found[1]!.toLowerCase();
    const tag = readTag(head, TAG.lastIndex);
    if (name === "title") {
      const end = head.indexOf("<", tag.end);
      if (!title) title = head.slice(tag.end, end < 0 ? tag.end + 1000 : Math.min(end, tag.end + 1000));
    } else {
      const key = (tag.attributes.get("property") ?? tag.attributes.get("name") ?? "").toLowerCase();
      const content = tag.attributes.get("content");
      if (key && content && !meta.has(key)) meta.set(key, content);
    }
    TAG.lastIndex = tag.end;
  }
  const first = (max: number, ...keys: string[]) =>
    keys.map((key) => plain(meta.get(key) ?? "", max)).find(Boolean) ?? "";
  const shown = first(200, "og:title", "twitter:title") || plain(title, 200);
  if (!shown) return null;
  const image = meta.get("og:image:secure_url") ?? meta.get("og:image") ?? meta.get("og:image:url") ??
    meta.get("twitter:image");
  return {
    title: shown,
    description: first(300, "og:description", "twitter:description", "description"),
    site: first(100, "og:site_name") || address.hostname,
    image: image ? imageAddress(entities(image).trim(), address) : null,
  };
}

function imageAddress(text: string, base: URL): string | null {
  const url = text.length <= 2000 ? URL.parse(text, base) : null;
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
}

/** Up to the end of the head, without comments, scripts and styles. */
function headOf(html: string): string {
  const lower = lowered(html);
  const ends = ["</head", "<body"].map((tag) => lower.indexOf(tag)).filter((at) => at >= 0);
  let head = ends.length ? html.slice(0, Math.min(...ends)) : html;
  for (const [open, close] of [["<!--", "-->"], ["<script", "</script"], ["<style", "</style"]] as const) {
    head = without(head, open, close);
  }
  return head.slice(0, MAX_HEAD);
}

/** In lower case, at the same positions: some letters grow by it, and such a page is taken as it is. */
function lowered(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

function without(text: string, open: string, close: string): string {
  const lower = lowered(text), kept: string[] = [];
  for (let at = 0;;) {
    const start = lower.indexOf(open, at);
    if (start < 0) return kept.length ? kept.join("") + text.slice(at) : text;
    kept.push(text.slice(at, start));
    const end = lower.indexOf(close, start + open.length);
    if (end < 0) return kept.join("");
    at = end + close.length;
  }
}

/** Attributes from behind the tag's name; `end` is the position behind its `>`. */
function readTag(text: string, from: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>();
  const pattern = /\s*(?:(>)|\/|([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`]+)))?|["'=<`])/y;
  const part = text.slice(from, from + MAX_TAG);
  pattern.lastIndex = 0;
  for (;;) {
    const at = pattern.lastIndex;
    const found = pattern.exec(part);
    if (!found) return { attributes, end: from + Math.max(at, 1) };
    if (found[1]) return { attributes, end: from + pattern.lastIndex };
    const name = found[2]?.toLowerCase();
    if (name && !attributes.has(name)) attributes.set(name, found[3] ?? found[4] ?? found[5] ?? "");
  }
}

const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  laquo: "«",
  raquo: "»",
  rsquo: "’",
  lsquo: "‘",
  ldquo: "“",
  rdquo: "”",
};

function entities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** One line without control characters and without those that turn the direction of what follows. */
function plain(text: string, max: number): string {
  const line = entities(text.slice(0, max * 8)).replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\s]+/gu, " ")
    .toWellFormed().trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).trimEnd().toWellFormed()}…`;
}
