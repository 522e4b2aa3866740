// Sign-in providers (OpenID Connect) from the settings: PULPO_OIDC_<NAME>_<FIELD>, or a table [oidc.<name>] of pulpo.toml. NAME is
// free, so these are not in the list of settings (config.ts); they are read here, with all problems at once.
import { z } from "zod";

export interface OidcProvider {
  /** The name in small letters, dashes for underscores; stands in addresses. */
  id: string;
  /** What people read. */
  label: string;
  issuer: string;
  clientId: string;
  /** Absent: a public client, which PKCE protects. */
  clientSecret?: string;
  /** Blank separated. */
  scopes: string;
  /** Where the roles stand in what the provider tells: `groups`, `realm_access.roles`. */
  roleClaim?: string;
  /** The first pair whose value the claim has, wins; `*` is any. */
  roleMap: { value: string; role: MappedRole }[];
  /** Only people with an address of these; empty: everybody. */
  domains: string[];
  /** Whoever the provider vouches for gets an account, whatever the registration. */
  signUp: boolean;
}

const MAPPED_ROLES = ["admin", "moderator", "member", "viewer"] as const;
export type MappedRole = typeof MAPPED_ROLES[number];

const issuer = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return !search && !hash && (protocol === "https:" || (protocol === "http:" && loopback));
}, "the issuer's address as it names itself, with https:// (http:// only on this machine)");
const words = z.union([z.array(z.string()), z.string().transform((text) => text.split(","))])
  .transform((list) => list.map((word) => word.trim()).filter(Boolean));
const roleMap = words.pipe(z.array(
  z.string().regex(
    new RegExp(`^[^=]+=\\s*(${MAPPED_ROLES.join("|")})$`),
    `pairs of value=role, comma separated; roles: ${MAPPED_ROLES.join(", ")}`,
  ),
)).transform((pairs) =>
  pairs.map((pair) => {
    const [value, role] = pair.split(/\s*=\s*(?=[a-z]+$)/);
    return { value: value!, role: role as MappedRole };
  })
);

/** Field → schema and help, in the order of the documentation. */
export const OIDC_FIELDS = {
  ISSUER: { schema: issuer, help: "address of the provider, as it names itself; its other addresses are discovered" },
  CLIENT_ID: { schema: z.string().min(1), help: "what the provider calls this server" },
  CLIENT_SECRET: { schema: z.string().min(1).optional(), help: "its secret; absent: a public client", secret: true },
  LABEL: { schema: z.string().trim().min(1).max(60).optional(), help: "name on the button; default: NAME" },
  SCOPES: {
    schema: z.string().trim().min(1).default("openid email profile"),
    help: "what is asked for, blank separated",
  },
  DOMAINS: { schema: words.default([]), help: "only people with an address of these domains, comma separated" },
  SIGN_UP: {
    schema: z.union([z.boolean(), z.stringbool()], { error: "true or false" }).default(false),
    help: "new people get an account, whatever PULPO_REGISTRATION says",
  },
  ROLE_CLAIM: {
    schema: z.string().min(1).optional(),
    help: "claim that the role is taken from at each sign-in: groups",
  },
  ROLE_MAP: {
    schema: roleMap.default([]),
    help: "value=role, comma separated, the first match wins; * is any; never owner",
  },
} satisfies Record<string, { schema: z.ZodType; help: string; secret?: boolean }>;

type Field = keyof typeof OIDC_FIELDS;
const FIELDS = Object.keys(OIDC_FIELDS) as Field[];
const NAME = new RegExp(`^PULPO_OIDC_([A-Z0-9](?:[A-Z0-9_]{0,38}[A-Z0-9])?)_(${FIELDS.join("|")})$`);

export interface OidcProblem {
  source: string;
  value: string;
  accepted: string;
}

/** Names of the environment that belong to providers: those that are set, and all that a provider that is there may have. */
export function oidcNames(env: readonly string[]): string[] {
  const names = new Set(env.flatMap((name) => NAME.exec(name)?.[1] ?? []));
  return [...names].flatMap((name) => FIELDS.map((field) => `PULPO_OIDC_${name}_${field}`));
}

/** @param table `oidc` of pulpo.toml */
export function readProviders(
  env: Record<string, string | undefined>,
  table: unknown,
): { providers: OidcProvider[]; problems: OidcProblem[] } {
  const problems: OidcProblem[] = [];
  const given = new Map<string, Map<Field, { source: string; value: unknown }>>();
  const put = (id: string, field: Field, source: string, value: unknown) => {
    const fields = given.get(id) ?? new Map();
    given.set(id, fields.set(field, { source, value }));
  };
  const strange = (source: string, accepted: string) => problems.push({ source, value: "(set)", accepted });
  if (table !== undefined && !isTable(table)) strange("pulpo.toml: oidc", "tables such as [oidc.google]");
  for (const [name, fields] of Object.entries(isTable(table) ? table : {})) {
    if (!/^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$/.test(name) || !isTable(fields)) {
      strange(`pulpo.toml: oidc.${name}`, "a table whose name has small letters, digits, - and _");
      continue;
    }
    for (const [key, value] of Object.entries(fields)) {
      const field = key.toUpperCase() as Field;
      if (key === key.toLowerCase() && FIELDS.includes(field)) {
        put(idOf(name), field, `pulpo.toml: oidc.${name}.${key}`, value);
      } else strange(`pulpo.toml: oidc.${name}.${key}`, `one of ${FIELDS.map((f) => f.toLowerCase()).join(", ")}`);
    }
  }
  for (const [name, value] of Object.entries(env)) {
    const [, provider, field] = NAME.exec(name) ?? [];
    if (provider && value) put(idOf(provider), field as Field, name, value);
  }
  const providers = [...given].sort(([a], [b]) => a < b ? -1 : 1).map(([id, fields]) =>
    readProvider(id, fields, problems)
  );
  return { providers, problems };
}

const idOf = (name: string) => name.toLowerCase().replaceAll("_", "-");
const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function readProvider(
  id: string,
  fields: Map<Field, { source: string; value: unknown }>,
  problems: OidcProblem[],
): OidcProvider {
  const read = <F extends Field>(field: F): z.infer<(typeof OIDC_FIELDS)[F]["schema"]> => {
    const at = fields.get(field);
    const { schema, secret } = { secret: false, ...OIDC_FIELDS[field] };
    const parsed = schema.safeParse(at?.value);
    if (parsed.success) return parsed.data as z.infer<(typeof OIDC_FIELDS)[F]["schema"]>;
    problems.push({
      source: at?.source ?? `PULPO_OIDC_${id.toUpperCase().replaceAll("-", "_")}_${field}`,
      value: at === undefined ? "(absent)" : secret ? "***" : String(at.value),
      accepted: at === undefined ? "a value, because the provider is named" : parsed.error.issues[0]!.message,
    });
    return undefined as never;
  };
  return {
    id,
    label: read("LABEL") ?? id[0]!.toUpperCase() + id.slice(1),
    issuer: read("ISSUER"),
    clientId: read("CLIENT_ID"),
    clientSecret: read("CLIENT_SECRET"),
    scopes: read("SCOPES"),
    roleClaim: read("ROLE_CLAIM"),
    roleMap: read("ROLE_MAP"),
    domains: (read("DOMAINS") ?? []).map((domain) => domain.replace(/^@/, "").toLowerCase()),
    signUp: read("SIGN_UP"),
  };
}
