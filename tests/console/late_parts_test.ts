// Parts that are loaded when they are needed and are not to be had: without a connection, and after an upgrade, when the
// files of the build that is open are gone. And what is loaded before it is asked for.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { DESK, haveBrowser, launch } from "../support/browser.ts";
import { createWorld, signedIn } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

/** The script of the panels beside a channel. */
const EXTRAS = "**/assets/extras-*.js";

/** Counts how often the page is loaded, from now on. */
function loads(page: Page): { times: number } {
  const seen = { times: 0 };
  page.on("load", () => seen.times++);
  return seen;
}

Deno.test({
  name: "parts that are loaded later",
  ignore: !haveBrowser(),
  sanitizeOps: false,
  sanitizeResources: false,
}, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { url } = world.app;
  const channel = `${url}/chat/${world.general}`;
  const browser = await launch();
  const opened = () => signedIn(browser, url, world.owner, DESK);
  const notice = (page: Page) => page.locator(".chat-panel .notice-bad");
  const content = (page: Page) =>
    page.locator(".chat-panel form, .chat-panel .panel-body, .chat-panel section").first();
  try {
    await t.step("without a connection it is said, with a button that helps once there is one", async () => {
      const { context, page } = await opened();
      let away = true;
      await page.route(EXTRAS, (route) => away ? route.abort("internetdisconnected") : route.continue());
      await page.route(
        `${url}/`,
        (route) => away && route.request().resourceType() === "fetch" ? route.abort() : route.continue(),
      );
      await page.goto(`${channel}?panel=info`);
      await notice(page).waitFor();
      const seen = loads(page);
      assert.equal(await page.locator(".chat-panel h2").textContent(), "Details");
      assert.ok((await notice(page).textContent())!.length > 20);
      assert.equal(seen.times, 0);
      away = false;
      await notice(page).locator("button").click();
      await content(page).waitFor();
      assert.equal(await notice(page).count(), 0);
      await context.close();
    });

    await t.step("after an upgrade the page is loaded anew, once, and shows what was asked for", async () => {
      const { context, page } = await opened();
      let gone = true;
      await page.route(EXTRAS, (route) => gone ? route.fulfill({ status: 404, body: "" }) : route.continue());
      await page.goto(channel);
      await page.locator(".chat-main .msg").first().waitFor();
      const seen = loads(page);
      page.on("request", (request) => {
        if (request.isNavigationRequest()) gone = false; // the new build
      });
      await page.evaluate((to) => {
        history.pushState(null, "", to);
        dispatchEvent(new PopStateEvent("popstate"));
      }, `${channel}?panel=info`);
      await until(() => seen.times === 1);
      await content(page).waitFor();
      assert.equal(seen.times, 1);
      await context.close();
    });

    await t.step("what stays gone is said, and the page is not loaded again and again", async () => {
      const { context, page } = await opened();
      await page.route(EXTRAS, (route) => route.fulfill({ status: 404, body: "" }));
      const seen = loads(page);
      await page.goto(`${channel}?panel=info`);
      await notice(page).waitFor();
      assert.equal(seen.times, 2);
      await page.waitForTimeout(3_000); // longer than what is loaded in advance takes
      assert.equal(seen.times, 2);
      await page.unroute(EXTRAS);
      await notice(page).locator("button").click();
      await content(page).waitFor();
      await context.close();
    });

    await t.step("what is typed after Ctrl+K waits for the switcher", async () => {
      const { context, page } = await opened();
      let free = () => {};
      const held = new Promise<void>((done) => free = done);
      await page.route("**/assets/over-*.js", async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(channel);
      await page.locator(".chat-main .msg").first().waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("gex");
      await page.keyboard.press("Backspace");
      await page.keyboard.type("n");
      free();
      const box = page.getByRole("combobox", { name: "Go to" });
      await box.waitFor();
      assert.equal(await box.inputValue(), "gen");
      assert.equal(await page.locator(".composer textarea").inputValue(), "");
      await context.close();
    });

    await t.step(
      "a link of the rail that is pointed at is loaded, and a page that comes late has the focus",
      async () => {
        const { context, page } = await opened();
        const asked = new Set<string>();
        page.on("request", (request) => asked.add(new URL(request.url()).pathname));
        await page.goto(channel);
        await page.locator(".chat-main .msg").first().waitFor();
        const named = (name: string) => [...asked].some((path) => path.startsWith(`/assets/${name}-`));
        assert.ok(!named("dashboard") && !named("inbox"));
        let free = () => {};
        const held = new Promise<void>((done) => free = done);
        await page.route("**/assets/inbox-*.js", async (route) => {
          await held;
          await route.continue();
        });
        const link = page.locator(".rail-areas a").nth(1);
        await link.hover();
        await until(() => named("dashboard") || named("inbox"));
        await page.evaluate(() => (document.querySelector('a[href="/inbox"]') as HTMLElement | null)?.click());
        if (!page.url().endsWith("/inbox")) {
          await link.click();
          await page.locator('.area-list a[href="/inbox"]').click();
        }
        await until(() => named("inbox"));
        await page.locator(".skeleton").first().waitFor();
        free();
        await page.locator(".inbox-row").first().waitFor();
        await until(() => page.evaluate(() => document.activeElement?.matches("main h1") ?? false));
        await context.close();
      },
    );
  } finally {
    await browser.close();
  }
});
