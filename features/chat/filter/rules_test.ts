// The automatic filter as computation: words through evasions, links, capitals, patterns that try to hang.
import assert from "node:assert/strict";
import { filterSettings } from "../../../protocol/chat/moderation.ts";
import { foldText } from "./fold.ts";
import { isBelow, linksIn } from "./links.ts";
import { matchPatterns, patternMatcher, patternProblems } from "./patterns.ts";
import { applyRules, compileFilter, filterProblems } from "./rules.ts";
import { WordMatcher } from "./words.ts";

const holds = (word: string, text: string, whole_word = true) =>
  new WordMatcher([{ text: word, whole_word }]).find(text).size === 1;

Deno.test("words: case, accents, width, look-alikes and invisible characters do not matter", () => {
  for (
    const text of [
      "idiota",
      "¡Eres un IDIOTA!",
      "ídíótà",
      "ｉｄｉｏｔａ",
      "id\u200biota",
      "i\u00addiota",
      "і\u0501іоtа", // Cyrillic
      "𝓲𝓭𝓲𝓸𝓽𝓪",
      "Ⓘⓓⓘⓞⓣⓐ",
      "🅸🅳🅸🅾🆃🅰",
      "i̶d̶i̶o̶t̶a̶",
      "idiooooota",
      "1d10ta",
      "!d!0t@",
      "i d i o t a",
      "i.d.i.o.t.a",
      "(idiota)",
      "_idiota_",
      "idiota!!",
    ]
  ) assert.ok(holds("idiota", text), text);
  assert.ok(holds("IDIÓTA", "idiota"), "the list is folded as well");
});

Deno.test("words: what is not meant is left alone", () => {
  assert.ok(!holds("idiota", "idiotas"), "whole words only");
  assert.ok(holds("idiota", "superidiotas", false));
  assert.ok(!holds("ass", "as good as it gets"), "a doubled letter must be doubled");
  assert.ok(holds("ass", "a$$"));
  assert.ok(!holds("ass", "class assets"), "inside of words");
  assert.ok(!holds("ass", "it costs 455 or $455"), "a number is a number");
  assert.ok(!holds("ano", "feliz año nuevo"), "ñ is a letter of its own");
  assert.ok(holds("coño", "COÑO") && holds("coño", "con\u0303o"));
  assert.ok(!holds("puta", "se disputa, computa y puta-tivo".replace("puta-tivo", "reputado")));
  assert.ok(holds("two words", "here are  two\nWORDS, see"));
  assert.ok(holds("666", "the number 666"));
  assert.ok(holds("плохо", "это ПЛОХО"), "other scripts");
  assert.ok(holds("坏话", "这是坏话吗", false));
});

Deno.test("words: a thousand of them in 16 KiB are found in one pass", () => {
  const words = Array.from({ length: 1000 }, (_, i) => ({ text: `palabra${i}x`, whole_word: false }));
  const matcher = new WordMatcher(words);
  const text = `${"p a l 4br4 palabr ".repeat(900)} palabra17x`;
  assert.deepEqual([...matcher.find(text)], [17]);
});

Deno.test("folding leaves nothing that hides", () => {
  assert.equal(foldText("Ｈéｌｌｏ\u200d Wörld"), "hello world");
});

Deno.test("links: domains are found however they are written", () => {
  const hosts = (text: string) => linksIn(text).map((link) => link.host);
  assert.deepEqual(hosts("see https://Evil.example/x?y, or (http://sub.evil.example:8080)."), [
    "evil.example",
    "sub.evil.example",
  ]);
  assert.deepEqual(hosts("[text](https://user:pw@evil.example/)"), ["evil.example"]);
  assert.deepEqual(hosts("https://e\u200bvil.example"), ["evil.example"]);
  assert.deepEqual(hosts("ｅｖｉｌ．ｅｘａｍｐｌｅ and evil。example"), ["evil.example", "evil.example"]);
  assert.deepEqual(hosts("https:\\\\evil.example"), ["evil.example"]);
  assert.deepEqual(hosts("mail me: someone@evil.example"), []);
  assert.ok(isBelow("a.b.example.org", new Set(["example.org"])));
  assert.ok(!isBelow("notexample.org", new Set(["example.org"])));
});

