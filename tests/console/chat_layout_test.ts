// The chat page's list of messages under real layout: panels and threads that take its place below 1,181 px, every width,
// resizing, pictures that arrive, typing. The tab stays responsive, and no component is drawn more than a few times a frame.
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch, openPage } from "../support/browser.ts";
import { api, composer, firstSeen, row, seed, signIn, toEnd, write } from "../support/chat_browser.ts";
import { upload } from "../support/media_app.ts";
import { png } from "../support/picture_files.ts";
import { takeRedraws, watchRedraws } from "../support/redraw_watch.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

/** "A few": measured, drawn with that, and one for what arrived meanwhile. */
const FEW = 6;

const SIZES: BrowserContextOptions[] = [
  { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  { viewport: { width: 820, height: 1180 }, hasTouch: true },
  { viewport: { width: 1100, height: 800 } },
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 1440, height: 2400 } }, // a screen on its side: higher than what is drawn beyond the edges
];

/** Follows an address as a link inside the console does. */
const go = (page: Page, path: string) =>
  page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);

/** Two frames are drawn: the tab answers. */
async function alive(page: Page, what: string): Promise<void> {
  let answered = false;
  const frames = page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  frames.then(() => answered = true, () => {});
  await until(() => answered, { what: `the tab answers: ${what}`, timeoutMs: 15_000 });
}

async function calm(page: Page, what: string): Promise<void> {
  const { count, name } = await takeRedraws(page);
  assert.ok(count <= FEW, `${what}: drawn ${count} times in a frame: ${name}`);
}

