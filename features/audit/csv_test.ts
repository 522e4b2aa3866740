import assert from "node:assert/strict";
import { csvCell } from "./csv.ts";

Deno.test("csvCell: quotes, doubles quotes, and disarms formulas", () => {
  assert.equal(csvCell("plain"), "plain");
  assert.equal(csvCell('say "hi", you'), '"say ""hi"", you"');
  assert.equal(csvCell("two\nlines"), '"two\nlines"');
  for (const formula of ["=1+1", "+1", "-1", "@SUM(A1)"]) assert.equal(csvCell(formula)[0], "'");
  assert.equal(csvCell("\t=1"), `"'\t=1"`);
  // Where a semicolon, a tab or a line parts the cells, what stands behind it is one.
  assert.equal(csvCell("hello;=1+1"), `"hello;'=1+1"`);
  assert.equal(csvCell("a;\t +1"), `"a;\t '+1"`);
  assert.equal(csvCell("[1,-2]"), '"[1,-2]"');
  assert.equal(csvCell("a\n-1"), `"a\n'-1"`);
  assert.equal(csvCell(" =1"), "' =1");
  assert.equal(csvCell("\uff1d1+1"), "'\uff1d1+1");
  assert.equal(csvCell('x";=1'), `"x"";'=1"`);
  assert.equal(csvCell("a;b"), '"a;b"');
  assert.equal(csvCell("half - half; and more"), '"half - half; and more"');
  assert.equal(csvCell('=HYPERLINK("http://x")'), `"'=HYPERLINK(""http://x"")"`);
});
