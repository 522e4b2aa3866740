// All settings: one schema. Flags win over `PULPO_*` environment, which wins over pulpo.toml, which wins over defaults.
// Nothing else in the product reads the environment. All problems are reported at once.
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { checkEnvNames } from "./env_names.ts";
import { parseListenAddress } from "./listen_address.ts";
import { oidcNames, type OidcProvider, readProviders } from "./oidc_settings.ts";
import { rateLimitsSetting } from "./rate_kinds.ts";

const flag = z.union([
  z.boolean(),
  z.stringbool({ truthy: ["true", "1", "yes", "on"], falsy: ["false", "0", "no", "off"] }),
], { error: "true or false (also 1, 0, yes, no, on, off)" });
/** Digits only: `Number` alone would take "", "0x10" and "1e3" as well. */
const int = (min: number, max: number) => {
  const accepted = `a whole number from ${min} to ${max}`;
  return z.union([z.number(), z.string().regex(/^\s*-?\d+\s*$/).transform(Number)], { error: accepted })
    .pipe(z.number().int(accepted).min(min, accepted).max(max, accepted));
};
const url = (protocols: string[]) =>
  z.string().refine((v) => URL.canParse(v) && protocols.includes(new URL(v).protocol), {
    message: `an address that starts with ${protocols.map((p) => `${p}//`).join(" or ")}`,
  });
/** A path may be given to the server by a proxy, unless the proxy's path could be taken for one of the server's own. */
function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return true; // said already
  const { pathname, search, hash } = new URL(text);
  const path = pathname.replace(/\/+$/, "");
  const own = /^\/(api|assets|docs|health|hooks|metrics|notify|openapi\.json|sse|sw\.js|ws)(\/|$)/.test(path);
  return !search && !hash && !own && /^(\/[\w.~-]+)*$/.test(path);
}

const list = z.union([
  z.array(z.string()),
  z.string().transform((v) => v.split(",").map((s) => s.trim()).filter(Boolean)),
]);

export interface Setting {
  schema: z.ZodType;
  env: string;
  help: string;
  secret?: boolean;
}
const setting = <T extends z.ZodType>(schema: T, env: string, help: string, secret = false) => ({
  schema,
  env,
  help,
  secret,
});

