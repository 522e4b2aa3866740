// The built-in slash commands as people see them: names, what follows them, and what they do, in both languages. Pure.
import type { CommandInfo } from "../../../protocol/chat/extras.ts";

const LIST = [
  ["help", "[command]", "Shows the commands", "Muestra los comandos"],
  ["me", "text", "Says what you do", "Cuenta lo que haces"],
  ["shrug", "[text]", "Adds ¯\\_(ツ)_/¯", "Añade ¯\\_(ツ)_/¯"],
  [
    "topic",
    "[text | -]",
    "Shows, sets or (-) removes the channel's topic",
    "Muestra, cambia o (-) quita el tema del canal",
  ],
  ["rename", "name", "Renames the channel", "Cambia el nombre del canal"],
  ["invite", "@user …", "Adds people to the channel", "Añade personas al canal"],
  ["kick", "@user", "Removes somebody from the channel", "Saca a alguien del canal"],
  ["leave", "", "Leaves the channel", "Sale del canal"],
  ["join", "#channel", "Joins a public channel and opens it", "Entra en un canal público y lo abre"],
  ["msg", "@user … [text]", "Writes to somebody directly", "Escribe a alguien por privado"],
  ["mute", "[10m | 2h | 1d]", "Mutes the channel for you", "Silencia el canal para ti"],
  ["unmute", "", "Ends muting the channel", "Deja de silenciar el canal"],
  ["archive", "", "Archives the channel", "Archiva el canal"],
  ["away", "[text]", "Shows you as away", "Te muestra como ausente"],
  ["online", "", "Shows you as online", "Te muestra como conectado"],
  ["dnd", "[text]", "Shows you as busy", "Te muestra como ocupado"],
  ["status", "[text]", "Sets or removes the text of your status", "Pone o quita el texto de tu estado"],
  ["remind", "me | #channel in 10m text", "Reminds you or a channel later", "Te avisa más tarde, a ti o a un canal"],
  ["search", "words", "Searches messages", "Busca mensajes"],
] as const;

export type BuiltIn = typeof LIST[number][0];

export const BUILT_IN: readonly (CommandInfo & { name: BuiltIn })[] = LIST.map(([name, usage, en, es]) => ({
  name,
  usage,
  description: { en, es },
  custom: false,
}));

/** Other words for built-in commands; they do not stand in the list. */
const ALIASES: Readonly<Record<string, BuiltIn>> = {
  ayuda: "help",
  dm: "msg",
  remove: "kick",
  open: "join",
  part: "leave",
  busy: "dnd",
  find: "search",
};

/** The built-in command of this name or alias. */
export function builtIn(name: string): BuiltIn | undefined {
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name];
  return BUILT_IN.find((command) => command.name === name)?.name;
}

export function isBuiltIn(name: string): boolean {
  return builtIn(name) !== undefined;
}

/** `/name rest` taken apart; the name in lower case, the rest without space around it. Line breaks end a name too. */
export function parseCommand(text: string): { name: string; rest: string } {
  const [, name = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return { name: name.toLowerCase(), rest: rest.trim() };
}

/** Names that somebody may have meant: at most three, the nearest first. */
export function nearest(name: string, names: readonly string[]): string[] {
  const word = name.slice(0, 40);
  return names.map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .filter(({ candidate, far }) =>
      far <= Math.max(1, Math.floor(candidate.length / 3)) || startsAlike(word, candidate)
    )
    .sort((a, b) => a.far - b.far || a.candidate.localeCompare(b.candidate))
    .slice(0, 3).map(({ candidate }) => candidate);
}

const startsAlike = (a: string, b: string) => a.length >= 2 && (a.startsWith(b) || b.startsWith(a));

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [], last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}

const UNITS: readonly [RegExp, number][] = [
  [/^(s|sec|secs|second|seconds|seg|segundos?)$/, 1],
  [/^(m|min|mins|minute|minutes|minutos?)$/, 60],
  [/^(h|hr|hrs|hour|hours|horas?)$/, 3600],
  [/^(d|day|days|d[ií]as?)$/, 86_400],
  [/^(w|week|weeks|sem|semanas?)$/, 604_800],
];

/** `10m`, `1h 30m`, `2 days` at the start of a text: the seconds and what follows; undefined when there is none. */
function takeDuration(text: string): { seconds: number; rest: string } | undefined {
  let seconds = 0, rest = text.trimStart();
  for (let parts = 0; parts < 5; parts++) {
    const [whole, count, word] = /^(\d{1,6})\s*([a-zí]+)(?![\p{L}\p{N}])\s*,?\s*/iu.exec(rest) ??
      /^(\d{1,6})([a-z])(?=\d)/i.exec(rest) ?? [];
    const unit = UNITS.find(([pattern]) => word !== undefined && pattern.test(word.toLowerCase()));
    if (!unit) break;
    seconds += Number(count) * unit[1];
    rest = rest.slice(whole!.length);
  }
  return seconds > 0 ? { seconds, rest: rest.replace(/^:\s*/, "") } : undefined;
}

/** A text that is a duration and nothing else → seconds. */
export function parseDuration(text: string): number | undefined {
  const found = takeDuration(text);
  return found?.rest === "" ? found.seconds : undefined;
}

export interface Reminder {
  /** `me`, or the name of a channel. */
  target: string;
  seconds: number;
  text: string;
}

/** `me in 10m text`, `#ops text in 1h 30m`, also with `en`; undefined when it is not understood. */
export function parseReminder(rest: string): Reminder | undefined {
  const [, target, what = ""] = /^(me|[#~]\S+)\s+([\s\S]+)$/i.exec(rest) ?? [];
  if (!target) return undefined;
  const name = target.toLowerCase() === "me" ? "me" : target.slice(1);
  const first = /^(?:in|en)\s+([\s\S]+)$/i.exec(what);
  const taken = first && takeDuration(first[1]!);
  if (taken && taken.rest.trim()) return { target: name, seconds: taken.seconds, text: taken.rest.trim() };
  const last = /^([\s\S]+)\s(?:in|en)\s+(\S[^\n]{0,100})$/i.exec(what);
  const seconds = last ? parseDuration(last[2]!.trim()) : undefined;
  return last && seconds !== undefined ? { target: name, seconds, text: last[1]!.trim() } : undefined;
}
