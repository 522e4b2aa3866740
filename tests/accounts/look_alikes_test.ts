import assert from "node:assert/strict";
import table from "../../kernel/look_alikes.json" with { type: "json" };
import { looksAlike, SeenNames } from "../../kernel/look_alikes.ts";
import { lookAlikes } from "../../tools/look_alikes.ts";

Deno.test("the table is the one that tools/look_alikes.ts writes", () => {
  assert.deepEqual(table, lookAlikes());
});

Deno.test("names in other letters that look alike", () => {
  const alike: [string, string][] = [
    ["Copa", "Сора"], // Cyrillic
    ["hata", "НАТА"], // Cyrillic capitals
    ["Kopa", "Κορα"], // Greek
    ["José", "Јоѕе\u0301"], // Cyrillic with a mark
    ["Copa García", "Сора García"], // one word of two
    ["ana", "ɑnɑ"], // Latin letters that are no ASCII
  ];
  for (const [a, b] of alike) {
    assert.ok(looksAlike(a, b), `${a} ${b}`);
    assert.ok(looksAlike(b, a), `${b} ${a}`);
  }
  const apart: [string, string][] = [
    ["Ana", "ANA"], // the same name
    ["Ana", "Ａｎａ"], // the same, wide
    ["Ana", "Ána"],
    ["corn", "com"],
    ["web1", "webl"],
    ["Вера", "Vera"],
    ["Анна", "Anna"],
    ["Иван", "Ivan"],
    ["Νίκος", "Nikos"],
    ["año", "ano"],
    ["日本", "東京"],
  ];
  for (const [a, b] of apart) assert.ok(!looksAlike(a, b), `${a} ${b}`);
});

Deno.test("among many names", () => {
  const seen = new SeenNames(["general", "soporte"]);
  assert.ok(!seen.hasAlike("General"));
  assert.ok(!seen.hasAlike("ventas"));
  seen.add("copa");
  assert.ok(seen.hasAlike("сора"));
  assert.ok(!seen.hasAlike("copa"));
});
