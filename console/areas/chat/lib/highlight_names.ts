// What people write behind the fence of a block of code, and the grammar that is meant. Only these are coloured; nothing
// is guessed. The grammars themselves are in ../../highlight.ts, which is loaded when the first of them is needed.

const NAMES: Record<string, string> = {
  bash: "bash sh zsh shell console",
  c: "c h",
  cpp: "cpp c++ cc hpp",
  csharp: "csharp cs c#",
  css: "css scss less",
  diff: "diff patch",
  dockerfile: "dockerfile docker",
  go: "go golang",
  ini: "ini toml properties conf env",
  java: "java",
  javascript: "javascript js jsx mjs cjs",
  json: "json jsonc",
  kotlin: "kotlin kt",
  lua: "lua",
  makefile: "makefile make",
  markdown: "markdown md",
  nginx: "nginx",
  php: "php",
  powershell: "powershell ps1 pwsh",
  python: "python py",
  ruby: "ruby rb",
  rust: "rust rs",
  sql: "sql pgsql postgresql mysql sqlite",
  swift: "swift",
  typescript: "typescript ts tsx mts",
  xml: "xml html svg vue svelte",
  yaml: "yaml yml",
};

export const GRAMMARS: readonly string[] = Object.keys(NAMES);

const byName = new Map(
  Object.entries(NAMES).flatMap(([grammar, names]) => names.split(" ").map((name) => [name, grammar] as const)),
);

/** The grammar for a word behind a fence; undefined: the code stays plain. */
export function grammarOf(name: string): string | undefined {
  return byName.get(name.toLowerCase());
}

/** A stretch of code: how many UTF-16 units, and what they are ("" for nothing in particular). */
export type Run = [length: number, kind: string];

export interface HighlightJob {
  grammar: string;
  text: string;
}
