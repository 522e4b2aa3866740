// What highlight.js says of a text, from its HTML to stretches with a kind: nothing of it goes into the page as HTML. Pure.
// Source: "CSS Classes Reference" of highlight.js 11 for the names of scopes.
import type { Run } from "./highlight_names.ts";

/** Kinds with a colour of their own (styles/code.css); scopes that are not named here look like plain code. */
const KINDS: Record<string, string> = {
  keyword: "keyword",
  literal: "keyword",
  "selector-tag": "keyword",
  name: "keyword",
  section: "keyword",
  built_in: "type",
  type: "type",
  title: "title",
  attr: "attr",
  attribute: "attr",
  property: "attr",
  variable: "attr",
  "template-variable": "attr",
  "selector-class": "attr",
  "selector-id": "attr",
  symbol: "attr",
  bullet: "attr",
  string: "string",
  regexp: "string",
  link: "string",
  code: "string",
  number: "number",
  comment: "comment",
  quote: "comment",
  doctag: "comment",
  meta: "meta",
  addition: "addition",
  deletion: "deletion",
};

const PART = /<span class="hljs-([\w-]+)[^"]*">|<span[^>]*>|<\/span>|&(?:amp|lt|gt|quot|#x27);|[^<&]+|[<&]/g;

/** In the order of the text; the lengths add up to its length. */
export function runsOf(html: string): Run[] {
  const runs: Run[] = [];
  const open: string[] = [""];
  for (const [part, scope] of html.matchAll(PART)) {
    if (part.startsWith("<span")) open.push(KINDS[scope ?? ""] ?? open.at(-1)!);
    else if (part === "</span>") open.pop();
    else {
      const kind = open.at(-1) ?? "";
      const length = part.length > 1 && part[0] === "&" ? 1 : part.length;
      const last = runs.at(-1);
      if (last?.[1] === kind) last[0] += length;
      else runs.push([length, kind]);
    }
  }
  return runs;
}