Deno.test("rules: block wins, allow and block lists of domains, capitals", async () => {
  const judge = async (settings: unknown, text: string) => {
    const hits = await applyRules(compileFilter(filterSettings.parse(settings)), text, true);
    return hits.map((hit) => `${hit.rule}:${hit.action}`);
  };
  const links = { links: { action: "flag", allow: ["good.example"], block: ["evil.example"] } };
  assert.deepEqual(await judge(links, "https://good.example https://www.good.example/a"), []);
  assert.deepEqual(await judge(links, "https://other.example"), ["link:flag"]);
  assert.deepEqual(await judge(links, "go to sub.evil.example"), ["link:block"]);
  assert.deepEqual(await judge({ links: { block: ["evil.example"] } }, "https://other.example"), []);
  const caps = { caps: { action: "flag", min_letters: 10, percent: 80 } };
  assert.deepEqual(await judge(caps, "ESTO ES UN GRITO"), ["caps:flag"]);
  assert.deepEqual(await judge(caps, "OK, VALE"), []);
  assert.deepEqual(await judge(caps, "Esto no es un grito, es una FRASE"), []);
  const both = { words: [{ text: "uno", action: "flag" }, { text: "dos", action: "block" }] };
  assert.deepEqual((await judge(both, "uno dos")).sort(), ["word:block", "word:flag"]);
  assert.deepEqual(await judge({ patterns: [{ pattern: "canción\\s+\\d+", action: "flag" }] }, "CANCION  12"), [
    "pattern:flag",
  ]);
});

const EVIL = [
  "(a+)+$",
  "(a|a)*b",
  "(a|aa)+$",
  "(.*a){20}",
  "([a-zA-Z]+)*!",
  "(x+x+)+y",
  "^(\\w+\\s?)*\\?$",
  "[ab]*a[ab]{90}c",
];
const ab = (length: number) => Array.from({ length }, (_, i) => "ab"[(i * i + (i >> 3)) & 1]).join("");

Deno.test("patterns: the evil ones end, and the event loop goes on meanwhile", async () => {
  assert.equal(patternProblems(EVIL).size, 0, "none is refused: they are harmless here");
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const matcher = patternMatcher(EVIL);
  for (const text of ["a".repeat(16_384) + "!", ab(16_384), "x".repeat(16_000), "word ".repeat(3000) + "!"]) {
    await matchPatterns(matcher, text);
  }
  clearInterval(timer);
  assert.ok(ticks > 10, `the loop ran ${ticks} times`);
});

Deno.test("patterns: what RE2 does not know, what is too large and what matches everything is refused", () => {
  const problem = (pattern: string) => patternProblems([pattern]).get(0);
  assert.match(problem("(a)\\1")!, /.+/);
  assert.match(problem("(?=a)b")!, /.+/);
  assert.match(problem("(")!, /.+/);
  assert.match(problem("a{1000}")!, /too large/);
  assert.match(problem(".*")!, /every message/);
  assert.equal(problem("\\bIBAN\\s*[A-Z]{2}\\d{20}"), undefined);
  const many = Array.from({ length: 30 }, () => "[ab]*a[ab]{90}c");
  assert.ok([...patternProblems(many).values()].some((text) => text.includes("together")));
  assert.deepEqual(
    filterProblems(filterSettings.parse({
      words: [{ text: "$$$", action: "flag" }, { text: "c++", action: "flag" }, { text: "fine", action: "flag" }],
      patterns: [{ pattern: "ok+", action: "flag" }, { pattern: "[", action: "flag" }],
    })).map((p) => p.path),
    ["words.0.text", "words.1.text", "patterns.1.pattern"],
  );
});