Deno.test({ name: "the list of messages keeps still at every width", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  const { id } = await api(app, ana, "POST", "/channels", { name: "long", user_ids: [luis.id] });
  await seed(app, id, luis, 100);
  const root = await api(app, luis, "POST", `/channels/${id}/messages`, { content: "The question" });
  for (let n = 1; n <= 60; n++) {
    const body = { content: `Answer ${n}`, reply_to_id: root.id };
    await api(app, n % 2 ? ana : luis, "POST", `/channels/${id}/messages`, body);
  }
  await api(app, ana, "PUT", `/messages/${root.id}/pin`);
  await api(app, ana, "POST", `/channels/${id}/read`, { message_id: root.id });
  const browser: Browser = await launch();
  const PLACES: [query: string, shown: string][] = [
    ["?panel=info", ".chat-panel"],
    ["?panel=people", ".chat-panel"],
    ["?panel=pins", ".chat-panel >> text=The question"],
    ["?panel=files", ".chat-panel"],
    ["?panel=search", ".chat-panel, .search-side"],
    [`?thread=${root.id}`, ".thread-panel .msg >> text=Answer 60"],
  ];
  try {
    for (const size of SIZES) {
      const { width, height } = size.viewport!;
      await t.step(`${width} × ${height}: every panel and the thread`, async () => {
        const watched = await openPage(browser, app.url, size);
        await watchRedraws(watched.context);
        const page = await signIn(watched, app.url, ana, `/chat/${id}`);
        await row(page, "The question").waitFor();
        assert.ok(await toEnd(page) < 2, "it begins at the end");
        await calm(page, "opened");
        for (const [query, shown] of PLACES) {
          await go(page, `/chat/${id}${query}`);
          await page.locator(shown).first().waitFor();
          await alive(page, query);
          // Something arrives while the list has no height.
          const content = `Meanwhile ${query.slice(1, 12)} ${width}x${height}`;
          await api(app, luis, "POST", `/channels/${id}/messages`, { content });
          await row(page, content).waitFor({ state: "attached" });
          await alive(page, `${query} and a message`);
          await go(page, `/chat/${id}`);
          await row(page, content).waitFor();
          await until(async () => await toEnd(page) < 2, { what: `at the end again after ${query}` });
          await calm(page, query);
        }
        // Somebody who reads in the middle comes back to the middle.
        await page.locator(".chat-main .mlist").evaluate((list) => list.scrollTop = list.scrollHeight / 2);
        await until(async () => (await firstSeen(page)).n > 0, { what: "in the middle" });
        await alive(page, "scrolled");
        const place = await firstSeen(page);
        for (const [query, shown] of PLACES) {
          await go(page, `/chat/${id}${query}`);
          await page.locator(shown).first().waitFor();
          await go(page, `/chat/${id}`);
          await row(page, `Message ${place.n}`).first().waitFor();
          await until(async () => Math.abs((await firstSeen(page)).y - place.y) <= 1, {
            what: `${query}: the same place`,
          });
          assert.equal((await firstSeen(page)).n, place.n);
        }
        await calm(page, "in the middle");
        // Jumps to the last and to the first message.
        for (
          const target of [root.id, (await api(app, ana, "GET", `/channels/${id}/messages?limit=200`)).items.at(-1).id]
        ) {
          await go(page, `/chat/${id}/${target}`);
          await page.locator(`.msg-marked[data-id="${target}"], .msg-system[data-id="${target}"]`).first().waitFor();
          await alive(page, "a jump");
          await calm(page, "a jump");
          await go(page, `/chat/${id}`);
        }
        // Opened with the panel in its place from the beginning.
        await page.goto(`${app.url}/chat/${id}?thread=${root.id}`);
        await page.locator(".thread-panel .msg", { hasText: "Answer 60" }).waitFor();
        await alive(page, "opened by a link to the thread");
        await page.locator(".thread-panel .panel-head .only-phone, .thread-panel .panel-head .only-wide")
          .filter({ visible: true }).first().click();
        await row(page, "The question").or(row(page, "Meanwhile")).first().waitFor();
        await alive(page, "back in the channel");
        await calm(page, "by a link");
        assertCalm(watched);
        await watched.context.close();
      });
    }

    await t.step("resizing, pictures that load, typing: a few drawings a frame, none at rest", async () => {
      const watched = await openPage(browser, app.url, { viewport: { width: 1440, height: 900 } });
      await watchRedraws(watched.context);
      const page = await signIn(watched, app.url, ana, `/chat/${id}?thread=${root.id}`);
      await page.locator(".thread-panel .msg", { hasText: "Answer 60" }).waitFor();
      await row(page, "Meanwhile").first().waitFor();
      await takeRedraws(page);
      for (const width of [1400, 1300, 1181, 1180, 1000, 821, 820, 600, 390, 320, 500, 900, 1179, 1182, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await alive(page, `${width} px`);
        await calm(page, `${width} px`);
      }
      const pictures = [];
      for (let n = 0; n < 6; n++) {
        const made = await upload(app, luis.access, await png(300 + n, 200 + 40 * n), `picture${n}.png`);
        pictures.push(made.id);
      }
      for (const media of pictures) {
        await api(app, luis, "POST", `/channels/${id}/messages`, { content: "A picture", attachments: [media] });
      }
      await until(
        () =>
          page.locator(".chat-main .file-image img").evaluateAll((all) =>
            all.length >= 3 && all.every((image) => (image as HTMLImageElement).complete)
          ),
        { what: "the pictures are there" },
      );
      await until(async () => await toEnd(page) < 2, { what: "still at the end" });
      await calm(page, "pictures");
      await composer(page).pressSequentially("Quite a long sentence, written while others look on");
      await calm(page, "typing");
      await write(page, "Sent");
      await row(page, "Sent").waitFor();
      await calm(page, "sent");
      // At rest nothing is drawn, whatever effects there are: frames go by without a drawing.
      const quiet = async () => {
        await takeRedraws(page);
        for (let frame = 0; frame < 10; frame++) await alive(page, "at rest");
        return (await takeRedraws(page)).total === 0;
      };
      await until(quiet, { what: "nothing is drawn at rest" });
      assertCalm(watched);
      await watched.context.close();
    });
  } finally {
    await browser.close();
  }
});
