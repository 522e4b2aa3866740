// What the search field knows of its text: which part the cursor stands in, what can be completed there, and the filters
// as chips. Pure; the server's features/chat/search/query.ts has the last word on what a query means.

/** A piece of the query between spaces; quotation marks keep spaces. */
export interface Piece {
  text: string;
  start: number;
  end: number;
  /** An operator with a value: a filter. */
  filter: boolean;
}

const NAMES = "from|de|in|en|before|antes|after|despues|después|on|during|el|has|tiene|is|es";
const PIECE = new RegExp(`-?(?:${NAMES}):[@#]?(?:"[^"]*"?|\\S*)|-?"[^"]*"?|\\S+`, "giu");
const FILTER = new RegExp(`^-?(?:${NAMES}):[@#]?[^\\s@#]`, "iu");

export function pieces(query: string): Piece[] {
  return [...query.matchAll(PIECE)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
    filter: FILTER.test(match[0]),
  }));
}

/** The query without the piece. */
export function without(query: string, piece: Piece): string {
  return `${query.slice(0, piece.start).trimEnd()} ${query.slice(piece.end).trimStart()}`.trim();
}

export type Completion =
  | { kind: "person"; typed: string }
  | { kind: "place"; typed: string; sign: string }
  | { kind: "value"; typed: string; values: readonly string[] };

const HAS = {
  en: ["file", "image", "link", "reaction", "pin"],
  es: ["archivo", "imagen", "enlace", "reaccion", "pin"],
};
const IS = {
  en: ["thread", "pinned", "edited", "dm", "unread", "mine"],
  es: ["hilo", "fijado", "editado", "directo", "noleido", "mio"],
};
const DAYS = { en: ["today", "yesterday"], es: ["hoy", "ayer"] };

/** What can be completed where the cursor stands, and which stretch of the query it would replace. */
export function completionAt(
  query: string,
  cursor: number,
  lang: "en" | "es",
): { completion: Completion; start: number; end: number } | null {
  const piece = pieces(query).find((p) => p.start <= cursor && cursor <= p.end);
  const match = piece && /^-?([\p{L}]+):([@#]?)"?([^"]*)$/u.exec(piece.text);
  if (!piece || !match) return null;
  const [, name, sign, typed] = match;
  const start = piece.end - typed!.length - sign!.length - (piece.text.includes('"') ? 1 : 0);
  const at = (completion: Completion) => ({ completion, start, end: piece.end });
  switch (name!.toLowerCase()) {
    case "from":
    case "de":
      return at({ kind: "person", typed: typed! });
    case "in":
    case "en":
      return at({ kind: "place", typed: typed!, sign: sign! });
    case "has":
    case "tiene":
      return at({ kind: "value", typed: typed!, values: HAS[lang] });
    case "is":
    case "es":
      return at({ kind: "value", typed: typed!, values: IS[lang] });
    case "before":
    case "antes":
    case "after":
    case "despues":
    case "después":
    case "on":
    case "el":
      return at({ kind: "value", typed: typed!, values: [...DAYS[lang], monthOf(new Date())] });
  }
  return null;
}

function monthOf(date: Date): string {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

/** A name as the value of an operator: in quotation marks when it has spaces. */
export function asValue(sign: string, name: string): string {
  return /\s/.test(name) ? `${sign}"${name.replaceAll('"', "")}"` : sign + name;
}

/** Text in pieces, some of them marked. `ranges` are in order and do not overlap. */
export function markedParts(
  text: string,
  ranges: readonly { start: number; end: number }[],
): { text: string; marked: boolean }[] {
  const out: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    if (start > at) out.push({ text: text.slice(at, start), marked: false });
    out.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length) out.push({ text: text.slice(at), marked: false });
  return out;
}
