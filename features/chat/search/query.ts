// From what a person types to what is looked for. Pure: nothing here knows the database. Rules:
//  - any text is a query or a 422 that names the position; nothing else is ever thrown;
//  - `name:value` with a name that is no operator is text, and so is an operator without a value;
//  - everything can be negated with `-`; operators have English and Spanish names;
//  - several people, or several channels, mean any of them; all other parts must hold together.
import { AppError } from "../../../kernel/errors.ts";
import { MAX_TERMS } from "../../../protocol/chat/search.ts";
import { dateRange, type TimeRange } from "./dates.ts";

interface Part {
  negated: boolean;
  /** Where it stands in the query, in UTF-16 units. */
  start: number;
  end: number;
}

export interface Term extends Part {
  /** word: any of its forms; exact: as it stands; prefix: words that begin so; literal: signs, compared as they are. */
  mode: "word" | "exact" | "prefix" | "literal";
  text: string;
}

/** A person or channel, by name. */
export interface NameRef extends Part {
  name: string;
  /** `in:@ana`: the conversation with a person; `in:#x` or `in:x`: a channel. */
  person: boolean;
}

const FLAGS = ["file", "image", "link", "reaction", "pin", "thread", "edited", "direct", "unread"] as const;
export type Flag = typeof FLAGS[number];

export interface FlagRef extends Part {
  flag: Flag;
}

/** Not negated: in this stretch; open at an end that is missing. */
export interface DateRef extends Part, Partial<TimeRange> {}

export interface ParsedQuery {
  terms: Term[];
  from: NameRef[];
  in: NameRef[];
  flags: FlagRef[];
  dates: DateRef[];
}

type Operator = "from" | "in" | "before" | "after" | "on" | "has" | "is";

const OPERATORS: Record<string, Operator> = {
  from: "from",
  de: "from",
  in: "in",
  en: "in",
  before: "before",
  antes: "before",
  after: "after",
  despues: "after",
  "después": "after",
  on: "on",
  during: "on",
  el: "on",
  has: "has",
  tiene: "has",
  is: "is",
  es: "is",
};

const HAS: Record<string, Flag> = {
  file: "file",
  archivo: "file",
  fichero: "file",
  image: "image",
  imagen: "image",
  foto: "image",
  link: "link",
  enlace: "link",
  reaction: "reaction",
  reaccion: "reaction",
  "reacción": "reaction",
  pin: "pin",
  chincheta: "pin",
};

const IS: Record<string, Flag | "mine"> = {
  thread: "thread",
  hilo: "thread",
  pinned: "pin",
  fijado: "pin",
  edited: "edited",
  editado: "edited",
  dm: "direct",
  directo: "direct",
  unread: "unread",
  noleido: "unread",
  "noleído": "unread",
  mine: "mine",
  mio: "mine",
  "mío": "mine",
};

/** A part of the query that cannot be understood. `position` counts UTF-16 units from 0. */
function problem(position: number, message: string): AppError {
  return new AppError("validation_failed", `${message} (at character ${position + 1})`, {
    errors: [{ path: "q", message: `${message} (at character ${position + 1})` }],
  });
}

/**
 * @param tz of dates; checked with `checkTimeZone`
 * @throws AppError `validation_failed`
 */
export function parseQuery(q: string, tz: string, now: Date): ParsedQuery {
  const query: ParsedQuery = { terms: [], from: [], in: [], flags: [], dates: [] };
  let at = 0;
  for (let count = 0;; count++) {
    while (at < q.length && /\s/.test(q[at]!)) at++;
    if (at >= q.length) return query;
    if (count >= MAX_TERMS) throw problem(at, `A search has at most ${MAX_TERMS} words and operators`);
    at = readPart(q, at, query, tz, now);
  }
}

