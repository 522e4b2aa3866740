// Names of files: made safe when they come in, and quoted for a header when they go out (RFC 6266, RFC 8187). A name never
// becomes part of a path on this server; it must also be harmless on the disk of whoever downloads it.

const MAX_NAME_BYTES = 200;
// Control characters, separators of lines, and what turns or hides text: marks, embeddings, overrides, isolates, zero width.
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The last part of a path, without what misleads people or file systems; at most 200 bytes, its ending kept. */
export function safeFilename(name: string): string {
  let out = name.toWellFormed().normalize("NFC").replace(INVISIBLE, "");
  out = out.split(/[/\\]/).at(-1) ?? "";
  out = out.replace(/[<>:"|?*]/g, "_").replace(/\s+/g, " ").replace(/^[. ]+|[. ]+$/g, "");
  if (RESERVED.test(out)) out = `_${out}`;
  return shorten(out) || "file";
}

function shorten(name: string): string {
  const size = (text: string) => new TextEncoder().encode(text).length;
  if (size(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : "";
  const letters = [...name.slice(0, name.length - ending.length)];
  let room = MAX_NAME_BYTES - size(ending);
  const kept: string[] = [];
  for (const letter of letters) {
    room -= size(letter);
    if (room < 0) break;
    kept.push(letter);
  }
  return kept.join("").trimEnd() + ending;
}

/** The ending without the dot, in small letters; "" when there is none. */
export function endingOf(name: string): string {
  return /\.([^.\s]{1,16})$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

/** Value of Content-Disposition: an ASCII name for old programs and the real one for all others. */
export function contentDisposition(type: "inline" | "attachment", filename: string): string {
  const ascii = filename.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\x20-\x7e]|["\\%]/g, "_");
  if (ascii === filename) return `${type}; filename="${ascii}"`;
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
