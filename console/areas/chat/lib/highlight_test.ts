// The colours of code without a browser: grammars, the stretches that come out, contrast. The Worker and the page are in
// tests/chat/texts_test.ts.
import assert from "node:assert/strict";
import { grammars, highlight } from "../../../highlight.ts";
import { heavyTexts } from "./heavy_texts.ts";
import { grammarOf, GRAMMARS } from "./highlight_names.ts";
import { runsOf } from "./highlight_runs.ts";

Deno.test("code: every grammar that a name leads to is there, and no other", () => {
  assert.deepEqual(Object.keys(grammars).sort(), [...GRAMMARS].sort());
  assert.equal(grammarOf("TS"), "typescript");
  assert.equal(grammarOf("sh"), "bash");
  for (const name of ["", "klingon", "constructor", "__proto__", "toString"]) assert.equal(grammarOf(name), undefined);
});

Deno.test("code: stretches with a kind that add up to the text", () => {
  const text = 'const a: string = "x & <b>"; // y\nclass B extends C {}';
  const runs = highlight({ grammar: "typescript", text });
  let at = 0;
  const parts = runs.map(([length, kind]) => [text.slice(at, at += length), kind]);
  assert.equal(at, text.length);
  for (const [part, kind] of [["const", "keyword"], ['"x & <b>"', "string"], ["// y", "comment"], ["B", "title"]]) {
    assert.ok(parts.some(([p, k]) => p === part && k === kind), `${part}: ${JSON.stringify(parts)}`);
  }
  assert.deepEqual(runsOf(""), []);
});

Deno.test("code: in every grammar, heavy texts lose nothing", () => {
  for (const grammar of GRAMMARS) {
    for (const [name, text] of heavyTexts(300)) {
      const sum = highlight({ grammar, text }).reduce((n, [length]) => n + length, 0);
      assert.equal(sum, text.length, `${grammar}: ${name}`);
    }
  }
});

Deno.test("code: colours can be read, light and dark", async () => {
  const styles = (name: string) => Deno.readTextFile(new URL(`../../../styles/${name}.css`, import.meta.url));
  const [code, tokens] = [await styles("code"), await styles("tokens")];
  const values = (css: string, start: string): Map<string, string> => {
    const from = css.indexOf(start);
    assert.ok(from >= 0, start);
    const block = css.slice(css.indexOf("{", from), css.indexOf("}", from));
    return new Map([...block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name!, value!]));
  };
  for (const theme of [":root {", ":root:not(", ':root[data-theme="dark"]']) {
    const colours = values(code, theme), ground = values(tokens, theme);
    assert.equal(colours.size, 8, theme);
    for (const [name, colour] of [...colours, ...["--good", "--bad"].map((n) => [n, ground.get(n)!] as const)]) {
      const ratio = contrast(colour, ground.get("--sunken")!);
      assert.ok(ratio >= 4.5, `${theme} ${name}: ${ratio}`);
    }
  }
});

/** WCAG 2.2, "contrast ratio". */
function contrast(a: string, b: string): number {
  const light = (hex: string) => {
    const [r, g, bl] = [1, 3, 5].map((i) => {
      const c = parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * bl!;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}
