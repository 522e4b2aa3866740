// Writes docs/settings.md from the settings' schemas in kernel/config.ts, so that the page cannot lag behind.
//   deno run -A tools/settings_doc.ts           writes the page
//   deno run -A tools/settings_doc.ts --check   fails when the page is not what would be written
import { z } from "zod";
import { flagOf, SETTINGS } from "../kernel/config.ts";
import { OIDC_FIELDS } from "../kernel/oidc_settings.ts";

const PAGE = new URL("../docs/settings.md", import.meta.url);

const HEAD = `# Settings

<!-- Written by tools/settings_doc.ts from kernel/config.ts: change the text there. -->

Each setting can be given in three places; the first one that names it wins:

1. a flag: \`pulpo serve --port 9000\`
2. an environment variable: \`PULPO_PORT=9000\`
3. a line in \`pulpo.toml\` in the working directory (or the file of \`--config\`): \`port = 9000\`

In the file, names are in snake_case: \`data_dir\`, \`public_url\`. A setting that is wrong or unknown stops the start with
exit status 2 and names every problem at once. Settings marked with * are secrets: they are never shown or logged;
prefer the environment to flags for them, since other users of a machine can see the flags of a program.

`;

const PROVIDERS_HEAD = `
## Sign-in providers

People can sign in through any OpenID Connect provider (see [accounts.md](accounts.md)). Each one has a NAME of letters,
digits and underscores, which is free: \`PULPO_OIDC_<NAME>_ISSUER\` and so on in the environment, or a table in the file:
\`[oidc.<name>]\` with \`issuer = "…"\`. They cannot be given as flags. At the provider, the address to return to is
\`<public url>/api/v1/auth/oauth/<name>/callback\`, with the name in small letters and dashes for underscores.

`;

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  format?: string;
  anyOf?: JsonSchema[];
}

/** What a person may write for a setting. */
function accepts(schema: z.ZodType): string {
  const probe = schema.safeParse("://");
  const message = probe.success ? "" : probe.error.issues[0]!.message;
  if (/^(an address|pairs of)/.test(message)) return message;
  const json = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as JsonSchema;
  const types = [json, ...json.anyOf ?? []];
  const choices = types.find((t) => t.enum)?.enum;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (types.some((t) => t.type === "boolean")) return "`true`, `false`";
  if (types.some((t) => t.type === "array")) return "list, comma separated";
  const number = types.find((t) => t.type === "integer" || t.type === "number");
  if (number) return `${number.minimum} to ${number.maximum}`;
  if (json.format === "email") return "e-mail address";
  return json.minLength && json.minLength > 1 ? `text, at least ${json.minLength} characters` : "text";
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success || parsed.data === undefined) return "";
  const { data } = parsed;
  if (Array.isArray(data) && data.length === 0) return "none";
  if (typeof data === "object") return `\`${Object.entries(data!).map((pair) => pair.join("=")).join(",")}\``;
  return `\`${data}\``;
}

/** A Markdown table with padded columns, as `deno fmt` wants it. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n") + "\n";
}

/** The whole page. */
export function settingsPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, { schema, env, help, secret }]) => [
    `\`${flagOf(name)}\``,
    `\`${env}\`${secret ? " *" : ""}`,
    cell(accepts(schema)),
    cell(defaultOf(schema)),
    cell(help),
  ]);
  const fields = Object.entries<{ schema: z.ZodType; help: string; secret?: boolean }>(OIDC_FIELDS)
    .map(([name, { schema, help, secret }]) => [
      `\`PULPO_OIDC_<NAME>_${name}\`${secret ? " *" : ""}`,
      cell(defaultOf(schema)),
      cell(help),
    ]);
  return HEAD + table([["Flag", "Environment", "Accepts", "Default", "Meaning"], ...rows]) + PROVIDERS_HEAD +
    table([["Environment", "Default", "Meaning"], ...fields]);
}

if (import.meta.main) {
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(PAGE, settingsPage());
  else if (await Deno.readTextFile(PAGE).catch(() => "") !== settingsPage()) {
    console.error("docs/settings.md is not up to date: deno run -A tools/settings_doc.ts");
    Deno.exit(1);
  }
}
