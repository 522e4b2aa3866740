// The Realtime tab of /docs in a browser: every channel with its pushes, under the page's own policy, on a desk and a phone.
import assert from "node:assert/strict";
import axe from "axe-core";
import { buildConsole } from "../../tools/build_console.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { createTestApp } from "../support/test_app.ts";

Deno.test({
  name: "docs: what travels over sockets stands beside the HTTP calls",
  sanitizeOps: false,
  sanitizeResources: false,
  ignore: !haveBrowser(),
  fn: async () => {
    await buildConsole();
    await using t = await createTestApp();
    await using browser = await launch();
    for (const [size, colorScheme] of [[DESK, "light"], [PHONE, "dark"]] as const) {
      const watched = await openPage(browser, t.url, { ...size, colorScheme });
      const { page } = watched;
      await page.goto(`${t.url}/docs#realtime`);
      const names = page.locator("#events h2 code");
      await names.first().waitFor();
      assert.deepEqual(
        (await names.allTextContents()).sort(),
        Object.values(channels).filter(({ internal }) => !internal).map(({ address }) => address).sort(),
      );
      assert.doesNotMatch(await page.locator("#events").innerText(), /`/);
      const message = page.locator("details", { hasText: "Somebody has left the channel" });
      await message.locator("summary").click();
      await message.getByText('"member_count": 11').waitFor();
      await message.getByText("member_count integer").waitFor();
      assert.equal(await page.locator("#docs").isVisible(), false);
      assert.equal(await overflow(page), 0);
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run: (place: unknown) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        const { violations } = await axe.run({ exclude: [["#docs"]] });
        return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`));
      });
      assert.deepEqual(found, []);
      await page.locator(".docs-tab", { hasText: "HTTP" }).click();
      await page.locator("#docs").waitFor();
      assert.equal(await page.locator("#events").isVisible(), false);
      const filter = (await page.locator(".operation-filter-input").boundingBox())!;
      assert.ok(size !== PHONE || filter.width > 340, `the filter is ${filter.width} wide`);
      await page.locator(".opblock-summary-description").first().waitFor();
      const summaries = await page.locator(".opblock-summary-description").allInnerTexts();
      assert.deepEqual(summaries.filter((text) => text.includes("`")), []);
      assertCalm(watched);
      await watched.context.close();
    }
  },
});
