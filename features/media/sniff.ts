// What a file is, by its first bytes. An own small table on purpose: it looks at the first 4 KiB only, in one pass, so no
// file can make it slow, and it knows what must never be shown as a page (HTML, SVG, XML). The rule for a declared type:
// whatever can be recognised must be what was declared; whatever cannot is a download.
import { AppError } from "../../kernel/errors.ts";
import { endingOf } from "./names.ts";
import type { MediaKind } from "./store.ts";

export const SNIFF_BYTES = 4096;

/** What a browser may show by itself; all else is a download. */
const INLINE: Record<string, MediaKind> = {
  "image/jpeg": "image",
  "image/png": "image",
  "image/gif": "image",
  "image/webp": "image",
  "image/avif": "image",
  "video/mp4": "video",
  "video/webm": "video",
  "video/quicktime": "video",
  "audio/mpeg": "audio",
  "audio/mp4": "audio",
  "audio/ogg": "audio",
  "audio/wav": "audio",
  "audio/flac": "audio",
  "audio/aac": "audio",
  "audio/webm": "audio",
  "application/pdf": "file",
};

export function mayShowInline(mimeType: string): boolean {
  return mimeType in INLINE;
}

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));

/** Start of the file (or what stands at an offset) → type. */
const TABLE: [offset: number, bytes: number[], type: string][] = [
  [0, [0xff, 0xd8, 0xff], "image/jpeg"],
  [0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "image/png"],
  [0, ascii("GIF87a"), "image/gif"],
  [0, ascii("GIF89a"), "image/gif"],
  [0, ascii("%PDF-"), "application/pdf"],
  [0, [0x50, 0x4b, 0x03, 0x04], "application/zip"],
  [0, [0x50, 0x4b, 0x05, 0x06], "application/zip"],
  [0, [0x1f, 0x8b], "application/gzip"],
  [0, ascii("OggS"), "audio/ogg"],
  [0, ascii("fLaC"), "audio/flac"],
  [0, ascii("ID3"), "audio/mpeg"],
  [0, ascii("BM"), "image/bmp"],
  [0, [0x49, 0x49, 0x2a, 0x00], "image/tiff"],
  [0, [0x4d, 0x4d, 0x00, 0x2a], "image/tiff"],
  [0, [0x7f, 0x45, 0x4c, 0x46], "application/x-elf"],
];

const BRANDS: Record<string, string> = {
  avif: "image/avif",
  avis: "image/avif",
  heic: "image/heic",
  heix: "image/heic",
  hevc: "image/heic",
  mif1: "image/heif",
  msf1: "image/heif",
  "qt  ": "video/quicktime",
  "M4A ": "audio/mp4",
  "M4B ": "audio/mp4",
};

/** The type that the bytes show, `text/…` for readable text, undefined when they show none. */
export function sniff(head: Uint8Array): string | undefined {
  for (const [offset, bytes, type] of TABLE) {
    if (head.length >= offset + bytes.length && bytes.every((b, i) => head[offset + i] === b)) {
      // A bitmap says its length in bytes 2 to 5 and has zeros behind; two letters alone are not enough.
      if (type === "image/bmp" && (head.length < 10 || head.subarray(6, 10).some((b) => b !== 0))) continue;
      return type;
    }
  }
  const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (text(0, 4) === "RIFF") {
    if (text(8, 12) === "WEBP") return "image/webp";
    if (text(8, 12) === "WAVE") return "audio/wav";
    if (text(8, 12) === "AVI ") return "video/x-msvideo";
  }
  if (text(4, 8) === "ftyp") return sniffBoxes(head);
  if (head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3) {
    return text(0, 64).includes("webm") ? "video/webm" : "video/x-matroska";
  }
  if (head[0] === 0xff && (head[1]! & 0xf6) === 0xf0) return "audio/aac";
  if (head[0] === 0xff && (head[1]! & 0xe6) === 0xe2) return "audio/mpeg";
  return sniffText(head);
}

function sniffBoxes(head: Uint8Array): string {
  const size = Math.min(head.length, ((head[0]! << 24) | (head[1]! << 16) | (head[2]! << 8) | head[3]!) >>> 0);
  const brand = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  const major = BRANDS[brand(8)];
  if (major && major !== "image/heif") return major;
  for (let at = 16; at + 4 <= size; at += 4) {
    const type = BRANDS[brand(at)];
    if (type === "image/avif" || type === "image/heic") return type;
  }
  return major ?? "video/mp4";
}

const HTML =
  /<(!doctype\s+html|html|head|body|script|iframe|object|embed|svg|style|link|meta|title|form|table|img|a)[\s>\/]/i;

