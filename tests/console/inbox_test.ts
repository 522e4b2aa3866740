// The inbox in a browser: display names and pictures, title and two lines that a phone does not cut, Spanish in a Spanish
// console whatever the server's sentence says, and the bell's pop-over, which stays on the page.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, overflow, PHONE } from "../support/browser.ts";
import { createWorld, pagesOf, signedIn, visit } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const AUTHOR = "María Fernanda de los Ángeles Rodríguez-Villanueva y Castellanos";
const SHOTS = Deno.env.get("SHOTS");

Deno.test({ name: "console: inbox and bell", ...browserTest }, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { url } = world.app;
  const browser = await launch();
  const unread = async () =>
    (await world.app.call("GET", "/notifications?limit=1", { token: world.owner.access })).body.unread_count as number;
  try {
    for (const [name, size] of [["desk", DESK], ["phone", PHONE]] as const) {
      await t.step(`${name}: a mention has the display name, and nothing of the text is cut`, async () => {
        const watched = await signedIn(browser, url, world.owner, size);
        const { page } = watched;
        await visit(page, url, { path: "/inbox", ready: ".inbox-row" });
        const mention = page.locator(".inbox-row", { hasText: "mentioned you in #general-of-the-house" });
        await mention.locator(".cav").waitFor();
        assert.equal(
          await mention.locator("strong").innerText(),
          `${AUTHOR} mentioned you in #general-of-the-house`,
        );
        assert.equal(await mention.locator(".note-body").innerText(), "@owner can you look at this?");
        // Titles are whole, texts have at least two whole lines before they are cut.
        const cut = await page.locator(".inbox-row").evaluateAll((rows) =>
          rows.filter((row) => {
            const title = row.querySelector("strong")!, body = row.querySelector<HTMLElement>(".note-body");
            const line = body ? parseFloat(getComputedStyle(body).lineHeight) : 0;
            return title.scrollWidth > title.clientWidth + 1 ||
              (body && body.scrollHeight > body.clientHeight + 1 && body.clientHeight < line * 2 - 2);
          }).length
        );
        assert.equal(cut, 0);
        assert.equal(await overflow(page), 0);
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/inbox-${name}.png` });
        assertCalm(watched);
        await watched.context.close();
      });
    }

    await t.step("a Spanish console tells what it knows in Spanish", async () => {
      const { body } = await world.app.call("GET", "/notifications", { token: world.owner.access });
      assert.match(body.items[0].message, /mentioned you/, "the account was English when it was written");
      const watched = await signedIn(browser, url, world.owner, { ...PHONE, locale: "es-ES" });
      await visit(watched.page, url, { path: "/inbox", ready: ".inbox-row" });
      await watched.page.locator(".inbox-row strong", { hasText: `${AUTHOR} te mencionó en #general-of-the-house` })
        .waitFor();
      const words = await watched.page.locator("main").innerText();
      assert.doesNotMatch(words, /mentioned|Booking|Unread|ago/);
      // The toolbar: the button's words in one line, and what is chosen in the list to be read whole.
      const toolbar = watched.page.locator(".toolbar");
      const button = (await toolbar.getByRole("button", { name: "Marcar leídas" }).boundingBox())!;
      assert.ok(button.height < 48, `${button.height}`);
      const room = await toolbar.locator("select").evaluate((select: HTMLSelectElement) => {
        const style = getComputedStyle(select), canvas = document.createElement("canvas").getContext("2d")!;
        canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const text = canvas.measureText(select.selectedOptions[0]!.text).width;
        return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - text;
      });
      assert.ok(room >= 0, `${room}`);
      // Every type that the server tells of can be picked.
      await toolbar.locator("select").selectOption({ label: "Inicio de sesión en un dispositivo nuevo" });
      await watched.page.waitForURL(/type=new_sign_in/);
      await watched.context.close();
    });

    await t.step("the bell opens on every page and stays there", async () => {
      const watched = await signedIn(browser, url, world.owner, DESK);
      const { page } = watched;
      const bell = page.getByRole("button", { name: /^Inbox|unread/i }).first();
      const pop = page.getByRole("dialog", { name: "Inbox" });
      for (const at of pagesOf(world)) {
        await visit(page, url, at);
        const before = page.url();
        await page.locator(".bell").click();
        await pop.locator(".note").first().waitFor();
        assert.equal(page.url(), before);
        assert.equal(await page.locator(".bell").getAttribute("aria-expanded"), "true");
        await page.keyboard.press("Escape");
        await pop.waitFor({ state: "detached" });
        assert.ok(await page.locator(".bell").evaluate((button) => button === document.activeElement), at.path);
      }
      assert.ok(await bell.count() > 0);
      assertCalm(watched);
      await watched.context.close();
    });

    await t.step("in it: arrow keys, one read, a click beside it, a message opened, all read", async () => {
      const watched = await signedIn(browser, url, world.owner, DESK);
      const { page } = watched;
      await visit(page, url, { path: "/users", ready: "tbody tr" });
      const pop = page.getByRole("dialog", { name: "Inbox" });
      await page.locator(".bell").focus();
      await page.keyboard.press("Enter");
      await pop.locator(".note").first().waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      const at = await pop.locator(".note").evaluateAll((rows) => rows.indexOf(document.activeElement as HTMLElement));
      assert.equal(at, 1);
      const before = await unread();
      await page.keyboard.press("Enter"); // without a place of its own it opens where it stands
      await pop.locator(".note-open").waitFor();
      await until(async () => await unread() === before - 1, { what: "it is read" });
      await pop.getByRole("button", { name: "Mark as read" }).last().click();
      await until(async () => await unread() === before - 2, { what: "another one is read" });
      assert.equal(new URL(page.url()).pathname, "/users");
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/bell-desk.png` });
      await page.locator("main h1").click();
      await pop.waitFor({ state: "detached" });
      await page.locator(".bell").click();
      await pop.locator(".note", { hasText: "mentioned you" }).click();
      await page.waitForURL(new RegExp(`/chat/${world.general}/`));
      await pop.waitFor({ state: "detached" });
      await page.locator(".bell").click();
      await pop.getByRole("button", { name: "Mark all read" }).click();
      await page.locator(".bell-dot").waitFor({ state: "detached" });
      assert.equal(await unread(), 0);
      assertCalm(watched);
      await watched.context.close();
    });

    await t.step("an empty inbox says so, on a phone too", async () => {
      const watched = await signedIn(browser, url, world.fresh, PHONE);
      await world.app.call("POST", "/notifications/read-all", { token: world.fresh.access });
      await visit(watched.page, url, { path: "/about" });
      // The bar leads to it there; a bell would be the same thing twice.
      assert.equal(await watched.page.locator(".bell").isVisible(), false);
      await watched.page.locator(".bottom").getByRole("link", { name: "Inbox" }).click();
      await watched.page.locator(".inbox-row, .empty").first().waitFor();
      assert.equal(await overflow(watched.page), 0);
      if (SHOTS) await watched.page.screenshot({ path: `${SHOTS}/inbox-empty-phone.png` });
      await watched.context.close();
    });
  } finally {
    await browser.close();
  }
});
