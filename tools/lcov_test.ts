import assert from "node:assert/strict";
import { addLcov, byFolder, type LineHits } from "./lcov.ts";

const file = (
  name: string,
  lines: Record<number, number>,
) => [`SF:${name}`, "FN:1,f", ...Object.entries(lines).map(([line, n]) => `DA:${line},${n}`), "LF:9", "end_of_record"];

Deno.test("a line is covered when any process ran it", () => {
  const hits: LineHits = new Map();
  addLcov(hits, [...file("/p/a/x.ts", { 1: 1, 2: 0, 3: 0 }), ...file("/p/a/y.ts", { 1: 0 })].join("\n"));
  addLcov(hits, [...file("/p/a/x.ts", { 1: 0, 2: 5, 3: 0 }), ...file("/p/b/z.ts", { 7: 1 })].join("\n"));
  addLcov(hits, "");
  const folders = byFolder(hits, (path) => path.includes("skipped") ? undefined : path.split("/")[2]);
  assert.deepEqual(folders, [
    { folder: "a", files: 2, lines: 4, covered: 2 },
    { folder: "b", files: 1, lines: 1, covered: 1 },
  ]);
  assert.deepEqual(byFolder(hits, () => undefined), []);
});