/** Name → schema, environment variable and help. The flag is the name in kebab-case: `--data-dir`. */
export const SETTINGS = {
  port: setting(int(0, 65535).default(8080), "PULPO_PORT", "TCP port; 0 picks a free one"),
  host: setting(z.string().min(1).default("0.0.0.0"), "PULPO_HOST", "address to listen on"),
  wsPort: setting(
    z.union([z.number().int().transform(String), z.string()]).refine(
      (v) => parseListenAddress(v, "host") !== undefined,
      {
        message: "a port, host:port, or the path of a Unix socket",
      },
    ).optional(),
    "PULPO_WS_PORT",
    "second listener, for WebSockets alone: a port, host:port, or the path of a Unix socket; absent: there is none",
  ),
  wsCompressBytes: setting(
    int(0, 1024 * 1024).default(0),
    "PULPO_WS_COMPRESS_BYTES",
    "texts from this size on are compressed on the second listener (permessage-deflate); 0: none are",
  ),
  dataDir: setting(
    z.string().min(1).default("./data"),
    "PULPO_DATA_DIR",
    "folder of the embedded database, secret and files",
  ),
  databaseUrl: setting(
    url(["postgres:", "postgresql:"]).optional(),
    "DATABASE_URL",
    "PostgreSQL; absent: embedded database",
    true,
  ),
  databasePool: setting(int(1, 500).default(10), "PULPO_DATABASE_POOL", "connections to PostgreSQL"),
  diskFloorBytes: setting(
    int(0, 1024 ** 4).default(64 * 1024 * 1024),
    "PULPO_DISK_FLOOR_BYTES",
    "the embedded database stores nothing while less is free on its disk; 0: until it is full",
  ),
  redisUrl: setting(
    url(["redis:", "rediss:"]).optional(),
    "REDIS_URL",
    "Redis for several instances; absent: in-process bus",
    true,
  ),
  upstashUrl: setting(
    url(["http:", "https:"]).optional(),
    "UPSTASH_REDIS_REST_URL",
    "Redis over HTTP instead of REDIS_URL",
  ),
  upstashToken: setting(z.string().min(1).optional(), "UPSTASH_REDIS_REST_TOKEN", "its token", true),
  secret: setting(
    z.string().min(32, "at least 32 characters").optional(),
    "PULPO_SECRET",
    "root of all keys; absent: made once in the data folder",
    true,
  ),
  adminEmail: setting(z.email().optional(), "PULPO_ADMIN_EMAIL", "first owner, made when there is none"),
  adminUsername: setting(
    z.string().regex(/^[a-z0-9][a-z0-9_.-]{1,31}$/i).optional(),
    "PULPO_ADMIN_USERNAME",
    "name of the first owner (default: the part of the address before @)",
  ),
  adminPassword: setting(
    z.string().min(8, "at least 8 characters").optional(),
    "PULPO_ADMIN_PASSWORD",
    "password of the first owner: at least 12 characters, none of the most used",
    true,
  ),
  registration: setting(
    z.enum(["closed", "invite", "open"]).default("invite"),
    "PULPO_REGISTRATION",
    "who may register",
  ),
  publicUrl: setting(
    url(["http:", "https:"]).refine(isPublicUrl, {
      message: "without ? and #, and its path, if any, is plain and not one of Pulpo's own (/api, /ws, /docs, …)",
    }).transform((v) => v.replace(/\/+$/, "")).optional(),
    "PULPO_PUBLIC_URL",
    "address people use, for links and cookies; may have a path: https://example.org/ops/",
  ),
  corsOrigins: setting(
    list.default([]),
    "PULPO_CORS_ORIGINS",
    "origins of other sites that may call the API, comma separated",
  ),
  trustProxy: setting(
    flag.default(false),
    "PULPO_TRUST_PROXY",
    "take the client's address from X-Forwarded-For (behind a proxy of yours only)",
  ),
  smtpUrl: setting(
    url(["smtp:", "smtps:"]).optional(),
    "PULPO_SMTP_URL",
    "mail server: smtp://user:password@host:587",
    true,
  ),
  mailFrom: setting(z.string().min(3).default("Pulpo <pulpo@localhost>"), "PULPO_MAIL_FROM", "sender of mails"),
  sms: setting(
    z.enum(["log", "twilio"]).optional(),
    "PULPO_SMS",
    "how codes by text message go out: log writes them into the server's log; absent: none are sent",
  ),
  smsPerHour: setting(
    int(1, 1_000_000).default(500),
    "PULPO_SMS_PER_HOUR",
    "text messages an hour to numbers without an account, three fifths of them to one country",
  ),
  smsCountries: setting(
    list.pipe(z.array(z.string().regex(/^\+[1-9]\d{0,2}$/, "country codes such as +34, comma separated"))).default([]),
    "PULPO_SMS_COUNTRIES",
    "country codes that text messages go to, comma separated: +34,+52; absent: all",
  ),
  twilioUrl: setting(
    url(["http:", "https:"]).transform((v) => v.replace(/\/+$/, "")).default("https://api.twilio.com"),
    "PULPO_TWILIO_URL",
    "address of Twilio's API",
  ),
  twilioAccountSid: setting(z.string().min(1).optional(), "PULPO_TWILIO_ACCOUNT_SID", "account at Twilio"),
  twilioAuthToken: setting(z.string().min(1).optional(), "PULPO_TWILIO_AUTH_TOKEN", "its token", true),
  twilioFrom: setting(
    z.string().min(1).optional(),
    "PULPO_TWILIO_FROM",
    "number, name or messaging service that text messages come from",
  ),
  metricsPublic: setting(flag.default(false), "PULPO_METRICS_PUBLIC", "serve /metrics without a token"),
  logFormat: setting(
    z.enum(["pretty", "json"]).default("pretty"),
    "PULPO_LOG_FORMAT",
    "log lines for people or for collectors",
  ),
  logLevel: setting(
    z.enum(["debug", "info", "warn", "error"]).default("info"),
    "PULPO_LOG_LEVEL",
    "least level to log",
  ),
  eventRetentionHours: setting(
    int(1, 24 * 365).default(72),
    "PULPO_EVENT_RETENTION_HOURS",
    "how long missed pushes can be recovered",
  ),
  notificationRetentionDays: setting(
    int(1, 3650).default(90),
    "PULPO_NOTIFICATION_RETENTION_DAYS",
    "how long the inbox keeps notifications",
  ),
  sendQueueBytes: setting(
    int(16 * 1024, 64 * 1024 * 1024).default(1024 * 1024),
    "PULPO_SEND_QUEUE_BYTES",
    "bytes that may wait for one slow reader",
  ),
  maxConnections: setting(
    int(1, 1_000_000).default(20_000),
    "PULPO_MAX_CONNECTIONS",
    "open sockets and streams per instance of people who have signed in; a tenth, at most 100, is kept for administrators",
  ),
  maxConnectionsPerPerson: setting(
    int(1, 1_000_000).default(100),
    "PULPO_MAX_CONNECTIONS_PER_PERSON",
    "the same of one person, with all sessions and tokens",
  ),
  maxConnectionsPerOrganization: setting(
    int(0, 1_000_000).default(0),
    "PULPO_MAX_CONNECTIONS_PER_ORGANIZATION",
    "the same of one organization; 0: all of them, or half when registration is open",
  ),
  maxUnauthenticated: setting(
    int(1, 100_000).default(256),
    "PULPO_MAX_UNAUTHENTICATED",
    "sockets that have not signed in yet (they have 5 s); an eighth of them from one address",
  ),
  agentHeartbeatSeconds: setting(
    int(1, 300).default(10),
    "PULPO_AGENT_HEARTBEAT_SECONDS",
    "how often an agent gives a sign of life; after three that are missing its link ends",
  ),
  maxSubscriptions: setting(int(1, 100_000).default(1000), "PULPO_MAX_SUBSCRIPTIONS", "channels per connection"),
  messagesPerSecond: setting(
    int(1, 100_000).default(200),
    "PULPO_MESSAGES_PER_SECOND",
    "frames per second a client may send, on average",
  ),
  bodyLimitBytes: setting(
    int(1024, 64 * 1024 * 1024).default(1024 * 1024),
    "PULPO_BODY_LIMIT_BYTES",
    "largest JSON body",
  ),
  rateLimitPerMinute: setting(
    int(0, 100_000_000).default(0),
    "PULPO_RATE_LIMIT_PER_MINUTE",
    "requests per minute and caller; 0: no limit",
  ),
  rateLimits: setting(
    rateLimitsSetting,
    "PULPO_RATE_LIMITS",
    "what one caller may do in a minute, by kind; kinds that are not named keep their default",
  ),
  webhookPrivate: setting(
    z.enum(["auto", "allow", "deny"]).default("auto"),
    "PULPO_WEBHOOK_PRIVATE",
    "outgoing webhooks to private addresses; auto: allowed unless registration is open",
  ),
  storage: setting(
    z.string().regex(/^(file:.*|s3:\/\/.+)$/, "file:, file:<folder> or s3://<bucket>[/<prefix>]?region=…&endpoint=…")
      .default("file:"),
    "PULPO_STORAGE",
    "where files lie: file: (in the data folder), file:<folder>, or s3://<bucket>[/<prefix>]?region=…&endpoint=…",
  ),
  s3AccessKey: setting(z.string().min(1).optional(), "PULPO_S3_ACCESS_KEY", "access key of the bucket", true),
  s3SecretKey: setting(z.string().min(1).optional(), "PULPO_S3_SECRET_KEY", "its secret key", true),
  mediaLimitBytes: setting(
    int(1024, 50 * 1024 ** 3).default(100 * 1024 * 1024),
    "PULPO_MEDIA_LIMIT_BYTES",
    "largest file that may be uploaded",
  ),
  mediaQuotaBytes: setting(
    int(0, Number.MAX_SAFE_INTEGER).default(50 * 1024 ** 3),
    "PULPO_MEDIA_QUOTA_BYTES",
    "bytes of files per organization; 0: no limit",
  ),
  mediaRefused: setting(
    list.default([]),
    "PULPO_MEDIA_REFUSED",
    "file name endings and types that may not be uploaded, comma separated: exe,bat,application/x-msdownload",
  ),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Config = { [K in SettingName]: z.infer<(typeof SETTINGS)[K]["schema"]> } & {
  /** Sign-in providers, by name (oidc_settings.ts). */
  oidc: OidcProvider[];
};

export interface ConfigProblem {
  setting: string;
  /** Where it came from: `--port`, `PULPO_PORT`, `pulpo.toml: port`. */
  source: string;
  value: string;
  accepted: string;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly problems: ConfigProblem[]) {
    super(problems.map((p) => `${p.source} = ${p.value}: expected ${p.accepted}`).join("\n"));
  }
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
export const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
export const flagOf = (name: string): string => `--${kebab(name)}`;

export interface ConfigSources {
  /** Parsed flags by kebab-case name without dashes. */
  flags: Record<string, string | boolean>;
  env: Record<string, string | undefined>;
  /** Is told about variables that are no mistake but have no meaning either. */
  warn?: (text: string) => void;
  /** Text of pulpo.toml, if there is one. Keys are snake_case names of the settings. */
  toml?: string;
}

/** Puts the sources together. @throws ConfigError with every problem found. */
export function loadConfig(sources: ConfigSources): Config {
  const problems: ConfigProblem[] = [];
  const file = readToml(sources.toml, problems);
  const out: Record<string, unknown> = {};
  const origins: Partial<Record<SettingName, SettingOrigin>> = {};
  for (const [name, { schema, env, secret }] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const [source, value] = pick(name, env, sources, file);
    const parsed = schema.safeParse(value);
    origins[name] = value === undefined ? "default" : originOf(source);
    if (parsed.success) out[name] = parsed.data;
    else {
      const accepted = parsed.error.issues.map((i) => i.message).join("; ");
      problems.push({ setting: name, source, value: secret ? "***" : String(value), accepted });
    }
  }
  const known = new Set(Object.keys(SETTINGS));
  const byFlag = new Set([...known].map(kebab)), byKey = new Set([...known].map(snake));
  const unknown = (source: string, value: unknown) =>
    problems.push({
      setting: source,
      source,
      value: String(value),
      accepted: "a known setting; see pulpo serve --help",
    });
  for (const key of Object.keys(sources.flags)) if (!byFlag.has(key)) unknown(`--${key}`, sources.flags[key]);
  for (const key of Object.keys(file)) if (!byKey.has(key) && key !== "oidc") unknown(`pulpo.toml: ${key}`, file[key]);
  const { providers, problems: wrong } = readProviders(sources.env, file.oidc);
  out.oidc = providers;
  problems.push(...wrong.map((problem) => ({ setting: problem.source, ...problem })));
  const settings = [...Object.values(SETTINGS).map(({ env }) => env), ...oidcNames(Object.keys(sources.env))];
  const { mistaken, unknown: strange } = checkEnvNames(Object.keys(sources.env), settings);
  for (const { name, meant } of mistaken) {
    problems.push({ setting: name, source: name, value: "(set)", accepted: `the name ${meant}; there is no ${name}` });
  }
  if (Boolean(out.upstashUrl) !== Boolean(out.upstashToken)) {
    problems.push({
      setting: "upstashToken",
      source: "UPSTASH_REDIS_REST_TOKEN",
      value: out.upstashToken ? "***" : "(absent)",
      accepted: "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN together",
    });
  }
  if (out.sms === "twilio") {
    for (const name of ["twilioAccountSid", "twilioAuthToken", "twilioFrom"] as const) {
      if (out[name] === undefined && !problems.some(({ setting }) => setting === name)) {
        const accepted = "a value, because PULPO_SMS is twilio";
        problems.push({ setting: name, source: SETTINGS[name].env, value: "(absent)", accepted });
      }
    }
  }
  if (problems.length) throw new ConfigError(problems);
  for (const name of strange) sources.warn?.(`${name} is set, but there is no such setting`);
  originsOf.set(out, origins);
  return out as Config;
}

export type SettingOrigin = "flag" | "environment" | "file" | "default";
const originsOf = new WeakMap<object, Partial<Record<SettingName, SettingOrigin>>>();

function originOf(source: string): SettingOrigin {
  return source.startsWith("--") ? "flag" : source.startsWith("pulpo.toml") ? "file" : "environment";
}

/** What a setting's value came from. */
export function originOfSetting(config: Config, name: SettingName): SettingOrigin {
  return originsOf.get(config)?.[name] ?? "default";
}

function pick(name: string, env: string, sources: ConfigSources, file: Record<string, unknown>): [string, unknown] {
  const byFlag = sources.flags[kebab(name)];
  if (byFlag !== undefined) return [flagOf(name), byFlag];
  const byEnv = sources.env[env];
  if (byEnv !== undefined && byEnv !== "") return [env, byEnv];
  return [`pulpo.toml: ${snake(name)}`, file[snake(name)]];
}

function readToml(text: string | undefined, problems: ConfigProblem[]): Record<string, unknown> {
  if (!text) return {};
  try {
    return parseToml(text);
  } catch (error) {
    problems.push({
      setting: "pulpo.toml",
      source: "pulpo.toml",
      value: "(the file)",
      accepted: `valid TOML: ${error instanceof Error ? error.message.split("\n")[0] : error}`,
    });
    return {};
  }
}
