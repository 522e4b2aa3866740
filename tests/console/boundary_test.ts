// Parts of the console that cannot be drawn: every page, panel and dialog stands within a boundary, and has a way out.
// The server's answers are spoilt on their way, so that the real parts throw while they are drawn.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import type { Locator, Page } from "playwright-core";
import { DESK, haveBrowser, launch, openPage, PHONE } from "../support/browser.ts";
import { api, row, signIn, write } from "../support/chat_browser.ts";
import { createWorld, pagesOf, settled, signedIn } from "../support/console_world.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

async function sources(folder: URL): Promise<[path: string, text: string][]> {
  const out: [string, string][] = [];
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name, folder);
    if (entry.isDirectory) out.push(...await sources(new URL(`${url}/`)));
    else if (entry.name.endsWith(".tsx")) out.push([url.pathname, await Deno.readTextFile(url)]);
  }
  return out;
}

/** What these are made of: others draw by them. */
const FRAMES = ["components/dialog.tsx", "components/guarded.tsx"];

Deno.test("everything that stands over the page is drawn within a boundary", async () => {
  let found = 0;
  for (const [path, text] of await sources(new URL("../../console/", import.meta.url))) {
    if (FRAMES.some((frame) => path.endsWith(frame))) continue;
    for (const [start, name] of text.matchAll(/^(?:export )?(?:const \w+ = (?:\w+\()?)?function ([A-Z]\w*)\(/gm)) {
      const from = text.indexOf(start), body = text.slice(from, text.indexOf("\n}", from));
      const over = /return \(\s*<(?:Dialog|Confirm|dialog)\b|useModal\(|role="dialog"|class="(?:popup|menu)[ "]/;
      if (!over.test(body)) continue;
      assert.match(start, /guarded\(/, `${name} in ${path}`);
      found++;
    }
  }
  assert.ok(found >= 25, `${found}`);
});

Deno.test(
  { name: "a message that cannot be drawn is shown as it was written, and takes no other with it", ...browserTest },
  async () => {
    await buildConsole();
    await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
    const ana = await app.owner();
    const { id } = await api(app, ana, "POST", "/channels", { name: "general", type: "public" });
    for (const content of ["First", "Broken **one**", "Third"]) {
      await api(app, ana, "POST", `/channels/${id}/messages`, { content });
    }
    const browser = await launch();
    try {
      const { page } = await openPage(browser, app.url, DESK);
      await signIn({ page } as Parameters<typeof signIn>[0], app.url, ana, `/chat/${id}`);

      // One message: its files are none. The others stand, its words too.
      await page.route(`**/api/v1/channels/${id}/messages*`, async (route) => {
        const answer = await route.fetch();
        const body = await answer.json();
        for (const one of body.items ?? []) if (one.content?.startsWith("Broken")) one.attachments = [null];
        await route.fulfill({ response: answer, json: body }).catch(() => {}); // the page may have left meanwhile
      });
      await page.reload();
      await row(page, "Third").waitFor();
      await row(page, "Broken **one**").locator(".md-raw").waitFor();
      await write(page, "It goes on");
      await row(page, "It goes on").waitFor();
      await page.unrouteAll({ behavior: "ignoreErrors" });
    } finally {
      await browser.close();
    }
  },
);

/** Every list holds nothing but null: what draws one throws. */
function spoilt(value: unknown): unknown {
  if (Array.isArray(value)) return [null];
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoilt(inner)]));
}

/** What is read from these addresses is spoilt from now on, until `page.unrouteAll`. */
const spoil = (page: Page, addresses: string) =>
  page.route(addresses, async (route) => {
    if (route.request().method() !== "GET") return await route.continue();
    try {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: spoilt(await answer.json()) });
    } catch {
      await route.continue().catch(() => {}); // no JSON, or the page has left meanwhile
    }
  });
const mend = (page: Page) => page.unrouteAll({ behavior: "ignoreErrors" });

