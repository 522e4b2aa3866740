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

/** "3d 4h", "12m 5s": the two largest parts of a span of seconds. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0s";
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`).join(" ");
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

/** `snake_case` as words: "reserva_creada" → "Reserva creada". */
export function humanType(type: string): string {
  const words = type.replace(/[_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Each label once: two neighbours that would say the same (14:03, 14:03) say it at the first. */
export const distinct = (labels: readonly string[]): string[] =>
  labels.map((label, i) => label === labels[i - 1] ? "" : label);
