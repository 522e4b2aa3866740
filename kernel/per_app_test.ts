import assert from "node:assert/strict";
import { perApp } from "./per_app.ts";

Deno.test("each App has its own state, made once", () => {
  let made = 0;
  const countOf = perApp((app: { start: number }) => ({ count: app.start + ++made }));
  const one = { start: 10 }, two = { start: 20 };
  assert.equal(countOf(one).count, 11);
  countOf(one).count++;
  assert.equal(countOf(one).count, 12);
  assert.equal(countOf(two).count, 22);
  assert.equal(made, 2);
});
