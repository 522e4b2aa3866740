import assert from "node:assert/strict";
import { beginning } from "./fold.ts";
import { heavyTexts } from "./heavy_texts.ts";

Deno.test("fold: short texts whole, long ones by their beginning, cut between lines or words", () => {
  assert.equal(beginning("word ".repeat(500)), null);
  assert.equal(beginning("line\n".repeat(40).trimEnd()), null);
  assert.equal(beginning("word ".repeat(8_000)), "word ".repeat(300).trimEnd());
  assert.equal(beginning("line\n".repeat(41)), "line\n".repeat(20).trimEnd());
  assert.equal(beginning("x".repeat(39_000)), "x".repeat(1_500));
  const paragraphs = `${"first ".repeat(200)}\n${"second ".repeat(900)}`;
  assert.equal(beginning(paragraphs), "first ".repeat(200).trimEnd());
  assert.ok(beginning(`a${"🙂".repeat(4_000)}`)!.isWellFormed());
  for (const [name, text] of heavyTexts(39_000)) {
    const start = beginning(text);
    if (text.length > 3_000) assert.ok(start !== null && start.length <= 1_500 && text.startsWith(start), name);
  }
});
