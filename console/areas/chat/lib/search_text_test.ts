import assert from "node:assert/strict";
import { asValue, completionAt, markedParts, pieces, without } from "./search_text.ts";

Deno.test("pieces of a query: filters are told from words", () => {
  const query = 'deploy from:@ana -in:"big room" "a phrase" http://x has:';
  assert.deepEqual(pieces(query).map((p) => [p.text, p.filter]), [
    ["deploy", false],
    ["from:@ana", true],
    ['-in:"big room"', true],
    ['"a phrase"', false],
    ["http://x", false],
    ["has:", false],
  ]);
  assert.equal(without(query, pieces(query)[1]!), 'deploy -in:"big room" "a phrase" http://x has:');
});

Deno.test("what can be completed where the cursor stands", () => {
  const at = (query: string, cursor = query.length) => {
    const found = completionAt(query, cursor, "es");
    return found && [found.completion.kind, found.completion.typed, query.slice(found.start, found.end)];
  };
  assert.deepEqual(at("hola de:@an"), ["person", "an", "@an"]);
  assert.deepEqual(at("in:#gen x", 7), ["place", "gen", "#gen"]);
  assert.deepEqual(at('in:"big ro'), ["place", "big ro", '"big ro']);
  assert.deepEqual(at("tiene:"), ["value", "", ""]);
  assert.equal(at("hola"), null);
  assert.equal(at("foo:bar"), null);
  assert.equal(at("from:ana otra"), null);
});

Deno.test("names with spaces are quoted; marks keep the text", () => {
  assert.equal(asValue("#", "big room"), '#"big room"');
  assert.equal(asValue("@", "ana"), "@ana");
  const text = "🎉 Canción nueva";
  const parts = markedParts(text, [{ start: 3, end: 10 }]);
  assert.deepEqual(parts, [{ text: "🎉 ", marked: false }, { text: "Canción", marked: true }, {
    text: " nueva",
    marked: false,
  }]);
  assert.equal(parts.map((p) => p.text).join(""), text);
});