/** By a link: the console stays, and changes its page. */
const follow = (page: Page, path: string) =>
  page.evaluate((href) => {
    const link = document.createElement("a");
    link.href = href;
    document.body.append(link);
    link.click();
    link.remove();
  }, path);

const inBroken = (part: Locator, name: string) => part.locator(".broken").getByRole("button", { name, exact: true });

Deno.test(
  { name: "a page that cannot be drawn leaves the rest of the console as it is, and comes back", ...browserTest },
  async (t) => {
    await buildConsole();
    await using world = await createWorld();
    const browser = await launch();
    const broken: string[] = [];
    try {
      const { page } = await signedIn(browser, world.app.url, world.owner, DESK);
      const main = page.locator("main");
      for (const { path, ready } of pagesOf(world)) {
        if (path.includes("panel=") || path.includes("thread=")) continue;
        const name = path.replace(/[0-9a-f-]{36}/g, "id");
        await t.step(name, async () => {
          await page.goto(`${world.app.url}/about`);
          await main.getByRole("heading", { level: 1, name: "Health" }).waitFor();
          await spoil(page, "**/api/v1/**");
          await follow(page, path);
          await page.waitForLoadState("networkidle");
          // The frame stands, whatever has become of the page.
          await page.locator(".bell").waitFor();
          const [hit] = await main.locator(".broken").all();
          await mend(page);
          if (hit) {
            broken.push(name);
            await until(async () => {
              if (await inBroken(main, "Try again").count()) await inBroken(main, "Try again").first().click();
              return await main.locator(".broken").count() === 0;
            }, { what: "drawn anew" });
            await settled(page, ready);
          }
          await page.locator(".avatar-button").click();
          await page.locator(".menu").getByRole("link", { name: "Health" }).click();
          await main.getByRole("heading", { level: 1, name: "Health" }).waitFor();
        });
      }
      assert.ok(broken.length >= 8, `only these threw: ${broken.join(" ")}`);
    } finally {
      await browser.close();
    }
  },
);

/** From now on, measuring elements or giving them the focus throws where they match. */
const hurt = (page: Page, selector: string) =>
  page.evaluate((selector) => {
    const { getBoundingClientRect: measure } = Element.prototype, { focus } = HTMLElement.prototype;
    const check = (element: Element) => {
      if (element.matches(selector)) throw new Error("broken on purpose");
    };
    Element.prototype.getBoundingClientRect = function () {
      check(this);
      return measure.call(this);
    };
    HTMLElement.prototype.focus = function (options) {
      check(this);
      focus.call(this, options);
    };
    Object.assign(globalThis, {
      heal() {
        Element.prototype.getBoundingClientRect = measure;
        HTMLElement.prototype.focus = focus;
      },
    });
  }, selector);
const heal = (page: Page) => page.evaluate(() => (globalThis as unknown as { heal(): void }).heal());

