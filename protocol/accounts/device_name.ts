// What a User-Agent header says about a device, in the few words that people know it by. Only for showing: whoever sends
// the header may write anything into it, so nothing is allowed or refused because of it.

const PROGRAMS: [RegExp, string][] = [
  [/Edg(?:A|iOS)?\/\d/, "Edge"],
  [/OPR\/\d/, "Opera"],
  [/SamsungBrowser\/\d/, "Samsung Internet"],
  [/(?:Firefox|FxiOS)\/\d/, "Firefox"],
  [/(?:(?:Headless)?Chrom(?:e|ium)|CriOS)\/\d/, "Chrome"],
  [/Version\/[\d.]+ (?:Mobile\/\S+ )?Safari/, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];
const MAX_PROGRAM = 60;

export interface DeviceName {
  /** "" when nothing is known of it. */
  program: string;
  /** "" when it is not said. */
  system: string;
}

/** "Chrome" and "Android"; of a program that is no browser its own first word: "curl/8.5.0". */
export function deviceOf(userAgent: string | null): DeviceName {
  const agent = (userAgent ?? "").slice(0, 400);
  const found = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1];
  const program = found(PROGRAMS);
  if (program) return { program, system: found(SYSTEMS) ?? "" };
  const word = /^[\x21-\x7e]+/.exec(agent.trim())?.[0] ?? "";
  return { program: word.slice(0, MAX_PROGRAM), system: "" };
}

/** "Chrome on Android"; null when nothing is known. */
export function deviceName(userAgent: string | null): string | null {
  const { program, system } = deviceOf(userAgent);
  return program ? (system ? `${program} on ${system}` : program) : null;
}
