// The frame of the console: the rail by keyboard, the list beside it shown and hidden and remembered for each area, over the
// page where there is little room, a screen of its own on a phone; what guests see; nothing wider than the screen.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, overflow, PHONE } from "../support/browser.ts";
import { composer } from "../support/chat_browser.ts";
import { createWorld, pagesOf, signedIn, visit } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

const signs = (page: Page, bar: ".rail" | ".bottom") => page.locator(`${bar} .area-link .area-name`).allInnerTexts();
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

Deno.test({ name: "console: the rail, the lists, the bar", ...browserTest }, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { app, owner, fresh, general } = world;
  const { url } = app;
  const guest = await app.person("guest", "gustavo");
  const browser = await launch();
  try {
    const desk = await signedIn(browser, url, owner, DESK);
    const { page } = desk;
    const list = page.locator(".area-list"), toggle = page.locator(".rail .list-toggle");

    await t.step("Tab: skip link, organisation, areas as one stop, what is at hand, the list", async () => {
      await visit(page, url, { path: "/users", ready: "tbody tr" });
      await page.locator(".skip").focus();
      const stops: string[] = [];
      for (let i = 0; i < 7; i++) {
        await page.keyboard.press("Tab");
        stops.push(await page.evaluate(() => document.activeElement!.className.split(" ").at(-1)!));
      }
      assert.deepEqual(stops.slice(0, 2), ["rail-mark", "area-link"]);
      assert.deepEqual(stops.slice(4), ["bell", "avatar-button", "page-link"]);
    });

    await t.step("arrow keys, Home and End go through the areas; Enter goes there", async () => {
      await page.locator(".rail .area-link[aria-current]").focus();
      assert.match(await focused(page), /^Admin/);
      await page.keyboard.press("ArrowDown");
      assert.match(await focused(page), /^(\d+)?Chat/, "from the last to the first");
      await page.keyboard.press("End");
      assert.match(await focused(page), /^Admin/);
      await page.keyboard.press("ArrowUp");
      assert.match(await focused(page), /^(\d+)?Inbox/);
      assert.equal(await page.locator(".rail .area-link[tabindex='0']").count(), 1);
      await page.keyboard.press("Enter");
      await page.waitForURL(`${url}/inbox`);
      await list.getByRole("link", { name: "Dashboard" }).waitFor();
    });

    await t.step("the list is hidden with its button or its key, for each area, and after loading anew", async () => {
      await visit(page, url, { path: "/users", ready: "tbody tr" });
      assert.equal(await toggle.getAttribute("aria-expanded"), "true");
      await toggle.click();
      await list.waitFor({ state: "hidden" });
      assert.equal(await toggle.getAttribute("aria-expanded"), "false");
      await page.reload();
      await page.locator("tbody tr").first().waitFor();
      assert.equal(await list.isVisible(), false);
      await visit(page, url, { path: `/chat/${general}`, ready: ".chat-main .msg" });
      assert.ok(await list.locator(".chan").first().isVisible(), "the chat has its own");
      // While one writes, too.
      await composer(page).focus();
      await page.keyboard.press("Control+Shift+D");
      await list.waitFor({ state: "hidden" });
      await page.keyboard.press("Control+Shift+D");
      await list.locator(".chan").first().waitFor();
      await visit(page, url, { path: "/audit", ready: "tbody tr" });
      await toggle.click();
      await list.waitFor();
    });

    await t.step(
      "a tablet: pages of an area lie over the page; Esc, a press beside them and a choice put them away",
      async () => {
        await page.setViewportSize({ width: 820, height: 1180 });
        await visit(page, url, { path: "/users", ready: "tbody tr" });
        assert.equal(await list.isVisible(), false);
        const way = page.locator("main .to-list");
        await way.click();
        await list.waitFor();
        assert.match(await focused(page), /^Users/, "it begins at the page that is shown");
        await page.keyboard.press("Escape");
        await list.waitFor({ state: "hidden" });
        assert.match(await focused(page), /^Administration/);
        await toggle.click();
        await page.locator(".list-shade").click({ position: { x: 500, y: 500 } });
        await list.waitFor({ state: "hidden" });
        await way.click();
        await list.getByRole("link", { name: "Roles" }).click();
        await page.waitForURL(`${url}/roles`);
        await list.waitFor({ state: "hidden" });
        // The channels keep their place.
        await visit(page, url, { path: `/chat/${general}`, ready: ".chat-main .msg" });
        assert.ok(await list.locator(".chan").first().isVisible());
        assertCalm(desk);
      },
    );

    await t.step("nothing is wider than the screen, whichever width, in both languages", async () => {
      for (const locale of ["en", "es"]) {
        await app.call("PUT", "/auth/me", { token: owner.access, body: { locale } });
        await visit(page, url, { path: "/about" });
        await page.locator(`html[lang=${locale}]`).waitFor({ state: "attached" });
        for (const width of [390, 640, 641, 820, 1100, 1440]) {
          await page.setViewportSize({ width, height: 800 });
          for (const path of [`/chat/${general}`, "/chat", "/inbox", "/users", "/administration", "/profile"]) {
            await visit(page, url, { path });
            assert.equal(await overflow(page), 0, `${path} at ${width}, ${locale}`);
          }
        }
      }
      await app.call("PUT", "/auth/me", { token: owner.access, body: { locale: "en" } });
      await visit(page, url, { path: "/about" });
      await page.locator("html[lang=en]").waitFor({ state: "attached" });
      assertCalm(desk);
    });

    await t.step("a low window: every tool of the rail can be reached", async () => {
      await page.setViewportSize({ width: 900, height: 360 });
      await visit(page, url, { path: "/about" });
      const foot = (await page.locator(".avatar-button").boundingBox())!;
      assert.ok(foot.y + foot.height <= 360, `its foot ends at ${foot.y + foot.height}`);
      await page.locator(".avatar-button").click();
      const menu = (await page.locator(".menu").boundingBox())!;
      assert.ok(menu.y >= 0 && menu.y + menu.height <= 360);
    });
    await desk.context.close();

    await t.step(
      "a phone: a bar of five places at most; the list is a screen of its own, and the way back",
      async () => {
        const phone = await signedIn(browser, url, owner, PHONE);
        const page = phone.page;
        const list = page.locator(".area-list"), bar = page.locator(".bottom");
        assert.equal(await page.locator(".rail").isVisible(), false);
        assert.ok(await bar.locator(":scope > *").count() <= 5);
        await bar.getByRole("link", { name: "Admin" }).click();
        await page.waitForURL(`${url}/administration`);
        await list.getByRole("heading", { name: "Administration" }).waitFor();
        await list.getByRole("link", { name: "Users" }).click();
        await page.waitForURL(`${url}/users`);
        await page.locator("tbody tr").first().waitFor();
        assert.equal(await list.isVisible(), false);
        await page.locator("main .to-list").click();
        await list.getByRole("link", { name: "Users" }).waitFor();
        await page.goBack();
        await page.locator("tbody tr").first().waitFor();
        // What waits is one touch away; the area's sign again leads to its pages.
        await bar.getByRole("link", { name: "Inbox" }).click();
        await page.waitForURL(`${url}/inbox`);
        await bar.getByRole("link", { name: "Inbox" }).click();
        await list.getByRole("link", { name: "Dashboard" }).waitFor();
        await bar.getByRole("link", { name: "Chat" }).click();
        await list.locator(".chan", { hasText: "general-of" }).click();
        await page.locator(".chat-main .msg").first().waitFor();
        assert.equal(await bar.isVisible(), false, "a conversation has the whole screen");
        await page.locator(".chat-head .only-phone").click();
        await bar.waitFor();
        await bar.getByRole("button", { name: "More" }).click();
        await page.locator(".menu").getByRole("link", { name: "Profile" }).click();
        await page.waitForURL(`${url}/profile`);
        assertCalm(phone);
        await phone.context.close();
      },
    );

    await t.step("members see of the administration what they may, guests only what was named to them", async () => {
      const member = await signedIn(browser, url, fresh, DESK);
      assert.deepEqual(await signs(member.page, ".rail"), ["Chat", "Inbox"]);
      await visit(member.page, url, { path: "/tokens" });
      assert.deepEqual(await member.page.locator(".page-name").allInnerTexts(), ["Profile", "API tokens", "Health"]);
      await visit(member.page, url, { path: "/inbox" });
      assert.deepEqual(await member.page.locator(".page-name").allInnerTexts(), ["Inbox", "Dashboard", "Live"]);
      await member.context.close();
      const small = await signedIn(browser, url, guest, PHONE);
      assert.deepEqual(await signs(small.page, ".bottom"), ["Chat", "Inbox", "More"]);
      await small.page.setViewportSize({ width: 1440, height: 900 });
      await visit(small.page, url, { path: "/inbox" });
      assert.deepEqual(await small.page.locator(".page-name").allInnerTexts(), ["Inbox"]);
      assertCalm(small);
      await small.context.close();
    });

    await t.step("a number stands beside an unread channel, a stronger one where somebody called", async () => {
      const member = await signedIn(browser, url, owner, DESK);
      await visit(member.page, url, { path: "/chat/threads" });
      const quiet = async (body: object) =>
        assert.equal((await app.call("POST", "/channels", { token: owner.access, body })).status, 201);
      await quiet({ name: "beside", user_ids: [fresh.id] });
      const row = member.page.locator(".chan", { hasText: "beside" });
      await row.waitFor();
      const id = (await row.getAttribute("data-channel"))!;
      const say = (content: string) =>
        app.call("POST", `/channels/${id}/messages`, { token: fresh.access, body: { content } });
      // The page follows the new channel a moment after it stands in the list.
      await until(async () => (await say("Words"), await row.locator(".count-quiet").count() > 0), {
        what: "a number beside it",
      });
      await say(`@${owner.username} three`);
      await row.locator(".count:not(.count-quiet)", { hasText: "1" }).waitFor();
      assertCalm(member);
      await member.context.close();
    });

    await t.step(
      "Ctrl+K to somebody without a direct channel: what is typed while the server answers is kept",
      async () => {
        const watched = await signedIn(browser, url, owner, DESK);
        const { page } = watched;
        await page.route("**/api/v1/channels", async (route) => {
          if (route.request().method() === "POST") await new Promise((done) => setTimeout(done, 700));
          await route.continue();
        });
        await page.keyboard.press("Control+k");
        await page.getByRole("dialog").getByRole("combobox").fill("gustavo");
        await page.getByRole("option", { name: /^gustavo/ }).waitFor();
        await page.keyboard.press("Enter");
        await page.keyboard.type("Good ", { delay: 30 });
        await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/);
        await until(() => composer(page).evaluate((field) => field === document.activeElement), {
          what: "one writes on",
        });
        await page.keyboard.type("morning");
        assert.equal(await composer(page).inputValue(), "Good morning");
        assertCalm(watched);
        await watched.context.close();
      },
    );

    await t.step("every page stands in the area that leads to it", async () => {
      const watched = await signedIn(browser, url, owner, DESK);
      const { page } = watched;
      for (const at of pagesOf(world)) {
        if (at.path === "/no-such-page") continue;
        await visit(page, url, at);
        const marked = await page.locator(".rail [aria-current=true]").count();
        assert.equal(marked, 1, at.path);
      }
      assertCalm(watched);
      await watched.context.close();
    });
  } finally {
    await browser.close();
  }
});
