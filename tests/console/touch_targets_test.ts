// Every target of the console is large enough for a finger: 40 by 40 pixels at least, as drawn or as it answers.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { api, row, seed, signIn } from "../support/chat_browser.ts";
import { openings } from "../support/console_openings.ts";
import { createWorld, pagesOf, settled, signedIn, visit } from "../support/console_world.ts";
import { createTestApp } from "../support/test_app.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("PULPO_SHOTS");

/** What is smaller than 40 px, by how it is named. Links inside of a text are part of it, as WCAG 2.5.8 has it. */
const small = (page: Page) =>
  page.evaluate(() => {
    const LEAST = 40;
    const targets = "a[href], button, input, select, textarea, summary, [role=option], [role=menuitem], [role=tab]";
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>(targets)) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0 || element.closest(".md, .offscreen, [inert], .mlist-space")) continue;
      if (element.matches(".offscreen, [type=hidden], [type=file], [tabindex='-1'][type=date]")) continue;
      // A field answers on its label.
      const area = element.matches("input") ? element.closest("label") ?? element : element;
      const style = getComputedStyle(area);
      if (style.visibility === "hidden" || style.opacity === "0" || style.pointerEvents === "none") continue;
      const { left, top, width, height } = area.getBoundingClientRect();
      const x = left + width / 2, y = top + height / 2;
      // What the edge of a list cuts off can be scrolled to.
      let list = area.parentElement!;
      while (list !== document.body && !/auto|scroll/.test(getComputedStyle(list).overflow)) list = list.parentElement!;
      const seen = list.getBoundingClientRect();
      const answers = (at: number, over: number) => {
        if (at < seen.left || at > seen.right || over < seen.top || over > seen.bottom) return true;
        const hit = document.elementFromPoint(at, over);
        if (!hit) return true; // outside of the screen
        // What stands over a part of it for now, and closes when something else is touched.
        const popup = hit.closest("dialog, [role=dialog], [role=menu]");
        return area.contains(hit) || popup !== null && !popup.contains(area);
      };
      if (!area.contains(document.elementFromPoint(x, y))) continue; // below something else, or outside of the screen
      const reach = LEAST / 2 - 1;
      const wide = width >= LEAST - 0.5 || answers(x - reach, y) && answers(x + reach, y);
      const high = height >= LEAST - 0.5 || answers(x, y - reach) && answers(x, y + reach);
      if (wide && high) continue;
      const name = element.getAttribute("aria-label") ?? area.textContent!.trim().slice(0, 30);
      found.push(
        `${element.tagName.toLowerCase()}.${element.className} "${name}" ${width.toFixed(0)} × ${height.toFixed(0)}`,
      );
    }
    return [...new Set(found)];
  });

