// What broke in other chats, tried in this one's browser: drafts, scrolling, unread marks, mentions, keys,
// an outage.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { sql } from "../../db/sql.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage } from "../support/browser.ts";
import { api, composer, cut, firstSeen, holdSockets, row, seed, signIn, toEnd } from "../support/chat_browser.ts";
import { png } from "../support/picture_files.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

const link = (page: Page, id: string) => page.locator(`a.chan[data-channel="${id}"]`);
const frames = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

Deno.test({ name: "what broke in other chats", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner(), luis = await app.person("member", "luis");
  const channel = async (name: string) =>
    (await api(app, ana, "POST", "/channels", { name, user_ids: [luis.id] })).id as string;
  const one = await channel("one"), two = await channel("two");
  const browser: Browser = await launch();
  try {
    const watched = await openPage(browser, app.url, DESK);
    await holdSockets(watched);
    const page = await signIn(watched, app.url, ana, `/chat/${one}`);
    const step = async (name: string, run: () => Promise<void>) => {
      const fine = await t.step(name, async () => {
        await run();
        assertCalm(watched);
      });
      if (!fine) throw new Error(`stopped after: ${name}`);
    };

    await step("a file that is still going up stays with its channel when another is opened", async () => {
      const held = Promise.withResolvers<void>();
      await page.route("**/media/uploads/*", async (route) => {
        await held.promise;
        await route.continue().catch(() => {});
      });
      await composer(page).fill("See the picture");
      await page.locator(".composer input[type=file]").setInputFiles({
        name: "harbour.png",
        mimeType: "image/png",
        buffer: Buffer.from(await png(40, 30)),
      });
      await page.locator(".upload", { hasText: "harbour.png" }).waitFor();
      await link(page, two).click();
      await page.locator(".chat-head-name", { hasText: "two" }).waitFor();
      assert.equal(await composer(page).inputValue(), "");
      assert.equal(await page.locator(".upload").count(), 0);
      // Back while it is on its way: there it is. And again away, until it has arrived.
      await link(page, one).click();
      await page.locator(".upload", { hasText: "harbour.png" }).waitFor();
      await link(page, two).click();
      await page.locator(".chat-head-name", { hasText: "two" }).waitFor();
      held.resolve();
      await until(async () => (await api(app, ana, "GET", "/drafts")).items[0]?.attachments.length === 1, {
        what: "the draft holds the file",
      });
      assert.equal(await page.locator(".upload").count(), 0);
      await page.unrouteAll({ behavior: "ignoreErrors" });
      const [draft] = (await api(app, ana, "GET", "/drafts")).items;
      assert.deepEqual([draft.channel_id, draft.content], [one, "See the picture"]);
      await link(page, one).click();
      await page.locator(".upload-done", { hasText: "harbour.png" }).waitFor();
      assert.equal(await composer(page).inputValue(), "See the picture");
      await composer(page).press("Enter");
      await row(page, "See the picture").locator("img[alt='harbour.png']").waitFor();
    });

    await step("an emoji that was picked is part of the draft", async () => {
      await composer(page).fill("Well done ");
      await page.locator(".composer-bar").getByRole("button", { name: "Emoji" }).click();
      await page.locator(".emoji input").fill("tada");
      await page.locator(".emoji-grid button").first().click();
      assert.equal(await composer(page).inputValue(), "Well done 🎉");
      await link(page, two).click();
      await page.locator(".chat-head-name", { hasText: "two" }).waitFor();
      await link(page, one).click();
      await page.locator(".chat-head-name", { hasText: "one" }).waitFor();
      assert.equal(await composer(page).inputValue(), "Well done 🎉");
      await until(async () => (await api(app, ana, "GET", "/drafts")).items[0]?.content === "Well done 🎉", {
        what: "the draft is kept",
      });
      await page.reload();
      await page.locator(".link-live").first().waitFor({ state: "attached" });
      await until(async () => await composer(page).inputValue() === "Well done 🎉", { what: "after loading anew" });
      await composer(page).fill("");
    });

    await step("what is written right after going elsewhere by keys goes there", async () => {
      await composer(page).fill("");
      // A slow machine, and a server that takes its time.
      const held = Promise.withResolvers<void>();
      await page.route(`**/channels/${two}/messages?*`, async (route) => {
        await held.promise;
        await route.continue().catch(() => {});
      });
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("Emulation.setCPUThrottlingRate", { rate: 6 });
      await page.keyboard.press("Control+k");
      await page.locator(".switcher-list li").first().waitFor();
      await page.keyboard.type("two");
      await page.locator(".switcher-list li[aria-selected=true]", { hasText: "two" }).waitFor();
      await page.keyboard.press("Enter");
      await page.keyboard.type("for the second");
      await page.keyboard.press("Enter");
      await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
      await page.locator(".chat-head-name", { hasText: "two" }).waitFor();
      let there: string[] = [];
      await until(async () => {
        const { items } = await api(app, ana, "GET", `/channels/${two}/messages`);
        there = items.map((message: { content: string }) => message.content);
        return there.some((content) => content.endsWith("second"));
      }, { what: "it arrived" });
      held.resolve();
      await page.unrouteAll({ behavior: "ignoreErrors" });
      assert.ok(there.includes("for the second"), `every letter of it: ${there}`);
      const { items } = await api(app, ana, "GET", `/channels/${one}/messages`);
      assert.ok(!items.some((message: { content: string }) => message.content.includes("second")));
    });

    await step("keys typed in one go with the Enter of the switcher are in the new channel", async () => {
      await link(page, one).click();
      await page.locator(".chat-head-name", { hasText: "one" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("two");
      await page.locator(".switcher-list li[aria-selected=true]", { hasText: "two" }).waitFor();
      // No frame is painted between them, as when a slow machine catches up.
      const focused = await page.evaluate(async () => {
        document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        await new Promise((done) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = done;
          port2.postMessage(null);
        });
        return (document.activeElement as HTMLElement).ariaLabel ?? document.activeElement!.outerHTML;
      });
      assert.match(focused, /#two/);
      await link(page, one).click();
      await page.locator(".chat-head-name", { hasText: "one" }).waitFor();
    });

    await step("what is opened while the server is away comes by itself; a phone says that it is away", async () => {
      const { id: root } = await api(app, luis, "POST", `/channels/${two}/messages`, { content: "Written before" });
      await api(app, luis, "POST", `/channels/${two}/messages`, { content: "A reply", reply_to_id: root });
      await cut(watched);
      await link(page, two).click();
      await page.locator(".chat-main .chat-center").getByText("cannot be reached").waitFor();
      await watched.context.setOffline(false);
      await row(page, "Written before").waitFor();
      // The same in a thread.
      const replies = row(page, "Written before").locator(".thread-link");
      await replies.waitFor();
      await page.locator(".rail .link-live").waitFor();
      await cut(watched);
      await replies.click();
      await page.locator(".thread-panel").getByText("cannot be reached").waitFor();
      await page.setViewportSize({ width: 390, height: 844 });
      const says = (where: string) => page.locator(where).getByText("Offline", { exact: true });
      await says(".panel-head").waitFor();
      await page.locator(".thread-panel").getByRole("button", { name: "Back" }).click();
      await says(".chat-head").waitFor();
      const top = () => page.locator(".chat-messages").evaluate((element) => element.getBoundingClientRect().top);
      const away = await top();
      await page.goBack();
      await watched.context.setOffline(false);
      await page.locator(".thread-panel .msg", { hasText: "A reply" }).waitFor();
      await page.locator(".thread-panel").getByRole("button", { name: "Back" }).click();
      await row(page, "Written before").waitFor();
      await page.locator(".away-live").first().waitFor({ state: "attached" });
      assert.equal(await says(".chat-head").count(), 0);
      assert.equal(await top(), away, "the messages stand where they stood");
      await page.setViewportSize(DESK.viewport!);
      watched.forgive();
    });

    await step("arrows go from message to message, from inside one too", async () => {
      await api(app, luis, "POST", `/channels/${two}/messages`, { content: "The last of them" });
      await row(page, "The last of them").waitFor();
      await composer(page).focus();
      await page.keyboard.press("Shift+Tab");
      const at = () =>
        page.evaluate(() => {
          const { activeElement } = document;
          return `${activeElement!.matches(".msg")}: ${activeElement!.closest(".msg")?.textContent}`;
        });
      assert.match(await at(), /^false: .*The last of them/);
      await page.keyboard.press("ArrowUp");
      assert.match(await at(), /^true: (?!.*The last of them)/);
      await page.keyboard.press("ArrowDown");
      assert.match(await at(), /^true: .*The last of them/);
    });

    await step("scrolling on through what is unread never jumps to the end", async () => {
      const id = await channel("many");
      await seed(app, id, luis, 400);
      await app.app.db.run(sql`
        update channel_members set read_seq = read_seq - 300, read_root_no = read_root_no - 300
        where channel_id = ${id} and user_id = ${ana.id}`);
      await page.goto(`${app.url}/chat/${id}`);
      await page.locator(".unread-bar").getByText(/^300 new since/).waitFor();
      // The next page is slow: its rows come while the person is at the end of those that are there.
      await page.route("**/messages?*after=*", async (route) => {
        await new Promise((done) => setTimeout(done, 300));
        await route.continue().catch(() => {});
      });
      const list = page.locator(".chat-main .mlist");
      let last = (await firstSeen(page)).n;
      for (let i = 0; i < 60 && last < 385; i++) {
        await list.hover();
        await page.mouse.wheel(0, 500);
        await frames(page);
        const now = (await firstSeen(page)).n;
        assert.ok(now - last < 30, `from ${last} to ${now} at once`);
        last = Math.max(last, now);
      }
      assert.ok(last > 200, `read on, to ${last}`);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    });

    await step("a picture that loads late does not leave the end of the list", async () => {
      await page.goto(`${app.url}/chat/${one}`);
      await row(page, "See the picture").waitFor();
      const held = Promise.withResolvers<void>();
      await page.route("**/media/*?size=thumb", async (route) => {
        await held.promise;
        await route.continue().catch(() => {});
      });
      const form = new FormData();
      form.set("file", new File([await png(600, 900)], "tall.png", { type: "image/png" }));
      const sent = await fetch(`${app.url}/api/v1/media/upload`, {
        method: "POST",
        headers: { authorization: `Bearer ${luis.access}` },
        body: form,
      });
      const { id } = await sent.json();
      await api(app, luis, "POST", `/channels/${one}/messages`, { content: "Tall one", attachments: [id] });
      await row(page, "Tall one").waitFor();
      await until(async () => await toEnd(page) < 2, { what: "at the end before it is there" });
      held.resolve();
      await page.waitForFunction(() =>
        [...document.querySelectorAll<HTMLImageElement>(".chat-main img[alt='tall.png']")].every((img) => img.complete)
      );
      await frames(page);
      assert.ok(await toEnd(page) < 2, "and after it");
      await page.unrouteAll({ behavior: "ignoreErrors" });
    });

    await step("of two people of one name the chosen one is mentioned", async () => {
      const people = [];
      for (const username of ["kim.north", "kim.south"]) {
        const made = await api(app, ana, "POST", "/users", {
          email: `${username}@example.org`,
          username,
          password: "a long enough password 1",
          display_name: "Kim Park",
          role: "member",
        });
        people.push(made);
        await api(app, ana, "POST", `/channels/${one}/members`, { user_ids: [made.id] });
      }
      await page.reload();
      await row(page, "Tall one").waitFor();
      await composer(page).pressSequentially("Hello @kim");
      const choices = page.locator(".completion li", { hasText: "Kim Park" });
      await until(async () => await choices.count() === 2, { what: "both" });
      const hints = await choices.locator(".completion-hint").allTextContents();
      assert.deepEqual(hints.toSorted(), ["@kim.north", "@kim.south"]);
      await choices.nth(1).click();
      await composer(page).pressSequentially("!");
      await composer(page).press("Enter");
      await row(page, "Hello").waitFor();
      const [sent] = (await api(app, ana, "GET", `/channels/${one}/messages?limit=1`)).items;
      assert.deepEqual(sent.mentions.map((m: { username: string }) => `@${m.username}`), [hints[1]]);
    });

    await step("Enter that ends a word of an input method does not send", async () => {
      const input = await page.context().newCDPSession(page);
      await composer(page).focus();
      await input.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
      await composer(page).dispatchEvent("keydown", {
        key: "Enter",
        isComposing: true,
        bubbles: true,
        cancelable: true,
      });
      assert.equal(await composer(page).inputValue(), "にほん");
      await input.send("Input.insertText", { text: "日本" });
      await composer(page).press("Enter");
      await row(page, "日本").waitFor();
      assert.equal(await row(page, "にほん").count(), 0);
    });
    await step("what one person wrote is not there for the next one in the same tab", async () => {
      await composer(page).fill("Ana's own words");
      await until(async () => (await api(app, ana, "GET", "/drafts")).items[0]?.content === "Ana's own words", {
        what: "the draft is kept",
      });
      await page.locator(".avatar-button").click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.locator("input[autocomplete=username]").fill(luis.username);
      await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
      await page.locator("button[type=submit]").click();
      await page.locator(".link-live").first().waitFor({ state: "attached" });
      await page.evaluate((id) => {
        const to = document.createElement("a");
        to.href = `/chat/${id}`;
        document.body.append(to);
        to.click();
        to.remove();
      }, one);
      await row(page, "Tall one").waitFor();
      assert.equal(await composer(page).inputValue(), "");
    });
    await watched.context.close();
  } finally {
    await browser.close();
  }
});
