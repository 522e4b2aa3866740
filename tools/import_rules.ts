// The folder and tier table of ARCHITECTURE.md as code. `checkTree` takes the whole tree as text, so that its tests
// can hand it bad examples; tools/check_imports.ts feeds it the real files. Rules, each with an example in the tests:
//  - a folder imports only what its row allows; features reach other features only through `mod.ts` of a lower tier;
//  - packages come by their name in deno.json (pinned there), never as npm:, jsr: or a URL; protocol has zod only;
//  - only kernel/config.ts, the command line and development tools read the environment;
//  - channel names are built by protocol/wire/channels.ts, never written as literals;
//  - no files load each other in a circle (import_cycles.ts);
//  - files over 400 lines say why; an exported value that nobody imports is not exported.
import { findCycles } from "./import_cycles.ts";
import { scanSource, type SourceFacts } from "./source_scan.ts";

export interface Problem {
  path: string;
  line: number;
  message: string;
}

export const MAX_LINES = 400;

/**
 * Feature → tier. A feature imports other features only from lower tiers; reactions go upwards through events. One that is not in
 * this table stands above all that are: nobody imports it.
 */
const TIERS: Record<string, number> = {
  // Below all others: every feature writes to the audit log.
  audit: -1,
  accounts: 0,
  health: 0,
  notifications: 1,
  media: 1,
  agents: 2,
  chat: 2,
  messenger: 2,
  fleet: 3,
  desk: 3,
  moderation: 3,
  analytics: 3,
  transfer: 3,
  first_steps: 3,
  demo: 4,
};

const FEATURE_BASE = [
  "kernel/",
  "db/",
  "protocol/",
  "features/context.ts",
  "features/declared.ts",
  "features/define.ts",
];

/** First matching row wins. `allow` are path prefixes besides the file's own folder; absent: anything but `deny`. */
const TABLE: { of: string; allow?: string[]; deny?: string[]; packages?: string[] }[] = [
  { of: "main.ts", allow: ["cli/"], packages: [] },
  { of: "cli/" },
  // The running server knows nothing of the commands that start and ask it.
  { of: "server/", deny: ["cli/", "tests/", "tools/", "bench/"] },
  { of: "protocol/", allow: [], packages: ["zod"] },
  { of: "kernel/", allow: ["protocol/"] },
  { of: "db/", allow: ["kernel/", "protocol/"] },
  { of: "realtime/", allow: ["kernel/", "protocol/"] },
  { of: "workers/", allow: ["kernel/", "db/", "protocol/"] },
  { of: "features/context.ts", allow: ["kernel/", "db/", "protocol/", "features/define.ts"] },
  // The only thing that it knows of HTTP is the type of what a feature's `routes` load.
  {
    of: "features/define.ts",
    allow: ["kernel/", "db/", "protocol/", "features/context.ts", "routes/feature_routes.ts"],
  },
  // Answers what the realtime side asks, from the list of features.
  { of: "features/gateway.ts", allow: [...FEATURE_BASE, "features/*/mod.ts", "realtime/"] },
  { of: "features/mod.ts", allow: ["features/*/mod.ts", "features/define.ts"] },
  { of: "features/", allow: FEATURE_BASE },
  {
    of: "routes/",
    allow: [
      "kernel/",
      "protocol/",
      "realtime/",
      "features/*/mod.ts",
      "features/mod.ts",
      "features/context.ts",
      "features/declared.ts",
      "features/define.ts",
    ],
  },
  { of: "console/", allow: ["protocol/", "clients/typescript/src/"] },
  // It is there all the time on small machines, so it loads as little as it can.
  {
    of: "agent/",
    allow: [
      "protocol/",
      "kernel/durable_files.ts",
      "kernel/explained_error.ts",
      "kernel/log.ts",
      "kernel/version.ts",
      "clients/typescript/src/engine/backoff.ts",
    ],
    packages: ["ws"],
  },
  { of: "clients/", allow: [] },
  { of: "tests/" },
  { of: "bench/" },
  { of: "tools/" },
];

/** What a test beside the code may use on top of its folder's row: the test helpers and a database. */
const TEST_EXTRA = ["tests/", "db/", "kernel/", "protocol/", "tools/services.ts"];

