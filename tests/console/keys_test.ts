// Keys of the console in a browser: Ctrl+K works on every page, `?` lists every key that exists, `g` and a letter goes to
// each page. And over the sources: nobody binds a key beside the table.
import assert from "node:assert/strict";
import { SHORTCUTS } from "../../console/lib/shortcuts.ts";
import { NAV_PAGES } from "../../console/lib/navigation.ts";
import type { Locator } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch } from "../support/browser.ts";
import { createWorld, pagesOf, signedIn, visit } from "../support/console_world.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "console: keys", ...browserTest }, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { url } = world.app;
  const browser = await launch();
  try {
    const watched = await signedIn(browser, url, world.owner, DESK);
    const { page } = watched;
    const box = page.getByRole("dialog", { name: "Go to" }).getByRole("combobox");

    await t.step("Ctrl+K opens the switcher on every page, closes it again, and gives the focus back", async () => {
      for (const at of pagesOf(world)) {
        await visit(page, url, at);
        await page.keyboard.press("Control+k");
        await box.waitFor();
        assert.ok(await box.evaluate((field) => field === document.activeElement), `${at.path}: it has the focus`);
        await page.keyboard.press("Control+k");
        await box.waitFor({ state: "detached" });
      }
      assertCalm(watched);
    });

    await t.step("from any page to a page, a channel, a person, a search", async () => {
      const go = async (from: string, words: string, option: string | RegExp) => {
        await visit(page, url, { path: from });
        await page.keyboard.press("Control+k");
        await box.fill(words);
        await page.getByRole("option", { name: option }).first().click();
        await box.waitFor({ state: "detached" });
      };
      await go("/users", "audit", /^Audit log/);
      await page.waitForURL(`${url}/audit`);
      await go("/webhooks", "general-of", /^general-of-the-house/);
      await page.waitForURL(`${url}/chat/${world.general}`);
      await go("/tokens", "Featherstonehaugh", /^Bartholomew/);
      await page.waitForURL(/\/chat\/[0-9a-f-]{36}$/);
      await go("/about", "Catedral", "Search messages for “Catedral”");
      await page.waitForURL(/\/chat\/[0-9a-f-]{36}\?panel=search$/);
      await page.locator(".search-panel mark").first().waitFor();
      assertCalm(watched);
    });

    await t.step(
      "fields to search with in dialogs: as wide as they can be, the words beside the magnifier",
      async () => {
        const look = async (field: Locator) =>
          await field.evaluate((input) => {
            const box = input.getBoundingClientRect();
            const icon = input.parentElement!.querySelector(".icon")!.getBoundingClientRect();
            const room = input.closest(".dialog-content")!, style = getComputedStyle(room);
            const width = room.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
            return {
              words: box.left + parseFloat(getComputedStyle(input).paddingLeft),
              icon: icon.right,
              wide: box.width / width,
            };
          });
        for (const width of [390, 820, 1100, 1440]) {
          await page.setViewportSize({ width, height: 900 });
          await visit(page, url, { path: "/users", ready: "tbody tr" });
          await page.keyboard.press("Control+k");
          await box.waitFor();
          const switcher = await look(box);
          assert.ok(switcher.words >= switcher.icon && switcher.wide > 0.99, `${width}: ${JSON.stringify(switcher)}`);
          await page.keyboard.press("Escape");
          await page.getByRole("button", { name: "Invite", exact: true }).first().click();
          await page.getByText("Channels beyond the default ones").click();
          const invite = await look(page.getByRole("dialog").getByRole("searchbox"));
          assert.ok(invite.words >= invite.icon && invite.wide > 0.8, `${width}: ${JSON.stringify(invite)}`);
          await page.keyboard.press("Escape");
        }
        await page.setViewportSize(DESK.viewport!);
        assertCalm(watched);
      },
    );

    await t.step("not over another dialog", async () => {
      await visit(page, url, { path: "/users", ready: "tbody tr" });
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await page.getByRole("dialog").count(), 0);
    });

    await t.step("the list holds every key of the table, and every page", async () => {
      await page.keyboard.press("?");
      const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
      await list.waitFor();
      const rows = await list.locator(".keys > div").count();
      const bound = Object.values(SHORTCUTS).reduce((sum, { keys }) => sum + Object.keys(keys).length, 0);
      const pages = NAV_PAGES;
      assert.ok(pages.every(({ key }) => key), "every page has a letter");
      assert.equal(rows, bound + pages.length);
      const empty = await list.locator(".keys > div").evaluateAll((all) =>
        all.filter((row) => !row.querySelector("kbd")?.textContent || !row.querySelector("dd")?.textContent).length
      );
      assert.equal(empty, 0);
      await page.keyboard.press("Escape");
    });

    await t.step("g and its letter goes to each page; keys of the page before it stay silent", async () => {
      await visit(page, url, { path: `/moderation?report=${world.reportId}`, ready: ".mod-report" });
      for (const { key, path } of NAV_PAGES) {
        await page.keyboard.press("g");
        await page.keyboard.press(key!);
        await page.waitForURL((at) => path === "/chat" ? at.pathname.startsWith("/chat/") : at.pathname === path);
        // In the chat the focus is in the composer, where letters are text.
        await page.locator("main h1").first().evaluate((heading) => (heading as HTMLElement).focus());
      }
      const { body } = await world.app.call("GET", "/admin/reports", { token: world.owner.access });
      const report = body.items.find(({ id }: { id: string }) => id === world.reportId);
      assert.equal(report.assigned_to, null, "`g` `c` left the report alone");
      assertCalm(watched);
    });

    await t.step("somebody without the chat's administration sees only their own pages in it", async () => {
      const member = await signedIn(browser, url, world.fresh, DESK);
      await member.page.keyboard.press("Control+k");
      await member.page.getByRole("dialog", { name: "Go to" }).getByRole("combobox").fill("a");
      await member.page.getByRole("option", { name: /^Health|^Chat|^Dashboard/ }).first().waitFor();
      assert.equal(await member.page.getByRole("option", { name: /^Audit log/ }).count(), 0);
      await member.context.close();
    });
  } finally {
    await browser.close();
  }
});

Deno.test("console: combinations of keys are bound by the table alone", async () => {
  // Two are clicks, one keeps what is no combination.
  const free = new Set(["lib/shortcuts.ts", "lib/router.ts", "areas/chat/search_results.tsx", "app/typed_ahead.tsx"]);
  const found: string[] = [];
  const walk = async (dir: string) => {
    for await (const entry of Deno.readDir(new URL(`../../console/${dir}`, import.meta.url))) {
      const path = `${dir}${entry.name}`;
      if (entry.isDirectory && entry.name !== "dist") await walk(`${path}/`);
      else if (/\.tsx?$/.test(path) && !free.has(path)) {
        const text = await Deno.readTextFile(new URL(`../../console/${path}`, import.meta.url));
        // A key with Ctrl, Alt or Command, or a single letter, is a shortcut; arrows inside a widget are not.
        if (/\.altKey|\.key === "[a-z?/]"|\.key\.toLowerCase\(\)/.test(text)) found.push(path);
      }
    }
  };
  await walk("");
  assert.deepEqual(found, []);
  for (const [name, { keys }] of Object.entries(SHORTCUTS)) {
    const combos = Object.values(keys).flatMap((rule) => rule.keys as readonly string[]);
    assert.equal(new Set(combos).size, combos.length, `${name}: a key stands for one thing`);
  }
  const letters = NAV_PAGES.map(({ key }) => key);
  assert.equal(new Set(letters).size, letters.length);
});
