// The console in a real browser against the real server: from the set-up link to a notification on the screen, a dropped
// connection, both languages, both widths, and nothing that a page must not do.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { setupLink } from "../../features/accounts/mod.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const PAGES = [
  "/",
  "/live",
  "/inbox",
  "/inbox?tab=preferences",
  "/moderation",
  "/chat-admin",
  "/transfer",
  "/users",
  "/tokens",
  "/webhooks",
  "/webhooks?tab=outgoing",
  "/audit",
  "/statistics",
  "/statistics?tab=alerts",
  "/statistics?tab=retention",
  "/profile",
  "/about",
  "/no-such-page",
];

const OWNER = { email: "ana@example.org", username: "ana" };
const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

/** Signed in with the form; every test has its own session. */
async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.locator("input[autocomplete=username]").fill(OWNER.username);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.locator(".link-live").first().waitFor({ state: "attached" });
}

async function notify(app: TestApp, token: string, body: object): Promise<void> {
  const answer = await app.call("POST", "//notify", { token, body });
  assert.equal(answer.status, 202, answer.text);
}

/** How many notifications the live page says it has received. */
async function received(page: Page): Promise<number> {
  return Number(await page.locator(".link-fact", { hasText: "Received" }).locator("strong").textContent());
}

/** Messages that the list of the live page draws (it draws only what is seen), newest first. */
const messages = (page: Page) => page.locator(".vlist .feed-row strong").allTextContents();