const READS_ENVIRONMENT = [/^kernel\/config\.ts$/, /^cli\//, /^server\//, /^tools\//, /^tests\//, /^bench\//];
/** Where a channel name can only be a channel name; tests write names as a client would. */
const CHANNEL_CODE = /^(kernel|db|realtime|workers|features|routes|server|cli|console|agent)\//;
/** Names that can be nothing else; `{}` stands for an expression in a template. */
const CHANNEL_NAME =
  /^(_control|notify:[\w{][\w.{}-]*|user:[^:\s]+:notifications|channel:[\w{][\w{}-]*|server:[^:\s]+:\w+|desk:[\w{][\w{}-]*)$/;
/** Words that are channels only where the code around says so. */
const CHANNEL_WORD = /^(broadcast|dashboard|agents)$/;

const isTest = (path: string) => /_test\.tsx?$/.test(path);
const inFolder = (path: string, rule: string) => rule.endsWith("/") ? path.startsWith(rule) : path === rule;

/** @param files path relative to the root (with `/`) → text, of every .ts and .tsx file. */
export function checkTree(files: ReadonlyMap<string, string>): Problem[] {
  const problems: Problem[] = [];
  const used = new Map<string, Set<string>>();
  const scanned = new Map<string, SourceFacts>();
  for (const [path, text] of files) {
    const facts = scanSource(path, text);
    scanned.set(path, facts);
    const report = (line: number, message: string) => problems.push({ path, line, message });
    for (const found of facts.imports) {
      const target = resolve(path, found.specifier);
      if (target === undefined) {
        const message = checkPackage(path, found.specifier);
        if (message) report(found.line, message);
        continue;
      }
      const names = used.get(target) ?? used.set(target, new Set()).get(target)!;
      for (const name of found.names) names.add(name);
      const message = checkImport(path, target);
      if (message) report(found.line, message);
    }
    if (!isTest(path) && !path.startsWith("clients/") && !READS_ENVIRONMENT.some((p) => p.test(path))) {
      for (const line of facts.environment) {
        report(line, "reads the environment; settings come from kernel/config.ts");
      }
    }
    if (CHANNEL_CODE.test(path) && !isTest(path)) {
      for (const { text, forChannel, line } of facts.literals) {
        if (CHANNEL_NAME.test(text) || (forChannel && CHANNEL_WORD.test(text))) {
          report(line, `channel name "${text}" as a literal; use a constructor of protocol/wire/channels.ts`);
        }
      }
    }
    if (facts.lines > MAX_LINES && !facts.longFileReason) {
      report(1, `${facts.lines} lines; split it or say why in a line "// long file: <reason>"`);
    }
  }
  problems.push(...circles(scanned));
  for (const [path, facts] of scanned) problems.push(...unusedExports(path, facts, used.get(path) ?? new Set()));
  return problems.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** What files load when they are loaded must not come back to them. */
function circles(scanned: ReadonlyMap<string, SourceFacts>): Problem[] {
  const loaded = new Map<string, string[]>();
  for (const [path, facts] of scanned) {
    const targets = facts.imports.filter((found) => found.loads).map((found) => resolve(path, found.specifier));
    loaded.set(path, targets.filter((target) => target !== undefined && scanned.has(target)) as string[]);
  }
  return findCycles(loaded).map((cycle) => {
    const [path, next] = cycle as [string, string];
    const at = scanned.get(path)!.imports.find((found) => found.loads && resolve(path, found.specifier) === next)!;
    const message = `imports in a circle: ${cycle.join(" → ")}; what both need goes into a file of its own`;
    return { path, line: at.line, message };
  });
}

/** Path of a relative import inside the tree; undefined for packages. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

function checkImport(from: string, to: string): string | undefined {
  const row = TABLE.find((r) => inFolder(from, r.of));
  if (!row) return `no row for this folder in tools/import_rules.ts`;
  const denied = row.deny?.find((rule) => inFolder(to, rule));
  if (denied) return `may not import ${to}: ${row.of} may import anything but ${row.deny!.join(", ")}`;
  if (!row.allow || (to === "deno.json" && /^(kernel|db)\//.test(from))) return undefined; // versions
  const shown = `may not import ${to}`;
  if (isTest(from)) {
    if (TEST_EXTRA.some((rule) => inFolder(to, rule))) return undefined;
  } else if (isTest(to) || /^(tests|tools|bench)\//.test(to)) {
    return `${shown}: product code does not use development code`;
  }
  // Where its endpoints are, says a feature in its definition and nowhere else.
  if (/^features\/[^/]+\/mod\.ts$/.test(from) && /^routes\/[^/]+\/mod\.ts$/.test(to)) return undefined;
  const feature = /^features\/([^/]+)\//.exec(from)?.[1];
  const target = /^features\/([^/]+)\//.exec(to)?.[1];
  if (feature && target && feature !== target) return checkTier(feature, target, to, shown);
  const own = feature ? `features/${feature}/` : row.of.endsWith("/") ? row.of : undefined;
  if (own && to.startsWith(own)) return undefined;
  const allowed = row.allow.some((rule) =>
    rule.includes("*") ? new RegExp(`^${rule.replace("*", "[^/]+")}$`).test(to) : inFolder(to, rule)
  );
  return allowed ? undefined : `${shown}: ${row.of} may import ${row.allow.join(", ") || "nothing"}`;
}

function checkTier(feature: string, target: string, to: string, shown: string): string | undefined {
  if (!/^features\/[^/]+\/mod\.ts$/.test(to)) return `${shown}: other features only through their mod.ts`;
  const own = TIERS[feature] ?? Infinity, other = TIERS[target] ?? Infinity;
  return other < own ? undefined : `${shown}: tier ${other} is not below tier ${own}; react to its events instead`;
}

function checkPackage(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    return /^(console|protocol)\//.test(from) && !isTest(from)
      ? `"${specifier}" does not exist in a browser`
      : undefined;
  }
  if (from.startsWith("clients/")) return undefined;
  if (/^(npm|jsr|https?|data|file):/.test(specifier)) {
    return `"${specifier}": packages are pinned in deno.json and imported by name`;
  }
  const row = TABLE.find((r) => inFolder(from, r.of));
  if (!row?.packages || isTest(from)) return undefined;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return row.packages.includes(name)
    ? undefined
    : `may not use the package ${name}: ${row.packages.join(", ") || "none"} only`;
}

/** Exports that nothing imports. The type of an exported signature is part of it, so a type that its own file uses stays. */
function unusedExports(path: string, facts: SourceFacts, used: Set<string>): Problem[] {
  if (/(^|\/)mod\.ts$/.test(path) || /^(protocol|clients)\//.test(path) || used.has("*")) return [];
  return facts.exports
    .filter((e) => !used.has(e.name) && !(e.isType && e.usedInside))
    .map((e) => ({ path, line: e.line, message: `exports ${e.name}, which nothing imports` }));
}