/** Reads what begins at `start`; returns where it ends. */
function readPart(q: string, start: number, query: ParsedQuery, tz: string, now: Date): number {
  const negated = q[start] === "-" && start + 1 < q.length && !/[\s-]/.test(q[start + 1]!);
  const begin = start + (negated ? 1 : 0);
  if (q[begin] === '"') {
    const { text, end } = quoted(q, begin);
    addTerm(query, { mode: "exact", text, negated, start, end });
    return end;
  }
  const name = /^(\p{L}{2,10}):(?=\S)/u.exec(q.slice(begin, begin + 12))?.[1];
  const operator = name ? Object.getOwnPropertyDescriptor(OPERATORS, name.toLowerCase())?.value as Operator : undefined;
  if (name && operator) {
    const from = begin + name.length + 1;
    const sign = /[@#]/.test(q[from]!) ? q[from]! : "";
    const valueAt = from + sign.length;
    const { text, end } = q[valueAt] === '"' ? quoted(q, valueAt) : bare(q, valueAt);
    const value = text.trim();
    if (value !== "") {
      addOperator(query, operator, { name, sign, value, valueAt, part: { negated, start, end } }, tz, now);
      return end;
    }
  }
  const { text, end } = bare(q, begin);
  const prefix = text.length > 1 && text.endsWith("*");
  const word = prefix ? text.slice(0, -1) : text;
  const long = [...word.replace(/[^\p{L}\p{N}]/gu, "")].length >= 2;
  addTerm(query, { mode: prefix && long ? "prefix" : "word", text: word, negated, start, end });
  return end;
}

/** From one quotation mark to the next, or to the end. */
function quoted(q: string, start: number): { text: string; end: number } {
  const close = q.indexOf('"', start + 1);
  return close < 0 ? { text: q.slice(start + 1), end: q.length } : { text: q.slice(start + 1, close), end: close + 1 };
}

/** To the next space. */
function bare(q: string, start: number): { text: string; end: number } {
  let end = start;
  while (end < q.length && !/\s/.test(q[end]!)) end++;
  return { text: q.slice(start, end), end };
}

/** Signs alone (an emoji) are no words: they are compared as they are. Punctuation alone is nothing. */
function addTerm(query: ParsedQuery, term: Term): void {
  if (/[\p{L}\p{N}]/u.test(term.text)) query.terms.push(term);
  else if (/[^\s\p{P}\p{M}\p{C}$+<=>^`|~]/u.test(term.text)) {
    query.terms.push({ ...term, mode: "literal", text: term.text.trim() });
  }
}

interface Value {
  name: string;
  sign: string;
  value: string;
  valueAt: number;
  part: Part;
}

function addOperator(query: ParsedQuery, operator: Operator, given: Value, tz: string, now: Date): void {
  const { name, sign, value, valueAt, part } = given;
  switch (operator) {
    case "from":
      query.from.push({ ...part, name: value, person: true });
      return;
    case "in":
      query.in.push({ ...part, name: value, person: sign === "@" });
      return;
    case "has": {
      const flag = Object.getOwnPropertyDescriptor(HAS, value.toLowerCase())?.value as Flag | undefined;
      if (!flag) throw problem(valueAt, `${name}: takes file, image, link, reaction or pin`);
      query.flags.push({ ...part, flag });
      return;
    }
    case "is": {
      const flag = Object.getOwnPropertyDescriptor(IS, value.toLowerCase())?.value as Flag | "mine" | undefined;
      if (!flag) throw problem(valueAt, `${name}: takes thread, pinned, edited, dm, unread or mine`);
      if (flag === "mine") query.from.push({ ...part, name: "me", person: true });
      else query.flags.push({ ...part, flag });
      return;
    }
    default: {
      const range = dateRange(value, tz, now);
      if (!range) throw problem(valueAt, `${name}: takes a date as 2026-03-09, 2026-03, today or yesterday`);
      const { from, to } = range;
      query.dates.push({
        ...part,
        ...(operator === "before" ? { to: from } : operator === "after" ? { from: to } : range),
      });
    }
  }
}

/** The word itself, and with each accent that may have been left out: the Spanish stemmer needs them. */
export function accentVariants(word: string): string[] {
  const composed = word.normalize("NFC");
  const bareWord = composed.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
  const out = new Set([composed, bareWord]);
  const letters = [...bareWord];
  const accents: Record<string, string> = { a: "á", e: "é", i: "í", o: "ó", u: "ú", n: "ñ" };
  if (letters.length > 40) return [...out];
  letters.forEach((letter, i) => {
    const accent = accents[letter.toLowerCase()];
    if (accent) out.add([...letters.slice(0, i), accent, ...letters.slice(i + 1)].join(""));
  });
  return [...out].slice(0, 24);
}
