// A story with three people in three browsers: Ana at her desk, Luis on his phone, Eva who moderates. They talk, answer in
// a thread, call somebody, send a file, look something up; one reports the other, and the moderator mutes.
// SHOTS=folder keeps pictures of every scene.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { jpeg } from "../support/picture_files.ts";
import { createTestApp, PASSWORD, type Person } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const SHOTS = Deno.env.get("SHOTS");

const composer = (page: Page) => page.locator("[data-composer=channel]");
const row = (page: Page, text: string) => page.locator(".chat-main .msg", { hasText: text });

/** On a phone Enter begins a new line; the button sends. */
async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.locator(".chat-main .composer").getByRole("button", { name: "Send", exact: true }).click();
}

Deno.test({
  name: "three people in three browsers: chat, thread, mention, file, search, report, mute",
  ignore: !haveBrowser(),
  sanitizeOps: false,
  sanitizeResources: false,
}, async (t) => {
  await buildConsole();
  const app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const browser = await launch();
  const ana = await app.owner();
  const luis = await app.person("member", "luis"), eva = await app.person("moderator", "eva");
  const made = await app.call("POST", "/channels", {
    token: ana.access,
    body: { name: "general", description: "What concerns everybody", user_ids: [luis.id, eva.id] },
  });
  const general = `/chat/${made.body.id}`;

  const signIn = async (person: Person, options: typeof DESK, path = general): Promise<Watched> => {
    const watched = await openPage(browser, app.url, options);
    const { page } = watched;
    await page.goto(`${app.url}/login?next=${encodeURIComponent(path)}`);
    await page.locator("input[autocomplete=username]").fill(person.username);
    await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
    await page.locator("button[type=submit]").click();
    return watched;
  };
  const shoot = async (watched: Watched, name: string) => {
    if (!SHOTS) return;
    for (const colorScheme of ["light", "dark"] as const) {
      await watched.page.emulateMedia({ colorScheme });
      await watched.page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png` });
    }
    await watched.page.emulateMedia({ colorScheme: "light" });
  };

  try {
    const a = await signIn(ana, DESK), l = await signIn(luis, PHONE), e = await signIn(eva, DESK);
    for (const { page } of [a, l, e]) await composer(page).waitFor();

    await t.step("chat: each line is on all three screens, once and in the same order", async () => {
      await write(a.page, "Good morning, the **menu of the week** is ready");
      await row(l.page, "menu of the week").waitFor();
      await write(l.page, "Great, I will print it");
      await row(e.page, "I will print it").waitFor();
      await write(e.page, "Please count the portions as well");
      for (const { page } of [a, l, e]) {
        await row(page, "count the portions").waitFor();
        await until(async () => await page.locator(".msg-sending").count() === 0);
        const texts = (await page.locator(".chat-main .msg .md").allTextContents()).map((text) => text.trim());
        assert.deepEqual(texts, [
          "Good morning, the menu of the week is ready",
          "Great, I will print it",
          "Please count the portions as well",
        ]);
      }
      await shoot(a, "chat-desktop");
      await shoot(l, "chat-phone");
    });

    await t.step("a thread: Ana answers, Luis follows on his phone", async () => {
      const root = row(a.page, "count the portions");
      await root.hover();
      await root.getByRole("button", { name: "Reply in thread" }).click();
      await a.page.locator("[data-composer=thread]").fill("There are 84");
      await a.page.locator("[data-composer=thread]").press("Enter");
      await row(l.page, "count the portions").locator(".thread-link").click();
      await l.page.locator(".thread-panel .msg", { hasText: "There are 84" }).waitFor();
      assert.equal(await overflow(l.page), 0);
      await shoot(a, "thread-desktop");
      await shoot(l, "thread-phone");
      await l.page.goBack();
      await composer(l.page).waitFor();
      await a.page.keyboard.press("Escape");
    });

    await t.step("a mention: counted where it was not seen yet, emphasised where it stands", async () => {
      await l.page.goto(`${app.url}/inbox`);
      // A page that nobody has touched may not play anything.
      await l.page.getByRole("heading", { level: 1 }).click();
      await l.page.evaluate(() => {
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (when) {
          document.body.dataset.notes = String(Number(document.body.dataset.notes ?? 0) + 1);
          start.call(this, when);
        };
      });
      await write(a.page, "@luis can you also call the bakery?");
      await until(async () => (await l.page.title()).startsWith("(1)"), { what: "the mention stands in the title" });
      await l.page.locator("body[data-notes='2']").waitFor({ state: "attached" });
      await l.page.getByText("Preferences", { exact: true }).click();
      await l.page.getByRole("switch", { name: "Play a sound" }).click();
      await l.page.getByText("Saved").first().waitFor();
      await write(a.page, "@luis and the butcher?");
      await until(async () => (await l.page.title()).startsWith("(2)"), { what: "the second mention stands there" });
      assert.equal(await l.page.locator("body").getAttribute("data-notes"), "2", "switched off is silent");
      await l.page.goto(app.url + general);
      await row(l.page, "call the bakery").locator(".md-mention-me").waitFor();
      await until(async () => !(await l.page.title()).startsWith("("), { what: "it is read" });
      await shoot(l, "mention-phone");
    });

    await t.step("a file: sent from the phone, seen and opened at the desk", async () => {
      await l.page.locator(".composer input[type=file]").setInputFiles([
        { name: "bakery.jpg", mimeType: "image/jpeg", buffer: Buffer.from(await jpeg(640, 420)) },
      ]);
      await l.page.locator(".upload-done").waitFor();
      await write(l.page, "The list of the bakery");
      const there = row(a.page, "The list of the bakery");
      await there.locator(".file-image img").waitFor();
      await there.locator(".file-image").click();
      await a.page.locator(".lightbox[open] > img").waitFor();
      await shoot(a, "picture-desktop");
      await a.page.keyboard.press("Escape");
      await a.page.locator(".lightbox").waitFor({ state: "detached" });
    });

    await t.step("search: Eva finds the file by who sent it and jumps to it", async () => {
      await e.page.getByRole("button", { name: "Search messages" }).first().click();
      await e.page.locator(".search-panel input.input").fill("from:luis bakery has:file");
      await e.page.keyboard.press("Enter");
      await e.page.locator(".search-text", { hasText: "The list of the bakery" }).waitFor();
      await shoot(e, "search-desktop");
      await e.page.locator(".search-text", { hasText: "The list of the bakery" }).click();
      await e.page.waitForURL(/\/chat\/[0-9a-f-]+\/[0-9a-f-]+/);
      await row(e.page, "The list of the bakery").waitFor();
    });

    await t.step("a report reaches the moderator's queue, who mutes: the phone may not write any more", async () => {
      await write(l.page, "This is all your fault, you fool");
      const bad = row(a.page, "you fool");
      await bad.hover();
      await bad.getByRole("button", { name: "More" }).click();
      await a.page.getByRole("menuitem", { name: "Report" }).click();
      await a.page.getByRole("dialog").getByRole("button", { name: "Send report" }).click();
      await a.page.getByText("The moderators will look at it.").waitFor();
      await e.page.goto(`${app.url}/moderation`);
      await e.page.locator(".mod-item", { hasText: "you fool" }).click();
      await shoot(e, "report-desktop");
      await e.page.getByText("Act on the author").click();
      await e.page.locator("dialog >> text=Mute").click();
      await e.page.locator("dialog textarea").fill("Insults");
      await e.page.locator("dialog button[type=submit]").click();
      await e.page.locator("dialog").waitFor({ state: "detached" });
      await until(async () => {
        const answer = await app.call("POST", `/channels/${made.body.id}/messages`, {
          token: luis.access,
          body: { content: "still here" },
        });
        return answer.body.code === "muted";
      });
      await l.page.locator(".composer-closed", { hasText: "muted you" }).waitFor();
      assert.equal(await overflow(l.page), 0);
      await shoot(l, "muted-phone");
      assert.equal(await row(a.page, "still here").count(), 0);
    });

    for (const watched of [a, e]) assertCalm(watched);
  } finally {
    await browser.close();
    await app.stop();
  }
});
