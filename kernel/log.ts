// Structured log. One line an event, pretty for a terminal or JSON for a collector. Field names that look like
// secrets are masked here, so that no caller has to remember; texts are never built from request bodies.

export type LogLevel = "debug" | "info" | "warn" | "error";
const LEVELS: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };
const SECRET = /pass(word)?|secret|token|authorization|cookie|credential|otp|recovery|private|signature|ticket|code$/i;

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** A logger that adds these fields (request_id, connection_id, …) to every line. */
  child(fields: Record<string, unknown>): Logger;
}

export interface LogOptions {
  format: "pretty" | "json";
  level: LogLevel;
  /** Where lines go; default standard error. */
  write?: (line: string) => void;
}

const encoder = new TextEncoder();

export function createLogger(options: LogOptions, base: Record<string, unknown> = {}): Logger {
  const write = options.write ?? ((line: string) => {
    try {
      Deno.stderr.writeSync(encoder.encode(line + "\n"));
    } catch { /* a closed stderr must not stop the server */ }
  });
  const emit = (level: LogLevel, message: string, fields: Record<string, unknown> = {}) => {
    if (LEVELS[level] < LEVELS[options.level]) return;
    const all = { ...base, ...fields };
    write(options.format === "json" ? jsonLine(level, message, all) : prettyLine(level, message, all));
  };
  return {
    debug: (m, f) => emit("debug", m, f),
    info: (m, f) => emit("info", m, f),
    warn: (m, f) => emit("warn", m, f),
    error: (m, f) => emit("error", m, f),
    child: (fields) => createLogger(options, { ...base, ...fields }),
  };
}

export const silentLogger: Logger = createLogger({ format: "json", level: "error", write: () => {} });

function clean(key: string, value: unknown): unknown {
  if (SECRET.test(key) && value !== undefined && value !== null && typeof value !== "boolean") return "***";
  if (value instanceof Error) return errorFields(value);
  if (value && typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clean(k, v)]));
  }
  return value;
}

function errorFields(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? errorFields(error.cause) : undefined;
  return { name: error.name, message: error.message, stack: error.stack, ...(cause ? { cause } : {}) };
}

function jsonLine(level: LogLevel, message: string, fields: Record<string, unknown>): string {
  const out: Record<string, unknown> = { time: new Date().toISOString(), level, message };
  for (const [k, v] of Object.entries(fields)) out[k] = clean(k, v);
  return JSON.stringify(out);
}

const COLOR: Record<LogLevel, string> = { debug: "\x1b[90m", info: "\x1b[36m", warn: "\x1b[33m", error: "\x1b[31m" };

function prettyLine(level: LogLevel, message: string, fields: Record<string, unknown>): string {
  const time = new Date().toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([k, v]) => {
    const value = clean(k, v);
    if (value && typeof value === "object" && "stack" in value) return `\n${value.stack}`;
    return `${k}=${typeof value === "string" ? value : JSON.stringify(value)}`;
  }).join(" ");
  const tag = Deno.noColor ? level.padEnd(5) : `${COLOR[level]}${level.padEnd(5)}\x1b[0m`;
  return `${time} ${tag} ${message}${rest ? "  " + rest : ""}`;
}