Deno.test(
  {
    name: "panels, dialogs, menus, sheets and cards that cannot be drawn can be closed and opened anew",
    ...browserTest,
  },
  async (t) => {
    await buildConsole();
    await using world = await createWorld();
    const { app, owner, general } = world;
    const edited = await api(app, owner, "POST", `/channels/${general}/messages`, { content: "Before" });
    await api(app, owner, "PUT", `/messages/${edited.id}`, { content: "After" });
    // The channel opens at its end.
    await api(app, owner, "POST", `/channels/${general}/read`, { message_id: edited.id });
    const browser = await launch();
    try {
      const { page } = await signedIn(browser, app.url, owner, DESK);
      const chat = `${app.url}/chat/${general}`;
      let n = 0;
      /** The channel beside it is written to as ever. */
      const usable = async () => {
        await write(page, `Still here ${++n}`);
        await row(page, `Still here ${n}`).waitFor();
      };
      const panel = page.locator(".chat-panel, .search-side");
      // One boundary holds all panels; these two throw over such answers.
      for (const [name, address] of [["pins", "**/pins*"], ["files", "**/messages/search*"]] as const) {
        await t.step(`panel: ${name}`, async () => {
          await page.goto(chat);
          await row(page, "After").waitFor();
          await spoil(page, address);
          await follow(page, `/chat/${general}?panel=${name}`);
          await panel.locator(".broken").waitFor();
          await usable();
          await inBroken(panel, "Close").click();
          await panel.waitFor({ state: "detached" });
          await follow(page, `/chat/${general}?panel=${name}`);
          await panel.locator(".broken").waitFor();
          await mend(page);
          await inBroken(panel, "Try again").click();
          await panel.locator(".broken").waitFor({ state: "detached" });
          await panel.getByRole("button", { name: "Close", exact: true }).last().click();
          await panel.waitFor({ state: "detached" });
        });
      }

      const dialog = page.locator("dialog[open]");
      await t.step("dialog: the history of a message", async () => {
        await page.goto(chat);
        await spoil(page, "**/history");
        const open = () => row(page, "After").locator(".msg-edited").click();
        await open();
        await dialog.getByText("could not be shown").waitFor();
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        await usable();
        await open();
        await dialog.getByText("could not be shown").waitFor();
        await mend(page);
        await dialog.getByRole("button", { name: "Try again" }).click();
        await dialog.getByText("Before").waitFor();
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
      });

      /** Throws in its own effects; closed, it is gone; without the cause, it is there. */
      const overlay = (name: string, cause: string, open: () => Promise<unknown>, shown: Locator) =>
        t.step(name, async () => {
          await hurt(page, cause);
          for (const way of ["button", "key"]) {
            await open();
            await dialog.waitFor();
            await dialog.getByText("could not be shown").first().waitFor();
            if (way === "key") await page.keyboard.press("Escape");
            else await dialog.locator(".dialog-foot").getByRole("button", { name: "Close" }).click();
            await dialog.waitFor({ state: "detached" });
            assert.equal(await shown.count(), 0);
          }
          await heal(page);
          await open();
          await shown.waitFor();
          await page.keyboard.press("Escape");
          await shown.waitFor({ state: "detached" });
        });
      await page.goto(chat);
      await row(page, "After").waitFor();
      await overlay(
        "card of a person",
        ".person-card button",
        () => row(page, "You have no idea").locator(".msg-author").first().click(),
        page.locator(".person-card"),
      );
      await overlay(
        "menu of a message",
        "[role=menu] button",
        async () => {
          await row(page, "After").hover();
          await row(page, "After").getByRole("button", { name: "More" }).click();
        },
        page.getByRole("menu"),
      );
      await overlay(
        "emoji of the composer",
        ".composer-bar button",
        () => page.locator(".composer-bar").getByRole("button", { name: /emoji/i }).click(),
        page.locator(".emoji-popup"),
      );
      await overlay(
        "pop-over of the bell",
        ".bell-pop",
        () => page.locator(".bell").click(),
        page.locator(".bell-pop"),
      );
      await usable();
      await page.context().close();

      const phone = (await signedIn(browser, app.url, owner, PHONE)).page;
      await t.step("sheet of a message", async () => {
        await phone.goto(chat);
        const message = row(phone, "After");
        await message.waitFor();
        await hurt(phone, ".sheet button");
        const press = async () => {
          await message.dispatchEvent("pointerdown", { pointerType: "touch", isPrimary: true, button: 0 });
          await phone.locator(".sheet, dialog[open]").first().waitFor();
          await message.dispatchEvent("pointerup", { pointerType: "touch", isPrimary: true, button: 0 });
        };
        await press();
        const over = phone.locator("dialog[open]");
        await over.locator(".dialog-foot").getByRole("button", { name: "Close" }).click();
        await over.waitFor({ state: "detached" });
        assert.equal(await phone.locator(".sheet").count(), 0);
        await heal(phone);
        await press();
        await phone.locator(".sheet").waitFor();
      });
    } finally {
      await browser.close();
    }
  },
);
