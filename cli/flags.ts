// The flags of a command: declared once, with their types, and read by `parseArgs` of node:util. What a command does not
// declare is a setting (kernel/config.ts), which every command takes.
import { parseArgs } from "node:util";
import { flagOf, SETTINGS } from "../kernel/config.ts";
import { UsageError } from "./usage_error.ts";

export { UsageError } from "./usage_error.ts";

/** One flag. `text` and `number` take a value, `switch` takes none. */
export interface Flag {
  type: "text" | "number" | "switch";
  /** What stands for the value in the help: FILE, NAME. */
  value?: string;
  help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

type ValueOf<F extends Flag> = F["type"] extends "switch" ? boolean : F["type"] extends "number" ? number : string;

/** By name; a flag that was not given is not there. */
export type Values<F extends Flags> = { [N in keyof F]?: ValueOf<F[N]> };

export interface Parsed<F extends Flags> {
  words: string[];
  values: Values<F>;
  /** By name without dashes, for `readConfig`: what is no setting is told there, with all other mistakes. */
  settings: Record<string, string | boolean>;
}

const SETTING_FLAGS = new Map<string, "string" | "boolean">(
  Object.entries(SETTINGS).map(([name, { schema }]) => {
    const isSwitch = typeof schema.safeParse(undefined).data === "boolean";
    return [flagOf(name).slice(2), isSwitch ? "boolean" : "string"] as const;
  }),
);
/** Names the file of the settings (settings.ts). */
SETTING_FLAGS.set("config", "string");
const BOOLEAN_WORD = /^(true|false|yes|no|on|off|1|0)$/;

/** @throws UsageError for a value that is missing, superfluous or of another type */
export function readFlags<F extends Flags>(argv: readonly string[], flags: F): Parsed<F> {
  const options: Record<string, { type: "string" | "boolean" }> = Object.create(null);
  // What every object has is no flag.
  const declared = (name: string) => Object.hasOwn(flags, name) ? flags[name] : undefined;
  argv.forEach((arg, i) => {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined) return;
    const own = declared(name), setting = own ? undefined : SETTING_FLAGS.get(name) ?? "string";
    // `--trust-proxy` alone says yes; what is meant may follow.
    const worded = setting === "boolean" && BOOLEAN_WORD.test(argv[i + 1] ?? "");
    options[name] = { type: own?.type === "switch" || (setting === "boolean" && !worded) ? "boolean" : "string" };
  });
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const words: string[] = [], settings: Record<string, string | boolean> = Object.create(null);
  const values: Record<string, string | number | boolean> = {};
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, inlineValue } = token, own = declared(name);
    const value = token.value ?? true;
    if (!rawName.startsWith("--")) throw new UsageError(`There is no flag ${rawName}.`);
    const needsValue = own ? own.type !== "switch" : SETTING_FLAGS.get(name) === "string";
    if (needsValue && (value === true || (!inlineValue && value.toString().startsWith("--")))) {
      throw new UsageError(`${rawName} takes a value: ${rawName}=${own?.value ?? "VALUE"}`);
    }
    if (own) values[name] = typed(rawName, own, value);
    else settings[name] = value;
  }
  return { words, values: values as Values<F>, settings };
}

function typed(rawName: string, { type }: Flag, value: string | boolean): string | number | boolean {
  if (type === "text") return value;
  if (type === "switch") {
    if (value !== true) throw new UsageError(`${rawName} takes no value.`);
    return true;
  }
  if (!/^\d{1,9}$/.test(String(value))) throw new UsageError(`${rawName} takes a whole number.`);
  return Number(value);
}

const INDENT = 2;
const HELP_COLUMN = 23;

/** One flag a line; what is long begins its help on the next one. @param indent columns in front */
export function flagsHelp(flags: Flags, indent = INDENT): string {
  return Object.entries(flags).map(([name, { value, help }]) => {
    const left = `${" ".repeat(indent)}--${name}${value ? ` ${value}` : ""}`;
    const gap = left.length < HELP_COLUMN - 1 ? " ".repeat(HELP_COLUMN - left.length) : "  ";
    return `${left}${gap}${help.replaceAll("\n", `\n${" ".repeat(HELP_COLUMN)}`)}\n`;
  }).join("");
}
