// The reader of Deno's own report, on a real report.
import assert from "node:assert/strict";
import { parseJunit } from "./junit.ts";

const PROGRAM = `
Deno.test("a <b> & \\"c\\"", async (t) => { await t.step("one", () => {}); await t.step("two > three", () => {}); });
Deno.test({ name: "left out", ignore: true, fn() {} });
Deno.test("bad", () => { throw new Error("<skipped/>"); });
Deno.test("worse", async (t) => { await t.step("step", () => { throw new Error("x"); }); });
Deno.test("a > b", () => {});
`;

Deno.test("a report of deno test is counted by tests, not by steps", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/sample_test.ts`, PROGRAM);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", "--no-lock", `--junit-path=${folder}/out.xml`, folder],
      stdout: "null",
      stderr: "null",
    }).output();
    assert.equal(success, false);
    const counts = parseJunit(await Deno.readTextFile(`${folder}/out.xml`));
    assert.deepEqual(counts, { passed: 2, failed: 2, skipped: ["left out"] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
