// How values are written for people. Pure functions: language and time come in as parameters, so that they can be tested.

const cache = new Map<string, Intl.DateTimeFormat>();
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) cache.set(key, format = new Intl.DateTimeFormat(locale, options));
  return format;
}

// Hours are written as the language has them, everywhere: "2:03 PM" in American English, "14:03" in Spanish.
const MINUTE: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };

/** "14:03" or "2:03 PM" in the local zone. */
export function minute(at: number, locale: string): string {
  return dateFormat(locale, MINUTE).format(at);
}

/** "14:03:07" or "2:03:07 PM" in the local zone. */
export function clock(at: number, locale: string): string {
  return dateFormat(locale, { ...MINUTE, second: "2-digit" }).format(at);
}

/** "22 Nov 2025, 14:03" in the local zone; today only the time. */
export function dateTime(at: number, locale: string, now = Date.now()): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return minute(at, locale);
  return dateFormat(locale, { year: "numeric", month: "short", day: "numeric", ...MINUTE }).format(at);
}

/** "192 B", "1.2 MB" in the language's own digits. */
export function fileSize(bytes: number, locale: string): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes, unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = value < 9.95 && unit > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)}\u00a0${units[unit]}`;
}

/** "64 MiB", "1 GiB" for what is set in powers of two; anything else as `fileSize` has it. */
export function binarySize(bytes: number, locale: string): string {
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes, unit = -1;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return unit < 0 ? fileSize(bytes, locale) : `${new Intl.NumberFormat(locale).format(value)}\u00a0${units[unit]}`;
}

/** "2025-11-22 14:03:07 UTC", shown as the title of every time. */
export function utc(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 minutes ago", "in 2 days"; under a minute "now". */
export function relative(at: number, lang: string, now = Date.now()): string {
  const seconds = Math.round((at - now) / 1000);
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

const SPANS: [unit: string, seconds: number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** "3 days, 4 hours", "12 minutes, 5 seconds": the two largest parts of a span of seconds, in words. */
export function duration(seconds: number, lang: string): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts = SPANS.map(([unit, size]) => {
    const n = Math.floor(rest / size);
    rest %= size;
    return { unit, n };
  });
  const first = parts.findIndex(({ n }) => n > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(({ n }) => n > 0);
  const words = shown.map(({ unit, n }) =>
    new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(n)
  );
  return new Intl.ListFormat(lang, { type: "unit", style: "long" }).format(words);
}

/** "+34 612 345 678", "+1 212 555 0100": a number of E.164, in groups that can be read aloud. */
export function phoneNumber(number: string): string {
  const found = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{4,})$/.exec(
    number.replace(/[\s().-]/g, ""),
  );
  if (!found) return number;
  const [, country, own] = found;
  // Groups of three from the left; what is left over makes the last groups four long: 612 345 678, 212 555 0100.
  const groups: string[] = [];
  for (let at = 0; at < own!.length;) {
    const left = own!.length - at;
    const take = left === 4 || left === 8 ? 4 : Math.min(3, left);
    groups.push(own!.slice(at, at += take));
  }
  return `+${country} ${groups.join(" ")}`;
}

/** 12 → "12", 1234 → "1,234", 12345 → "12.3K" in the language's own way. */
export function compact(value: number, lang: string): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 10_000) return new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** The first letters for an avatar: "Ana Pérez" → "AP", "ana" → "A". */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((w) => [...w][0]!.toUpperCase()).join("") || "?";
}

/** A name as a word to call somebody by: "Guías de Cusco" → "guias-de-cusco"; at most 32 characters, may be empty. */
export function handleOf(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-/, "").slice(0, 32).replace(/-$/, "");
}

/** `snake_case` as words: "reserva_creada" → "Reserva creada". */
export function humanType(type: string): string {
  const words = type.replace(/[_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Each label once: two neighbours that would say the same (14:03, 14:03) say it at the first. */
export const distinct = (labels: readonly string[]): string[] =>
  labels.map((label, i) => label === labels[i - 1] ? "" : label);
