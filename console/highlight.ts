// The colours of code, in a Worker of its own: a text that makes a grammar slow holds up nobody, and is given up
// (lib/chat/highlight.ts). In: a grammar's name and a text. Out: what each stretch of it is, no HTML.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import nginx from "highlight.js/lib/languages/nginx";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { runsOf } from "./areas/chat/lib/highlight_runs.ts";
import type { HighlightJob } from "./areas/chat/lib/highlight_names.ts";

export const grammars: Record<string, typeof bash> = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  lua,
  makefile,
  markdown,
  nginx,
  php,
  powershell,
  python,
  ruby,
  rust,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
for (const [name, grammar] of Object.entries(grammars)) hljs.registerLanguage(name, grammar);

/** What the stretches of a text are. */
export function highlight({ grammar, text }: HighlightJob) {
  return runsOf(hljs.highlight(text, { language: grammar, ignoreIllegals: true }).value);
}

// Not where a test has imported this.
if (typeof document === "undefined" && typeof globalThis.Deno === "undefined") {
  const worker = globalThis as unknown as Worker;
  worker.onmessage = ({ data }: MessageEvent<HighlightJob>) => {
    try {
      worker.postMessage(highlight(data));
    } catch {
      worker.postMessage(null);
    }
  };
}
