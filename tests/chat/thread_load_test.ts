// Writing in a thread whose page is still on its way: the answer of the server and the push both wait for the page, and
// the message stands there once.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage } from "../support/browser.ts";
import { api, signIn } from "../support/chat_browser.ts";
import { createTestApp } from "../support/test_app.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "chat: what is written while a thread loads stands there once", ...browserTest }, async () => {
  await buildConsole();
  await using app = await createTestApp();
  const ana = await app.owner();
  const { id } = await api(app, ana, "POST", "/channels", { name: "slow" });
  const root = await api(app, ana, "POST", `/channels/${id}/messages`, { content: "Opinions?" });
  const browser = await launch();
  try {
    const watched = await openPage(browser, app.url, DESK);
    const page = await signIn(watched, app.url, ana, `/chat/${id}`);
    // The page as it was before the reply, and it comes after it.
    const asked = Promise.withResolvers<void>(), go = Promise.withResolvers<void>();
    await page.route("**/messages/*/thread*", async (route) => {
      const response = await route.fetch();
      asked.resolve();
      await go.promise;
      await route.fulfill({ response });
    }, { times: 1 });
    const pushed = page.waitForEvent("websocket", {
      predicate: (socket) => {
        socket.on("framereceived", ({ payload }) => String(payload).includes("Written early") && seen.resolve());
        return true;
      },
    });
    const seen = Promise.withResolvers<void>();
    await page.goto(`${app.url}/chat/${id}?thread=${root.id}`);
    await pushed;
    await asked.promise;
    const panel = page.locator(".thread-panel");
    const sent = page.waitForResponse((answer) =>
      answer.request().method() === "POST" && answer.url().endsWith("/messages") && answer.ok()
    );
    await panel.locator("[data-composer=thread]").fill("Written early");
    await panel.locator("[data-composer=thread]").press("Enter");
    await Promise.all([sent, seen.promise]);
    // Both were taken when the page has drawn again.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    go.resolve();
    await panel.locator(".msg", { hasText: "Written early" }).first().waitFor();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await panel.locator(".msg", { hasText: "Written early" }).count(), 1);
    assertCalm(watched);
    await watched.context.close();
  } finally {
    await browser.close();
  }
});
