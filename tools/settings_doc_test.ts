import assert from "node:assert/strict";
import { settingsPage } from "./settings_doc.ts";

Deno.test("docs/settings.md is what kernel/config.ts says", async () => {
  const page = await Deno.readTextFile(new URL("../docs/settings.md", import.meta.url));
  assert.equal(page, settingsPage(), "run: deno run -A tools/settings_doc.ts");
});
