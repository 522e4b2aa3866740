// Chat with fingers on a phone: real touch events (press, hold, tremble, lift) open the sheet of a message, and everything
// on it can be done: react, reply, edit, delete. Scrolling and tapping stay what they are. Every target is large enough.
import assert from "node:assert/strict";
import type { Browser, CDPSession, Locator, Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch, openPage, PHONE } from "../support/browser.ts";
import { api, row, seed, signIn } from "../support/chat_browser.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

/** One finger on the glass. */
class Finger {
  #at = { x: 0, y: 0 };
  constructor(readonly cdp: CDPSession) {}

  async press(target: Locator): Promise<void> {
    const box = await target.boundingBox();
    assert.ok(box, "the target is on the screen");
    this.#at = { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
    await this.cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [this.#at] });
  }

  async move(x: number, y: number): Promise<void> {
    this.#at = { x: this.#at.x + x, y: this.#at.y + y };
    await this.cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [this.#at] });
  }

  async lift(): Promise<void> {
    await this.cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }

  async tap(target: Locator): Promise<void> {
    await target.waitFor();
    await settled(target);
    await this.press(target);
    await this.lift();
  }
}

/** Where animations move an element, its last place. */
const settled = (target: Locator) =>
  target.evaluate((element) =>
    Promise.all(
      [...document.getAnimations()].filter((animation) =>
        (animation.effect as KeyframeEffect | null)?.target?.contains(element)
      ).map((animation) => animation.finished),
    )
  );

/** The timers that were set before this call have run. */
const timersRun = (page: Page) => page.evaluate(() => new Promise((done) => setTimeout(done, 1_000)));
const frames = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

Deno.test({ name: "chat with fingers", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  const { id } = await api(app, ana, "POST", "/channels", { name: "phones", user_ids: [luis.id] });
  await seed(app, id, luis, 100);
  const say = (who: typeof ana, content: string) => api(app, who, "POST", `/channels/${id}/messages`, { content });
  const theirs = await say(luis, "Tap me");
  const own = await say(ana, "My own words");
  const extra = await say(ana, "One too many");
  const read = (message: { id: string }) => api(app, ana, "GET", `/messages/${message.id}`);
  const browser: Browser = await launch();
  try {
    const watched = await openPage(browser, app.url, PHONE);
    const page = await signIn(watched, app.url, ana, `/chat/${id}`);
    await row(page, "One too many").waitFor();
    const finger = new Finger(await watched.context.newCDPSession(page));
    const sheet = page.locator(".sheet");
    const words = (message: { id: string }) => page.locator(`.chat-main .msg[data-id="${message.id}"] .md`);
    /** Press, tremble, hold until the sheet is there, tremble, lift. */
    const hold = async (target: Locator) => {
      await finger.press(target);
      await finger.move(2, 2);
      await finger.move(-1, 1);
      await sheet.waitFor();
      await finger.move(3, 0);
      await finger.lift();
      await frames(page);
      await timersRun(page);
      assert.ok(await sheet.isVisible(), "the sheet stays when the finger lifts");
    };
    const step = async (name: string, run: () => Promise<void>) => {
      if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
    };

    await step("react", async () => {
      await hold(words(theirs));
      const emoji = page.locator(".sheet-emoji button").first();
      await finger.tap(emoji);
      await sheet.waitFor({ state: "detached" });
      await page.locator(`.msg[data-id="${theirs.id}"] .reaction-own`).waitFor();
      await until(async () => (await read(theirs)).reactions.length === 1, { what: "the server has it" });
    });

    await step("react with any emoji: the picker is on the screen", async () => {
      await hold(words(own));
      await finger.tap(page.locator(".sheet-emoji button").last());
      const picker = page.locator(".emoji-popup");
      await picker.waitFor();
      const box = (await picker.boundingBox())!;
      assert.ok(box.x >= 8 && box.y >= 0 && box.x + box.width <= 382 && box.y + box.height <= 844, JSON.stringify(box));
      assert.equal(await picker.locator("input:focus").count(), 0, "no keyboard before it is wanted");
      // With the keyboard half of the screen is left.
      await page.setViewportSize({ width: 390, height: 420 });
      await until(async () => {
        const small = (await picker.boundingBox())!;
        return small.y >= 0 && small.y + small.height <= 420;
      }, { what: "all of the picker is on the screen, with a keyboard as well" });
      await page.setViewportSize({ width: 390, height: 844 });
      await finger.tap(picker.locator(".emoji-grid button, [role=option], [role=gridcell] button").first());
      await page.locator(`.msg[data-id="${own.id}"] .reaction-own`).waitFor();
    });

    await step("lifting as soon as the sheet is there chooses nothing, wherever the finger is", async () => {
      // The sheet covers the lower part of the screen, where the newest messages are.
      await finger.press(words(extra));
      await sheet.waitFor();
      await finger.lift();
      await frames(page);
      await timersRun(page);
      assert.ok(await sheet.isVisible(), "still there");
      assert.equal(await page.locator("dialog[open], .edit-box, .thread-panel").count(), 0);
      // A tap beside it closes it.
      await page.touchscreen.tap(190, 20);
      await sheet.waitFor({ state: "detached" });
    });

    await step("edit", async () => {
      await hold(words(own));
      await finger.tap(sheet.getByRole("menuitem", { name: "Edit" }));
      const field = page.locator(".edit-box textarea");
      await field.waitFor();
      assert.ok(await field.evaluate((element) => document.activeElement === element), "one can write at once");
      await field.fill("My better words");
      // Resting on the text that is edited selects in it, and opens nothing.
      await finger.press(field);
      await timersRun(page);
      await finger.lift();
      assert.equal(await sheet.count(), 0);
      await finger.tap(page.locator(".edit-box").getByRole("button", { name: "Save" }));
      await page.locator(".edit-box").waitFor({ state: "detached" });
      assert.equal((await read(own)).content, "My better words");
    });

    await step("reply in a thread, and react there", async () => {
      await hold(words(theirs));
      await finger.tap(sheet.getByRole("menuitem", { name: "Reply" }));
      const thread = page.locator(".thread-panel");
      await thread.locator("[data-composer=thread]").fill("From the train");
      await finger.tap(thread.getByRole("button", { name: "Send", exact: true }));
      const reply = thread.locator(".msg", { hasText: "From the train" });
      await reply.waitFor();
      await until(async () => await thread.locator(".msg-sending").count() === 0, { what: "sent" });
      await hold(reply.locator(".md"));
      await finger.tap(page.locator(".sheet-emoji button").first());
      await reply.locator(".reaction-own").waitFor();
      await finger.tap(thread.getByRole("button", { name: "Back" }));
      await words(theirs).waitFor();
    });

    await step("delete", async () => {
      await hold(words(extra));
      await finger.tap(sheet.getByRole("menuitem", { name: "Delete" }));
      await finger.tap(page.getByRole("dialog").getByRole("button", { name: "Delete" }));
      await until(async () => (await read(extra)).is_deleted, { what: "it is gone" });
    });

    await step("a finger that scrolls, a tap and two fingers open nothing", async () => {
      const list = page.locator(".chat-main .mlist");
      const before = await list.evaluate((element) => element.scrollTop);
      await finger.press(words(theirs));
      await finger.move(0, 20);
      await finger.move(0, 40);
      await finger.move(0, 60);
      await until(async () => await list.evaluate((element) => element.scrollTop) < before - 40, {
        what: "it scrolls",
      });
      await timersRun(page);
      await finger.lift();
      assert.equal(await sheet.count(), 0);
      await page.locator(".mlist-latest").or(words(theirs)).first().waitFor();
      await finger.tap(page.locator(".chat-main .msg .md").filter({ visible: true }).nth(3));
      await timersRun(page);
      assert.equal(await sheet.count(), 0);
      const points = [{ x: 120, y: 300, id: 1 }, { x: 220, y: 400, id: 2 }];
      await finger.cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points.slice(0, 1) });
      await finger.cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: points });
      await timersRun(page);
      await finger.lift();
      assert.equal(await sheet.count(), 0);
    });

    await step("a long press on a channel of the list opens its menu, which stays", async () => {
      await finger.tap(page.locator(".chat-head").getByRole("button", { name: "Back" }));
      const entry = page.locator(`a.chan[data-channel="${id}"]`);
      await entry.waitFor();
      await finger.press(entry);
      await finger.move(2, 1);
      const menu = page.getByRole("menu");
      await menu.waitFor();
      await finger.lift();
      await frames(page);
      await timersRun(page);
      assert.ok(await menu.isVisible());
      await finger.tap(menu.getByRole("menuitem", { name: "Mute channel" }));
      await until(async () => (await api(app, ana, "GET", `/channels/${id}`)).muted_until !== null, { what: "muted" });
      assert.equal(new URL(page.url()).pathname, "/chat");
    });
    assertCalm(watched);
    await watched.context.close();
  } finally {
    await browser.close();
  }
});
