// Unread messages in the console: a channel opens where reading stopped, a bar says how much is new and leads there, and
// only what was on the screen counts as read; after a reload, on a second device, in threads, for 45 and for 300 messages.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { sql } from "../../db/sql.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, PHONE } from "../support/browser.ts";
import { api, composer, firstSeen, row, seed, signIn, toEnd, write } from "../support/chat_browser.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

const SHOTS = Deno.env.get("PULPO_SHOTS");
const bar = (page: Page) => page.locator(".chat-main .unread-bar");
const unread = async (app: TestApp, who: Person, id: string): Promise<number> =>
  (await api(app, who, "GET", `/channels/${id}`)).unread_count;
/** The last message whose end is on the screen. */
const lastSeen = (page: Page) =>
  page.evaluate(() => {
    const list = document.querySelector(".chat-main .mlist")!.getBoundingClientRect();
    let last = 0;
    for (const element of document.querySelectorAll(".chat-main .msg")) {
      const n = Number(/Message (\d+)/.exec(element.textContent ?? "")?.[1]);
      if (n && element.getBoundingClientRect().bottom <= list.bottom + 2) last = Math.max(last, n);
    }
    return last;
  });

/** A channel of `count` messages by `author` of which `reader` has read all but the last `left`. */
async function channel(app: TestApp, author: Person, reader: Person, name: string, count: number, left: number) {
  const { id } = await api(app, author, "POST", "/channels", { name, user_ids: [reader.id] });
  await seed(app, id, author, count);
  await app.app.db.run(sql`
    update channel_members set read_seq = read_seq - ${left}::int, read_root_no = read_root_no - ${left}::int
    where channel_id = ${id} and user_id = ${reader.id}`);
  return id as string;
}

