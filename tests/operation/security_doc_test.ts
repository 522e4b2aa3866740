// docs/security.md: the tests and files that it names exist, and the table has each line of the standard once.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);
/** Requirements of levels 1 and 2 in ASVS 5.0.0. */
const LINES = { 1: 70, 2: 183 };

Deno.test("security page: every file that it names exists, every line of the table has a state and a reason", async () => {
  const page = await Deno.readTextFile(new URL("docs/security.md", ROOT));
  const named = [...page.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.\w+)`/g)].map((match) => match[1]!);
  assert.ok(named.length > 100);
  assert.deepEqual(named.filter((path) => !existsSync(new URL(path, ROOT))), [], "files that are not there");

  const rows = [...page.matchAll(/^\| (\d+(?:\.\d+){2}) +\| (\d) +\| (\S+) +\| (.+?) +\| (.+?) +\|$/gm)];
  assert.equal(new Set(rows.map(([, number]) => number)).size, rows.length, "a number twice");
  for (const [level, count] of Object.entries(LINES)) {
    assert.equal(rows.filter((row) => row[2] === level).length, count, `lines of level ${level}`);
  }
  const states = ["yes", "partly", "gap", "n/a"];
  assert.deepEqual(rows.filter((row) => !states.includes(row[3]!)).map((row) => row[0]), []);
  const counted = states.map((state) => `${rows.filter((row) => row[3] === state).length} ${state}`).join(", ");
  assert.ok(page.replaceAll("\n", " ").includes(counted), `the page counts ${counted}`);
});