Deno.test({ name: "chat: every target is large enough for a finger", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  const { id } = await api(app, ana, "POST", "/channels", { name: "fingers", user_ids: [luis.id] });
  await seed(app, id, luis, 100);
  const say = (who: typeof ana, content: string) => api(app, who, "POST", `/channels/${id}/messages`, { content });
  const root = await say(luis, "A question with `code`");
  await api(app, ana, "POST", `/channels/${id}/messages`, { content: "An answer", reply_to_id: root.id });
  await api(app, ana, "PUT", `/messages/${root.id}/reactions/${encodeURIComponent("👍")}`);
  await api(app, ana, "PUT", `/messages/${root.id}/pin`);
  const own = await say(ana, "Edited soon");
  await api(app, ana, "PUT", `/messages/${own.id}`, { content: "Edited now" });
  const last = await say(luis, "```\nsome code\n```");
  await api(app, ana, "POST", `/channels/${id}/read`, { message_id: last.id });
  await api(app, ana, "POST", "/channels", { type: "direct", user_ids: [luis.id] });
  const browser: Browser = await launch();
  try {
    const watched = await openPage(browser, app.url, PHONE);
    const page = await signIn(watched, app.url, ana, "/chat");
    const check = (name: string, open: () => Promise<unknown>) =>
      t.step(name, async () => {
        await open();
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/fingers-${name.replaceAll(" ", "-")}.png` });
        assert.deepEqual(await small(page), []);
        assert.equal(await overflow(page), 0);
      });
    const at = async (path: string, shown: string) => {
      await page.goto(`${app.url}${path}`);
      await page.locator(shown).first().waitFor();
    };
    await check("list", () => page.locator(`a.chan[data-channel="${id}"]`).waitFor());
    await check("channel", async () => {
      await at(`/chat/${id}`, ".msg");
      await row(page, "some code").waitFor();
    });
    await check("emoji", async () => {
      await page.locator(".composer-bar").getByRole("button", { name: /emoji/i }).click();
      await page.locator(".emoji-popup").waitFor();
    });
    await check("channel menu", async () => {
      await at(`/chat/${id}`, ".msg");
      await page.locator(".chat-head-name").click();
      await page.getByRole("menu").waitFor();
    });
    await check("person", async () => {
      await at(`/chat/${id}`, ".msg");
      await page.locator(".msg-author").last().click();
      await page.locator(".person-card").waitFor();
    });
    await check("thread", () => at(`/chat/${id}?thread=${root.id}`, ".thread-panel .msg >> text=An answer"));
    for (const panel of ["info", "people", "pins", "files", "search"]) {
      await check(panel, () => at(`/chat/${id}?panel=${panel}`, ".chat-panel, .search-side"));
    }
    await check("threads", () => at("/chat/threads", ".thread-item"));
    await check("history", async () => {
      await at(`/chat/${id}`, ".msg");
      await page.locator(".msg-edited").click();
      await page.getByRole("dialog").waitFor();
    });
    for (
      const [name, button] of [["create", "Create a channel"], ["direct", "New direct message"], ["browse", "Browse"]]
    ) {
      await check(name!, async () => {
        await at("/chat", "a.chan");
        await page.getByRole("button", { name: "New", exact: true }).click();
        await page.getByRole("menuitem").filter({ hasText: new RegExp(button!, "i") }).first().click();
        await page.getByRole("dialog").waitFor();
      });
    }
    assertCalm(watched);
    await watched.context.close();
  } finally {
    await browser.close();
  }
});

Deno.test({ name: "console: every target of every page is large enough for a finger", ...browserTest }, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const browser: Browser = await launch();
  try {
    // So high that hardly anything has to be scrolled to.
    const tall = { ...PHONE, viewport: { width: 390, height: 3_000 } };
    const watched = await signedIn(browser, world.app.url, world.owner, tall);
    const { page } = watched;
    for (const place of pagesOf(world)) {
      const name = place.path.replace(/[0-9a-f-]{36}/g, "id");
      await t.step(name, async () => {
        await visit(page, world.app.url, place);
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/fingers${name.replace(/[^a-z]/g, "-")}.png` });
        assert.deepEqual(await small(page), []);
        assert.equal(await overflow(page), 0);
      });
    }
    for (const { name, path, ready, open, shown } of openings(world).filter(({ wide }) => !wide)) {
      await t.step(`${path.replace(/[0-9a-f-]{36}/g, "id")} ${name}`, async () => {
        await visit(page, world.app.url, { path, ready });
        await open(page);
        await page.locator(shown).first().waitFor();
        await settled(page);
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/fingers-over-${name.replace(/[^a-z]/gi, "-")}.png` });
        assert.deepEqual(await small(page), []);
        assert.equal(await overflow(page), 0);
      });
    }
    assertCalm(watched);
    await watched.context.close();
  } finally {
    await browser.close();
  }
});

Deno.test(
  { name: "signing in and setting up: every target is large enough for a finger", ...browserTest },
  async (t) => {
    await buildConsole();
    await using app = await createTestApp();
    const browser: Browser = await launch();
    try {
      const watched = await openPage(browser, app.url, PHONE);
      const { page } = watched;
      const check = async (name: string, path: string, ready: string) =>
        await t.step(name, async () => {
          await page.goto("about:blank");
          await page.goto(app.url + path);
          await page.locator(ready).first().waitFor();
          if (SHOTS) await page.screenshot({ path: `${SHOTS}/fingers-${name}.png` });
          assert.deepEqual(await small(page), []);
          assert.equal(await overflow(page), 0);
        });
      await check("setup", "/setup#token=x", "button[type=submit]");
      await check("setup-without-link", "/setup", ".notice");
      await app.owner();
      await check("login", "/login", "button[type=submit]");
      assertCalm(watched);
      await watched.context.close();
    } finally {
      await browser.close();
    }
  },
);
