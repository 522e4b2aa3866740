// Accessibility of the console: axe finds nothing on any page, with no rule off, in light and dark, at 390 and 1,440 px,
// nor in dialogs, menus, panels and the thread when they are open; with content as a used server has it.
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { haveBrowser, launch } from "../support/browser.ts";
import { openings } from "../support/console_openings.ts";
import { createWorld, pagesOf, settled, signedIn, visit } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

/** What axe finds in both themes, one line each. */
async function findings(page: Page, what: string): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const violations = await page.evaluate(async (runOnly) => {
      const { axe } = globalThis as unknown as {
        axe: { run: (context: unknown, options: unknown) => Promise<AxeResult> };
      };
      // All that axe runs by itself, and two that it has off: nothing is switched off.
      const rules = { "label-content-name-mismatch": { enabled: true }, "target-size": { enabled: true } };
      const { violations } = await axe.run(document, { rules, resultTypes: ["violations"], ...runOnly });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} | ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`)
      );
      // The themes differ in colours, so the second time these are all that can be found.
    }, colorScheme === "light" ? {} : { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } });
    found.push(...violations.map((line) => `${what} ${colorScheme} ${line}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

interface AxeResult {
  violations: { id: string; nodes: { html: string; any: { message: string }[]; all: { message: string }[] }[] }[];
}

for (const width of [390, 1440]) {
  Deno.test({ name: `console: axe finds nothing at ${width} px`, ...browserTest }, async (t) => {
    await buildConsole();
    await using world = await createWorld();
    const { url } = world.app;
    const browser = await launch();
    const found: string[] = [];
    const size = { viewport: { width, height: 900 }, hasTouch: width < 800, isMobile: width < 800 };
    try {
      await t.step("before signing in", async () => {
        const context = await browser.newContext(size);
        const page = await context.newPage();
        await page.goto(`${url}/login`);
        await page.locator("button[type=submit]").waitFor();
        found.push(...await findings(page, "/login"));
        await context.close();
      });
      const { page } = await signedIn(browser, url, world.owner, size);
      await t.step("pages", async () => {
        for (const at of pagesOf(world)) {
          await visit(page, url, at);
          found.push(...await findings(page, at.path));
        }
      });
      await t.step("wide code is reached and scrolled by keyboard; links open beside the page", async () => {
        await visit(page, url, { path: `/chat/${world.general}?panel=pins`, ready: ".chat-panel .md pre" });
        const code = page.locator(".chat-panel .md pre").first();
        await code.evaluate((pre) => pre.closest(".md-code")!.querySelector("button")!.focus());
        await page.keyboard.press("Tab");
        assert.ok(await code.evaluate((pre) => document.activeElement === pre), "Tab goes from its button to the code");
        await page.keyboard.press("ArrowRight");
        await until(() => code.evaluate((pre) => pre.scrollLeft > 0), { what: "the code has moved" });
        await page.locator(".chat-panel .md a[target=_blank][rel~=noopener]").first().waitFor();
      });
      await t.step("what opens over them", async () => {
        for (const { name, path, ready, open, shown, wide } of openings(world)) {
          if (wide && size.viewport!.width <= 640) continue;
          await visit(page, url, { path, ready });
          await open(page);
          await page.locator(shown).first().waitFor();
          await settled(page);
          found.push(...await findings(page, `${path} ${name}:`));
        }
      });
      await t.step("an account that has nothing yet", async () => {
        const member = await signedIn(browser, url, world.fresh, size);
        for (const path of ["/chat", "/", "/live", "/inbox", "/profile", "/users"]) {
          await visit(member.page, url, { path });
          found.push(...await findings(member.page, `empty ${path}`));
        }
      });
    } finally {
      await browser.close();
    }
    assert.deepEqual(found, [], `${found.length} findings:\n${found.join("\n")}`);
  });
}
