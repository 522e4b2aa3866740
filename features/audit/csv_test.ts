import assert from "node:assert/strict";
import { csvCell } from "./csv.ts";

Deno.test("csvCell: quotes, doubles quotes, and disarms formulas", () => {
  assert.equal(csvCell("plain"), "plain");
  assert.equal(csvCell('say "hi", you'), '"say ""hi"", you"');
  assert.equal(csvCell("two\nlines"), '"two\nlines"');
  for (const formula of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]) assert.equal(csvCell(formula)[0], "'");
  assert.equal(csvCell('=HYPERLINK("http://x")'), `"'=HYPERLINK(""http://x"")"`);
});
