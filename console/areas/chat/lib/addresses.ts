// Addresses in messages: where one that nobody marked as a link ends, and whether what a link says is where it leads.
// Pure, and linear in the length of the text. Sources: "Autolinks (extension)" of the GitHub Flavored Markdown spec for
// the punctuation at an end; UTS #39 (Unicode security mechanisms) for look-alikes.

/** Longer ones stay plain text. */
const MAX_ADDRESS = 2_048;

// Space, what Markdown and HTML need themselves, and the punctuation of languages that write no space behind an address.
const ENDS = /[\s\p{Cc}<>"`\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f«»“”]/u;
const PUNCTUATION = new Set("?!.,:;'…’");
const MARKS = new Set("*_~");
const OPENING: Record<string, string> = { ")": "(", "]": "[" };

/** The address with only these leads out of the page; null: everything else, and what is no address. */
export function safeHref(href: string): string | null {
  if (href.length > MAX_ADDRESS) return null;
  const url = URL.parse(href.trim(), "https://relative.invalid/");
  if (!url || url.host === "relative.invalid") return null;
  return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
}

/**
 * Where the address ends that begins at `start`. Punctuation of the sentence around it stays outside; a last `_` or `*`
 * belongs to it, unless `closes` says that an emphasis was opened before, which it may close.
 */
export function addressEnd(text: string, start: number, max: number, closes: (mark: string) => boolean): number {
  const found = text.slice(start, Math.min(max, start + MAX_ADDRESS + 1)).search(ENDS);
  let end = found < 0 ? Math.min(max, start + MAX_ADDRESS + 1) : start + found;
  const counts: Record<string, number> = { "(": 0, ")": 0, "[": 0, "]": 0 };
  for (let i = start; i < end; i++) {
    const char = text[i]!;
    // A bracket that was not opened in the address belongs to what stands around it: the words of a link.
    if (char === "]" && counts["]"]! === counts["["]!) end = i;
    else if (char in counts) counts[char]!++;
  }
  for (; end > start; end--) {
    const last = text[end - 1]!;
    const opening = OPENING[last];
    if (opening) {
      if (counts[last]! <= counts[opening]!) break;
      counts[last]!--;
    } else if (!PUNCTUATION.has(last) && !(MARKS.has(last) && closes(last))) break;
  }
  return end;
}

/** Drawn as nothing: format signs, variation selectors, fillers. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const NAME = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+){0,20}\.(\p{L}{2,63})(?=[/:?#]|$)/u;
// Endings of files that no domain has: `main.ts` is no address.
const FILE_ENDINGS = new Set(
  "js ts tsx jsx mjs json css scss html htm txt yml yaml toml lock xml svg png jpg jpeg gif webp pdf doc docx xls xlsx csv log conf cfg java kt cpp hpp sql go rb php exe dll"
    .split(" "),
);

/** What a reader takes for addresses in the words of a link. */
function shownAddresses(shown: string): URL[] {
  const text = shown.replace(INVISIBLE, "").slice(0, MAX_ADDRESS).normalize("NFKC").replace(/[。｡]/g, ".");
  const out: URL[] = [];
  for (const part of text.split(/[\s<>"'`(),;|]+/).slice(0, 50)) {
    const explicit = /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(part);
    const at = part.lastIndexOf("@");
    const host = explicit ? part : at > 0 && !part.includes("/") ? part.slice(at + 1) : part;
    const ending = NAME.exec(host)?.[1]?.toLowerCase();
    if (!explicit && (!ending || FILE_ENDINGS.has(ending))) continue;
    const url = URL.parse(explicit ? part : `https://${host}`);
    if (url?.hostname) out.push(url);
  }
  return out;
}

const hostOf = (url: URL) => url.hostname.toLowerCase().replace(/^www\./, "");

/**
 * Where a link leads, when its words are the address of something else: `[https://bank.example](https://evil.example)`
 * gives `evil.example`. Null when the words are no address or the same one.
 */
export function leadsTo(shown: string, href: string): string | null {
  const url = URL.parse(href);
  if (!url) return null;
  const mail = url.protocol === "mailto:";
  const target = mail ? URL.parse(`https://${url.pathname.slice(url.pathname.lastIndexOf("@") + 1)}`) : url;
  const place = mail ? url.pathname : url.host;
  if (!target?.hostname) return null;
  const itself = ["", "https://", "mailto:"].some((start) => URL.parse(start + shown.trim())?.href === url.href);
  if (itself) return url.username || url.password || looksLikeAnother(shown) ? place : null;
  const addresses = shownAddresses(shown);
  if (!addresses.length) return null;
  // Signs that nobody sees or that turn the order of others around have no place in an address.
  if (DISGUISE.test(shown) || url.username || url.password) return place;
  for (const address of addresses) {
    if (hostOf(address) !== hostOf(target)) return place;
    const path = address.pathname + address.search;
    if (!mail && path !== "/" && path !== url.pathname + url.search) {
      return shorten(url.host + url.pathname + url.search);
    }
  }
  return looksLikeAnother(shown) ? place : null;
}

const DISGUISE = /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060\ufeff]/;
const shorten = (text: string) => text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text;

// Cyrillic and Greek letters that look like Latin ones.
const LOOK_ALIKES = /^[аесһіјӏոорсԛѕυνхуԝοαρτικ0-9-]+$/iu;

/** A name of which one part mixes Latin with Cyrillic or Greek, or is made of letters that only look Latin. */
function looksLikeAnother(shown: string): boolean {
  const host = /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/)?(?:[^/?#@]*@)?([^/?#:]+)/i.exec(shown.trim())?.[1] ?? "";
  return host.split(".").some((label) => {
    if (!/[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(label)) return false;
    return /\p{Script=Latin}/u.test(label) || LOOK_ALIKES.test(label);
  });
}