function sniffText(head: Uint8Array): string | undefined {
  if (head.length === 0) return "text/plain";
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  let text: string;
  if (wide) text = new TextDecoder(head[0] === 0xff ? "utf-16le" : "utf-16be").decode(head);
  else {
    if (head.includes(0)) return undefined;
    // The cut may go through a character: `stream` leaves it out.
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: head.length >= SNIFF_BYTES });
    } catch {
      return undefined;
    }
  }
  // deno-lint-ignore no-control-regex
  if (/[\x01-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return undefined;
  if (/<svg[\s>]/i.test(text)) return "image/svg+xml";
  if (HTML.test(text)) return "text/html";
  return /^\s*<\?xml/i.test(text) ? "application/xml" : "text/plain";
}

const ALIASES: Record<string, string> = {
  "image/jpg": "image/jpeg",
  "image/pjpeg": "image/jpeg",
  "image/x-png": "image/png",
  "image/apng": "image/png",
  "image/x-ms-bmp": "image/bmp",
  "image/heic-sequence": "image/heic",
  "audio/mp3": "audio/mpeg",
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/vnd.wave": "audio/wav",
  "audio/x-flac": "audio/flac",
  "audio/x-m4a": "audio/mp4",
  "audio/aacp": "audio/aac",
  "audio/opus": "audio/ogg",
  "application/ogg": "audio/ogg",
  "application/x-zip-compressed": "application/zip",
  "application/x-gzip": "application/gzip",
  "text/xml": "application/xml",
  "application/xhtml+xml": "text/html",
};

/** Types that share a container: the name of one is good for the bytes of the other. */
const FAMILIES: string[][] = [
  ["video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "audio/3gpp", "video/x-m4v"],
  ["video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"],
  ["audio/ogg", "video/ogg"],
  ["image/heic", "image/heif"],
  ["audio/mpeg", "audio/aac"],
];

/** What a name promises when no type was declared. */
const ENDINGS: Record<string, string> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
  webm: "video/webm",
  mp3: "audio/mpeg",
  pdf: "application/pdf",
};

const MIME = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;

/**
 * The type to store, from what was declared and what the bytes show.
 * @throws AppError `unsupported_file` when they contradict each other.
 */
export function judgeType(
  declared: string | undefined,
  filename: string,
  head: Uint8Array,
): { mimeType: string; kind: MediaKind } {
  const shown = sniff(head);
  const bare = declared?.split(";")[0]?.trim().toLowerCase() ?? "";
  const said = MIME.test(bare) ? ALIASES[bare] ?? bare : "";
  const open = said === "" || said === "application/octet-stream" || said === "binary/octet-stream";
  if (!open && !agree(said, shown)) {
    throw new AppError(
      "unsupported_file",
      `The file was sent as ${said}, but its bytes are ${shown ?? "something else"}.`,
    );
  }
  const named = ENDINGS[endingOf(filename)];
  if (open && named && shown && !agree(named, shown)) {
    throw new AppError("unsupported_file", `The file is named like ${named}, but its bytes are ${shown}.`);
  }
  const mimeType = chosen(said, open, shown);
  return {
    mimeType,
    kind: INLINE[mimeType] ?? (/^(video|audio)\//.exec(mimeType)?.[1] as MediaKind | undefined) ?? "file",
  };
}

function agree(said: string, shown: string | undefined): boolean {
  if (said === shown) return true;
  if (shown && FAMILIES.some((family) => family.includes(said) && family.includes(shown))) return true;
  const textual = shown === "text/plain" || shown === "application/xml" || shown === "text/html";
  if (said.startsWith("image/svg")) return shown === "image/svg+xml";
  if (said === "text/html") return textual || shown === "image/svg+xml";
  // Text may hold anything that is text, also in an old encoding that is not recognised as such.
  if (said.startsWith("text/")) return shown === undefined || textual || shown === "image/svg+xml";
  // Pictures, sound, video and PDF are what can be recognised: they must be.
  if (said in INLINE) return false;
  if (/^(image|video|audio)\//.test(said)) return shown === undefined;
  // Office documents are archives, programs' own formats are often text: a picture or a film is neither.
  return shown === undefined || textual || shown === "image/svg+xml" || !(shown in INLINE);
}

function chosen(said: string, open: boolean, shown: string | undefined): string {
  if (open) return shown ?? "application/octet-stream";
  if (shown && shown in INLINE) {
    // The container's other names: a sound in an MP4 or WebM container is declared as one.
    return /^audio\/(mp4|webm)$/.test(said) ? said : said === "video/quicktime" ? said : shown;
  }
  // What is a page to a browser is never stored under a harmless name.
  return shown === "text/html" || shown === "image/svg+xml" ? shown : said;
}