Deno.test({ name: "console in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-console-" });
  let late = 0; // milliseconds that the clock for new tokens is late
  const now = () => new Date(Date.now() - late);
  let app = await createTestApp({ dataDir, now });
  const { url } = app;
  const port = new URL(url).port;
  const browser: Browser = await launch();
  let apiToken = "";
  let first: Watched | undefined;

  try {
    await t.step("the set-up link makes the owner and signs in", async () => {
      const { page } = first = await openPage(browser, url, DESK);
      await page.goto(`${url}/`);
      await page.getByText("no owner yet").waitFor();
      await page.goto((await setupLink(app.app)).replace(/^https?:\/\/[^/]+/, url));
      await page.reload(); // the link differs from the page before by its fragment only
      await page.getByLabel("Organisation").fill("Andes");
      await page.getByLabel("E-mail").fill(OWNER.email);
      await page.getByLabel("Username").fill("-");
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Create and sign in" }).click();
      await page.locator(".field-bad").getByText("2 to 32 letters").waitFor();
      await page.getByLabel("Username").fill(OWNER.username);
      await page.getByRole("button", { name: "Create and sign in" }).click();
      await page.getByRole("heading", { name: "Dashboard" }).waitFor();
      await page.locator(".link-live").first().waitFor();
      await page.locator(".tile strong").first().waitFor();
      assertCalm(first);
    });

    await t.step("a notification sent with a token made here appears in the page and in the bell", async () => {
      const { page } = first!;
      await page.keyboard.press("g");
      await page.keyboard.press("t");
      await page.getByRole("button", { name: "New token" }).first().click();
      await page.getByLabel("Name", { exact: true }).fill("booking-api");
      await page.getByRole("button", { name: "Create token" }).click();
      apiToken = (await page.locator(".secret pre").textContent())!;
      assert.match(apiToken, /^pulpo_/);
      await page.keyboard.press("Escape"); // a secret that is shown once does not go by accident
      await page.getByRole("button", { name: "I have stored it" }).click();
      await page.keyboard.press("g");
      await page.keyboard.press("l");
      await page.getByRole("heading", { name: "Live", exact: true }).waitFor();
      await page.locator(".link-live").first().waitFor();
      await notify(app, apiToken, { type: "reserva_creada", message: "Primera reserva", data: { id: 1 } });
      await page.locator(".vlist").getByText("Primera reserva").waitFor();
      await page.locator(".rail .area-count", { hasText: "1" }).waitFor();
      await page.locator(".vlist .feed-row").first().click();
      await page.getByRole("dialog").getByText('"id": 1').waitFor();
      await page.keyboard.press("Escape");
      await page.goto(`${url}/inbox`);
      await page.locator(".inbox-row", { hasText: "Primera reserva" }).click();
      await page.locator(".bell-dot").waitFor({ state: "detached" });
      assertCalm(first!);
    });

    await t.step("the sender: nine samples, checks, one to a channel of its own", async () => {
      const { page } = first!;
      await page.goto(`${url}/live`);
      await page.locator(".link-live").first().waitFor();
      await page.getByRole("button", { name: "Send 9 samples" }).click();
      await page.locator(".vlist").getByText("Baños de Agua Santa").waitFor();
      await page.getByLabel("Data (JSON)").fill("{");
      await page.getByText("not a JSON object").waitFor();
      await page.getByLabel("Data (JSON)").fill('{"ok": true}');
      await page.getByLabel("Message").fill("Solo guías");
      await page.getByLabel("To", { exact: true }).selectOption("channel");
      await page.getByLabel("Channel", { exact: true }).fill("guias");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.locator(".vlist .feed-row", { hasText: "Solo guías" }).getByText("notify:guias").waitFor();
      await page.getByLabel("Find in notifications").fill("guias");
      await until(async () => (await messages(page)).length === 1, { what: "the filter leaves one" });
      await page.getByLabel("Find in notifications").fill("");
      assertCalm(first!);
    });

    await t.step("a server that restarts: the page resumes, loses nothing, says so", async () => {
      const { page, context } = first!;
      const before = await messages(page), count = await received(page);
      await app.stop();
      await page.locator(".link-line .link-offline").waitFor();
      // Keeps the browser away until everything was sent, so that all of it has to be recovered.
      await context.setOffline(true);
      app = await createTestApp({ dataDir, now, settings: { port } });
      assert.equal(app.url, url);
      for (let n = 1; n <= 5; n++) await notify(app, apiToken, { type: "reserva_creada", message: `Perdida ${n}` });
      await context.setOffline(false);
      await page.locator(".toast", { hasText: "5 missed notifications recovered" }).waitFor();
      await page.locator(".link-resumed", { hasText: "5 missed notifications recovered" }).waitFor();
      const expected = [5, 4, 3, 2, 1].map((n) => `Perdida ${n}`);
      await until(async () => (await received(page)) >= count + 5, { what: "all recovered" });
      assert.equal(await received(page), count + 5);
      const after = await messages(page);
      assert.deepEqual(after.slice(0, 5), expected);
      assert.deepEqual(after.slice(5), before.slice(0, after.length - 5));
      await notify(app, apiToken, { type: "reserva_creada", message: "Y sigue" });
      await page.locator(".vlist").getByText("Y sigue").waitFor();
      first!.forgive();
    });

    await t.step("a reload of the tab shows the same list again", async () => {
      const { page } = first!;
      const before = await messages(page), count = await received(page);
      await page.reload();
      await page.locator(".vlist").getByText("Y sigue").waitFor();
      await until(async () => (await received(page)) >= count, { what: "the list is back" });
      assert.deepEqual(await messages(page), before);
      assertCalm(first!);
    });

    await t.step("6,000 items: capped at 5,000 with a notice, few rows drawn, pause holds back", async () => {
      const { page } = first!;
      await page.getByRole("button", { name: "Clear", exact: true }).click();
      for (let part = 0; part < 12; part++) {
        const notifications = Array.from({ length: 500 }, (_, i) => ({
          type: i % 2 ? "tour_creado" : "reserva_creada",
          message: `Item ${part * 500 + i}`,
        }));
        await notify(app, apiToken, { notifications });
      }
      await page.locator(".vlist").getByText("Item 5999").waitFor();
      await page.getByText("Showing the newest 5,000").waitFor();
      assert.ok((await messages(page)).length < 60);
      await page.getByRole("button", { name: "Pause" }).click();
      await notify(app, apiToken, { type: "test", message: "Held back" });
      await page.getByRole("button", { name: "Resume (1 new)" }).click();
      await page.locator(".vlist").getByText("Held back").waitFor();
      assertCalm(first!);
    });

    await t.step("an access cookie that ended is renewed silently, also in two tabs at once", async () => {
      const { page, context } = first!;
      const second = await context.newPage();
      await second.goto(`${url}/inbox`);
      await second.locator(".link-live").first().waitFor();
      await context.clearCookies({ name: "pulpo_access" });
      await Promise.all([
        page.locator(".rail a[href='/users']").click(),
        second.locator(".rail a[href='/users']").click(),
      ]);
      await page.locator("tbody tr").first().waitFor();
      await second.locator("tbody tr").first().waitFor();
      await second.close();
      first!.forgive(); // the refused call that showed the end stands in the browser's log
    });

    await t.step("a socket whose token ends goes on: it authenticates again, without a reconnect", async () => {
      const watched = await openPage(browser, url, DESK);
      const { page } = watched;
      const sockets: { sent: string[]; got: string[] }[] = [];
      page.on("websocket", (socket) => {
        const sent: string[] = [], got: string[] = [];
        sockets.push({ sent, got });
        socket.on("framesent", ({ payload }) => sent.push(String(payload)));
        socket.on("framereceived", ({ payload }) => got.push(String(payload)));
      });
      // The browser has another clock; let its note of the last renewal be as old as the token is for the server.
      await page.addInitScript(() => {
        const set = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
          set.call(this, key, key === "pulpo.renewed_at" ? String(Number(value) - 13 * 60_000) : value);
        };
      });
      // A sign-in that lies 14 min 35 s back: its access token has 25 s left, and the socket is told at once.
      late = 15 * 60_000 - 25_000;
      const end = Date.now() + 25_000;
      await signIn(page, url);
      // The ticket of the socket was made by the late clock too.
      await until(() => sockets[0]?.got.some((frame) => frame.includes('"ack"')), { what: "subscribes" });
      late = 0;
      await until(() => sockets[0]!.sent.some((frame) => frame.includes('"auth"')), {
        timeoutMs: 23_000,
        what: "authenticates again",
      });
      await until(() => Date.now() > end + 1_500, { timeoutMs: 30_000, what: "the first token has ended" });
      await page.locator(".area-list a[href='/live']").click();
      await notify(app, apiToken, { type: "test", message: "Después del token" });
      await page.locator(".vlist").getByText("Después del token").waitFor();
      assert.equal(sockets.length, 1);
      assertCalm(watched);
      await watched.context.close();
    });

    for (const locale of ["en-US", "es-ES"]) {
      for (const [name, size] of [["desk", DESK], ["phone", PHONE]] as const) {
        await t.step(`every page, ${locale}, ${name}: calm and not wider than the screen`, async () => {
          const dark = name === "phone" ? "dark" : "light";
          const watched = await openPage(browser, url, { ...size, locale, colorScheme: dark });
          const { page } = watched;
          await signIn(page, url);
          assert.equal(await page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
          for (const path of PAGES) {
            await page.goto(url + path);
            await page.locator("main h1").waitFor();
            await until(async () => (await page.locator("main .skeleton").count()) === 0, {
              what: `${path} has loaded`,
            });
            assert.equal(await overflow(page), 0, `${path} is wider than the screen`);
          }
          await page.goto(`${url}/docs`);
          // Swagger draws more than a hundred calls, which takes a busy machine some time.
          await page.locator(".opblock-summary").first().click({ timeout: 60_000 });
          await page.locator(".opblock-body").first().waitFor({ timeout: 60_000 });
          assertCalm(watched);
          await watched.context.close();
        });
      }
    }

    await t.step("keyboard: skip link, shortcut list, dialogs give the focus back", async () => {
      const { page } = first!;
      await page.bringToFront();
      await page.goto(`${url}/users`);
      await page.locator("tbody tr").first().waitFor();
      await page.keyboard.press("Tab");
      const focused = () => page.evaluate(() => document.activeElement?.className);
      assert.equal(await focused(), "skip");
      await page.keyboard.press("?");
      await page.getByRole("dialog").getByText("Find on this page").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await focused(), "skip", "the focus is back where it was");
      await page.keyboard.press("/");
      assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute("data-search")));
      assertCalm(first!);
    });

    await t.step("chat settings: link previews are switched off and stay so", async () => {
      const { page } = first!;
      await page.goto(`${url}/chat-admin`);
      const previews = page.getByRole("switch", { name: "Show link previews" });
      await previews.waitFor({ state: "attached" });
      assert.equal(await previews.isChecked(), true);
      await previews.click();
      await page.getByText("Saved").first().waitFor();
      await page.reload();
      await previews.waitFor({ state: "attached" });
      assert.equal(await previews.isChecked(), false);
      assertCalm(first!);
    });

    await t.step("wrong passwords: clear words, then a countdown", async () => {
      const { page, context } = await openPage(browser, url, DESK);
      await page.goto(`${url}/audit`);
      await page.getByText("sign in to go on").waitFor();
      const button = page.locator("button[type=submit]");
      await page.locator("input[autocomplete=username]").fill("nobody");
      await until(async () => {
        if (await button.isDisabled()) return (await button.textContent())?.startsWith("Wait ");
        await page.locator("input[autocomplete=current-password]").fill("not the password");
        await button.click();
        await page.locator(".notice-bad").waitFor();
      }, { timeoutMs: 60_000, what: "the button counts down" });
      await context.close();
    });

    await t.step("signing out everywhere ends the other browser too", async () => {
      const other = await openPage(browser, url, DESK);
      await signIn(other.page, url);
      const { page } = first!;
      await page.goto(`${url}/profile`);
      await page.getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
      await page.waitForURL(`${url}/login`);
      await other.page.waitForURL(/\/login/);
    });
  } finally {
    await browser.close();
    await app.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
});