Deno.test({ name: "unread messages in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  const browser: Browser = await launch();
  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
  };
  try {
    for (const [device, options] of [["desk", DESK], ["phone", PHONE]] as const) {
      await step(`45 unread on a ${device}: opens at the first, counts what was seen, survives a reload`, async () => {
        const id = await channel(app, luis, ana, `some-${device}`, 100, 45);
        const watched = await openPage(browser, app.url, options);
        const page = await signIn(watched, app.url, ana, `/chat/${id}`);
        await bar(page).getByText(/^45 new since /).waitFor();
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/unread-${device}.png` });
        await page.locator(".new-line").waitFor();
        const cut = await bar(page).locator("span:not(.unread-word)").evaluateAll((spans) =>
          spans.some((span) => span.scrollWidth > span.clientWidth + 1)
        );
        assert.equal(cut, false, "the bar's words are whole");
        const first = await firstSeen(page);
        assert.ok(first.n <= 56 && first.n > 48, `it begins at the first unread, not at ${first.n}`);
        assert.ok(await page.locator(".chat-main .msg", { hasText: "Message 56" }).first().isVisible());
        // What is on the screen counts as read, and nothing more.
        const seen = await lastSeen(page);
        assert.ok(seen < 95, `not all fits: ${seen}`);
        await until(async () => await unread(app, ana, id) === 100 - seen, { what: `${100 - seen} are left` });
        // At rest it stays so: another look at the page comes to the same place.
        await page.reload();
        await bar(page).getByText(`${100 - seen} new since`).waitFor();
        await page.locator(".new-line").waitFor();
        assert.equal(
          await page.locator(".new-line").evaluate((line) => {
            const after = line.closest(".mrow")!.nextElementSibling!;
            return /Message (\d+)/.exec(after.textContent!)?.[1];
          }),
          String(seen + 1),
        );
        // The jump goes on to what was not seen; in the end everything is read and the bar goes.
        const next = await lastSeen(page);
        if (next < 100) {
          await bar(page).getByRole("button", { name: "Jump to unread" }).click();
          await until(async () => (await firstSeen(page)).n > first.n, { what: "further down" });
        }
        // Below the end of what is held the next page may still be on its way.
        while (await lastSeen(page) < 100) {
          // Each stop is on the screen: what is passed over between two frames is not seen.
          await page.locator(".chat-main .mlist").evaluate((list) => {
            list.scrollBy(0, list.clientHeight * 0.8);
            return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          });
        }
        await bar(page).waitFor({ state: "detached" });
        await until(async () => await unread(app, ana, id) === 0, { what: "all are read" });
        assertCalm(watched);
        await watched.context.close();
      });
    }

    await step("300 unread: the end that was jumped to does not count for what was passed over", async () => {
      const id = await channel(app, luis, ana, "many", 400, 300);
      const watched = await openPage(browser, app.url, DESK);
      const page = await signIn(watched, app.url, ana, `/chat/${id}`);
      await bar(page).getByText(/^300 new since /).waitFor();
      const seen = await lastSeen(page);
      await until(async () => await unread(app, ana, id) === 400 - seen, { what: "what was seen" });
      await page.locator(".mlist-latest").click();
      await row(page, "Message 400").waitFor();
      await until(async () => await toEnd(page) < 2, { what: "at the end" });
      // What comes now is seen at once, and still the others are not read.
      await api(app, luis, "POST", `/channels/${id}/messages`, { content: "Fresh" });
      await row(page, "Fresh").waitFor();
      await page.evaluate(() => new Promise((done) => setTimeout(done, 1_500))); // the timer of reading has run
      assert.equal(await unread(app, ana, id), 401 - seen);
      await bar(page).getByText(/^301 new since /).waitFor();
      await bar(page).getByRole("button", { name: "Jump to unread" }).click();
      await until(async () => (await firstSeen(page)).n <= seen + 1, { what: "back at the first that was not seen" });
      await bar(page).getByRole("button", { name: "Mark as read" }).click();
      await bar(page).waitFor({ state: "detached" });
      await until(async () => await unread(app, ana, id) === 0, { what: "marked as read" });
      assertCalm(watched);
      await watched.context.close();
    });

    await step("two devices: read on one, the other follows; unread from here goes to both", async () => {
      const id = await channel(app, luis, ana, "devices", 100, 45);
      const one = await openPage(browser, app.url, DESK), two = await openPage(browser, app.url, PHONE);
      const desk = await signIn(one, app.url, ana, `/chat/${id}`);
      await bar(desk).getByText(/^45 new since /).waitFor();
      const seen = await lastSeen(desk);
      await until(async () => await unread(app, ana, id) === 100 - seen, { what: "some are read" });
      const phone = await signIn(two, app.url, ana, `/chat/${id}`);
      await bar(phone).getByText(`${100 - seen} new since`).waitFor();
      await bar(phone).getByRole("button", { name: "Mark as read" }).click();
      await bar(desk).waitFor({ state: "detached" });
      assert.equal(await unread(app, ana, id), 0);
      await desk.locator(".mlist-latest").click();
      const last = row(desk, "Message 98");
      await last.hover();
      await last.getByRole("button", { name: "More" }).click();
      await desk.getByRole("menuitem", { name: "Mark unread" }).click();
      await bar(desk).getByText(/^3 new since /).waitFor();
      await bar(phone).getByText(/^3 new /).waitFor(); // it need not hold the first of them
      await desk.evaluate(() => new Promise((done) => setTimeout(done, 1_500))); // the timer of reading has run
      assert.equal(await unread(app, ana, id), 3, "it stays unread while it is looked at");
      assertCalm(one);
      assertCalm(two);
      await one.context.close();
      await two.context.close();
    });

    await step(
      "nothing unread: the end, and no bar; the last that was read is deleted; one's own messages",
      async () => {
        const quiet = await channel(app, luis, ana, "quiet", 100, 0);
        const gone = await channel(app, luis, ana, "gone", 100, 45);
        const { items } = await api(app, luis, "GET", `/channels/${gone}/messages?limit=100`);
        const message = (n: number) =>
          items.find((item: { content: string }) => /^Message (\d+)/.exec(item.content)?.[1] === `${n}`);
        for (const n of [54, 55, 56]) await api(app, luis, "DELETE", `/messages/${message(n).id}`);
        const own = await channel(app, ana, ana, "own", 100, 0);
        const watched = await openPage(browser, app.url, DESK);
        const page = await signIn(watched, app.url, ana, `/chat/${quiet}`);
        await row(page, "Message 100").waitFor();
        assert.ok(await toEnd(page) < 2);
        assert.equal(await bar(page).count() + await page.locator(".new-line").count(), 0);
        await page.goto(`${app.url}/chat/${gone}`);
        await bar(page).getByText(/new since /).waitFor();
        await page.locator(".new-line").waitFor();
        await row(page, "Message 57").first().waitFor();
        assert.equal(
          await page.locator(".new-line").evaluate((line) =>
            /Message (\d+)/.exec(line.closest(".mrow")!.nextElementSibling!.textContent!)?.[1]
          ),
          "57",
        );
        await page.goto(`${app.url}/chat/${own}`);
        await row(page, "Message 100").waitFor();
        assert.equal(await bar(page).count(), 0);
        // Unread by hand from a message of one's own.
        const answer = await api(app, ana, "GET", `/channels/${own}/messages?limit=45`);
        await api(app, ana, "POST", `/channels/${own}/read`, { message_id: answer.items.at(-1).id, unread: true });
        await page.reload();
        await row(page, "Message 100").waitFor();
        await until(async () => await unread(app, ana, own) === 0, { what: "one's own words need no reading" });
        assertCalm(watched);
        await watched.context.close();
      },
    );

    await step("neither a link to a message far below nor writing reads what stands before it", async () => {
      const id = await channel(app, luis, ana, "links", 300, 200);
      const mention = await api(app, luis, "POST", `/channels/${id}/messages`, { content: "Look here @owner" });
      const watched = await openPage(browser, app.url, DESK);
      const page = await signIn(watched, app.url, ana, `/chat/${id}/${mention.id}`);
      await page.locator(`.msg-marked[data-id="${mention.id}"]`).waitFor();
      await page.evaluate(() => new Promise((done) => setTimeout(done, 1_500))); // the timer of reading has run
      assert.equal(await unread(app, ana, id), 201);
      await bar(page).getByText("201 new messages").waitFor();
      await bar(page).getByRole("button", { name: "Jump to unread" }).click();
      await row(page, "Message 101").first().waitFor();
      await bar(page).getByText(/^201 new since /).waitFor();
      await write(page, "I write where everybody reads");
      await row(page, "I write where everybody reads").waitFor();
      await until(async () => await toEnd(page) < 2, { what: "at one's own message" });
      await page.evaluate(() => new Promise((done) => setTimeout(done, 1_500))); // the timer of reading has run
      const left = await unread(app, ana, id);
      assert.ok(left > 150 && left <= 201, `${left} are still unread, and one's own is not among them`);
      await bar(page).getByRole("button", { name: "Mark as read" }).click();
      await bar(page).waitFor({ state: "detached" });
      await until(async () => await unread(app, ana, id) === 0, { what: "marked as read" });
      assert.equal(await composer(page).inputValue(), "");
      assertCalm(watched);
      await watched.context.close();
    });

    await step("a thread of 60 unread replies opens at the first, and is read as far as it was seen", async () => {
      const id = await channel(app, luis, ana, "threads", 10, 0);
      const root = await api(app, ana, "POST", `/channels/${id}/messages`, { content: "Opinions?" });
      for (let n = 1; n <= 60; n++) {
        const content = `Reply ${n}`;
        await api(app, luis, "POST", `/channels/${id}/messages`, { content, reply_to_id: root.id });
      }
      const left = async () => (await api(app, ana, "GET", `/messages/${root.id}/thread`)).unread_count;
      assert.equal(await left(), 60);
      const watched = await openPage(browser, app.url, DESK);
      const page = await signIn(watched, app.url, ana, `/chat/${id}?thread=${root.id}`);
      const panel = page.locator(".thread-panel");
      await panel.locator(".unread-bar").getByText(/^60 new since /).waitFor();
      assert.ok(await panel.locator(".msg .md", { hasText: /^\s*Reply 1\s*$/ }).first().isVisible());
      const some = await until(async () => {
        const now = await left();
        return now < 60 && now;
      }, { what: "what was seen is read" });
      assert.ok(some > 20, `${some} are left`);
      await panel.getByRole("button", { name: "Mark as read" }).click();
      await until(async () => await left() === 0, { what: "all are read" });
      await panel.locator(".unread-bar").waitFor({ state: "detached" });
      assertCalm(watched);
      await watched.context.close();
    });
  } finally {
    await browser.close();
  }
});
