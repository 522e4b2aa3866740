// The rules of an organisation's automatic filter, compiled once per version of its settings, and what they say about a
// text. Flood is not here: it needs to know what came before (filter.ts).
import type { FilterAction, FilterRule, FilterSettings } from "../../../protocol/chat/moderation.ts";
import { asHost, isBelow, linksIn } from "./links.ts";
import { matchPatterns, type PatternMatcher, patternMatcher, patternProblems } from "./patterns.ts";
import { plainText } from "./fold.ts";
import { WordMatcher, wordProblem } from "./words.ts";

export interface Hit {
  rule: FilterRule;
  /** For moderators only: it names the entry of the list. */
  reason: string;
  action: FilterAction;
}

export interface CompiledFilter {
  settings: FilterSettings;
  words: WordMatcher;
  patterns: PatternMatcher;
  allow: ReadonlySet<string>;
  block: ReadonlySet<string>;
}

const hosts = (domains: readonly string[]) => new Set(domains.map((domain) => asHost(domain) ?? domain));

/** The settings have passed `filterProblems`. */
export function compileFilter(settings: FilterSettings): CompiledFilter {
  return {
    settings,
    words: new WordMatcher(settings.words),
    patterns: patternMatcher(settings.patterns.map((p) => p.pattern)),
    allow: hosts(settings.links.allow),
    block: hosts(settings.links.block),
  };
}

/** What is wrong with settings beyond their schema; `path` as in validation errors. */
export function filterProblems(settings: FilterSettings): { path: string; message: string }[] {
  const out: { path: string; message: string }[] = [];
  settings.words.forEach(({ text }, i) => {
    const message = wordProblem(text);
    if (message) out.push({ path: `words.${i}.text`, message });
  });
  for (const [i, message] of patternProblems(settings.patterns.map((p) => p.pattern))) {
    out.push({ path: `patterns.${i}.pattern`, message });
  }
  return out;
}

/**
 * What the rules find in a text.
 * @param all false: stops at the first thing that blocks
 * @throws AppError `unavailable` when patterns cannot be checked in time
 */
export async function applyRules(filter: CompiledFilter, content: string, all = false): Promise<Hit[]> {
  const { settings } = filter;
  const hits: Hit[] = [];
  const done = () => !all && hits.some((hit) => hit.action === "block");
  for (const n of filter.words.find(content)) {
    const { text, action } = settings.words[n]!;
    hits.push({ rule: "word", reason: `the word "${text}"`, action });
  }
  if (!done()) hits.push(...linkHits(filter, content));
  if (!done()) hits.push(...capsHits(settings.caps, content));
  if (!done()) {
    for (const n of await matchPatterns(filter.patterns, content)) {
      const { pattern, action } = settings.patterns[n]!;
      hits.push({ rule: "pattern", reason: `the pattern ${pattern}`, action });
    }
  }
  return hits;
}

function linkHits({ settings, allow, block }: CompiledFilter, content: string): Hit[] {
  const { action } = settings.links;
  if (action === "off" && block.size === 0) return [];
  const hits = new Map<string, Hit>();
  for (const { host, explicit } of linksIn(content)) {
    const reason = `a link to ${host}`;
    if (isBelow(host, block)) hits.set(host, { rule: "link", reason, action: "block" });
    else if (action !== "off" && explicit && !isBelow(host, allow)) hits.set(host, { rule: "link", reason, action });
  }
  return [...hits.values()];
}

function capsHits({ action, min_letters, percent }: FilterSettings["caps"], content: string): Hit[] {
  if (action === "off") return [];
  let upper = 0, lower = 0;
  for (const char of plainText(content)) {
    const small = char.toLowerCase();
    if (small !== char) upper++;
    else if (char.toUpperCase() !== char) lower++;
  }
  const letters = upper + lower;
  if (letters < min_letters || upper * 100 < letters * percent) return [];
  return [{ rule: "caps", reason: `${Math.round(upper * 100 / letters)} % capital letters`, action }];
}
