import assert from "node:assert/strict";
import { colourOf, COLOURS, keepApart } from "./colours.ts";

Deno.test("colours: two people next to each other differ, in every list at once, and most keep their own", () => {
  const people = Array.from({ length: 60 }, () => crypto.randomUUID());
  const before = people.map(colourOf);
  const lists = [
    people,
    people.toReversed(),
    people.filter((_, i) => i % 2 === 0),
    people.filter((_, i) => i % 3 === 0),
  ];
  for (const list of lists) keepApart(list);
  for (const list of lists) {
    for (let i = 1; i < list.length; i++) assert.notEqual(colourOf(list[i]!), colourOf(list[i - 1]!), `at ${i}`);
  }
  const kept = people.filter((id, i) => colourOf(id) === before[i]).length;
  assert.ok(kept > 35, `${kept} of 60 keep their colour`);
  assert.ok(new Set(before).size > COLOURS / 2);
});

Deno.test("colours: somebody who stands beside everybody in turn differs from who stands there now", () => {
  const ana = "ana";
  for (let i = 0; i < 100; i++) {
    const other = `person ${i}`;
    keepApart([ana, other, ana]);
    assert.notEqual(colourOf(ana), colourOf(other));
  }
});
