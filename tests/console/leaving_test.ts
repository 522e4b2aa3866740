// In a real browser: a closed organisation shows its owner's words and opens by itself, a part that is switched off leaves the
// navigation, others' sessions end from the profile, and an account is deleted by its person.
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { api, composer, row, signIn, write } from "../support/chat_browser.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "closing, switching off and leaving in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp();
  const { url } = app;
  const owner = await app.owner(), ana = await app.person("member", "ana");
  const browser: Browser = await launch();
  try {
    const phone = await openPage(browser, url, PHONE);
    await signIn(phone, url, ana);
    const desk = await openPage(browser, url, DESK);
    await signIn(desk, url, owner);
    await desk.page.goto(`${url}/organization`);

    await t.step("maintenance: the words are there at once, and the page is back afterwards", async () => {
      await desk.page.getByLabel(/What people read/).fill("Back at noon <b>sharp</b>");
      await desk.page.getByRole("button", { name: "Close for maintenance" }).click();
      await desk.page.getByRole("dialog").getByRole("button", { name: "Close for maintenance" }).click();
      await desk.page.getByRole("button", { name: "Open again" }).waitFor();
      await phone.page.goto(`${url}/profile`);
      await phone.page.getByRole("heading", { name: "Closed for maintenance" }).waitFor();
      await phone.page.getByText("Back at noon <b>sharp</b>").waitFor();
      assert.equal(await overflow(phone.page), 0);
      await desk.page.getByRole("button", { name: "Open again" }).click();
      await desk.page.getByRole("button", { name: "Close for maintenance" }).waitFor();
      await phone.page.getByRole("button", { name: "Try again" }).click();
      await phone.page.getByRole("heading", { name: "Profile" }).waitFor();
    });

    await t.step("a part that is switched off leaves the navigation, and comes back", async () => {
      const link = desk.page.getByRole("navigation").getByRole("link", { name: "Webhooks" }).first();
      await link.waitFor();
      const toggle = desk.page.getByRole("switch", { name: "Webhooks" });
      const question = desk.page.getByRole("dialog", { name: "Switch this off: Webhooks?" });
      await toggle.click();
      await question.getByRole("button", { name: "Cancel" }).click();
      await question.waitFor({ state: "detached" });
      assert.ok(await toggle.isChecked() && await link.isVisible());
      await toggle.click();
      await question.getByRole("button", { name: "Switch off" }).click();
      await link.waitFor({ state: "detached" });
      await toggle.click();
      await link.waitFor();
    });

    await t.step("who is in the chat when it is switched off reads so, and the navigation follows", async () => {
      const { page } = phone;
      const { id } = await api(app, ana, "POST", "/channels", { name: "terrace" });
      await page.goto(`${url}/chat/${id}`);
      await page.locator("[data-composer]").waitFor();
      await desk.page.getByRole("switch", { name: "Chat" }).click();
      await desk.page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
      await page.getByRole("heading", { name: "Switched off for this organisation: Chat" }).waitFor();
      await page.getByRole("heading", { name: "Chat", exact: true, level: 1 }).waitFor();
      const tabs = page.locator("nav.bottom > *");
      assert.ok(!(await tabs.allInnerTexts()).includes("Chat"));
      const last = (await tabs.last().boundingBox())!;
      assert.equal(Math.round(last.x + last.width), PHONE.viewport!.width, "the tabs fill the bar");
      await page.goto(`${url}/moderation`);
      await page.getByText(/Switched off for this organisation/).waitFor();
      await page.goto(`${url}/audit`);
      await page.getByText(/Read who did what in the audit log\./).waitFor();
      assert.equal(await page.getByText("Not for your role").count(), 1);
      await desk.page.getByRole("switch", { name: "Chat" }).click();
      await desk.page.getByRole("navigation").getByRole("link", { name: "Chat" }).first().waitFor();
      await page.goto(`${url}/profile`);
    });

    await t.step(
      "signing out leaves nothing of the person in the browser, in no tab; what was begun is on the server",
      async () => {
        const { id } = await api(app, ana, "POST", "/channels", { name: "plaza" });
        const watched = await openPage(browser, url, DESK), { page } = watched;
        await signIn(watched, url, ana, `/chat/${id}`);
        const other = await watched.context.newPage();
        await other.goto(`${url}/chat/${id}`);
        await composer(other).waitFor();
        await write(page, "sent");
        await row(page, "sent").waitFor();
        // A search, an unsent message in the other tab (the server cannot be reached), the beginning of a message.
        await page.evaluate(() => localStorage.setItem("pulpo.chat.searches", JSON.stringify(["secret plan"])));
        await other.route("**/messages", (route) => route.abort());
        await write(other, "never sent");
        await until(() => other.evaluate(() => sessionStorage.getItem("pulpo.chat_outbox")?.includes("never sent")));
        await composer(page).fill("half a thought");
        await page.getByRole("button", { name: /^Menu of/ }).click();
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.waitForURL(/\/login/);
        await other.waitForURL(/\/login/);
        const known = ["theme", "account_language", "language", "session", "transport", "desktop", "push_user"];
        for (const tab of [page, other]) {
          const kept = await tab.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);
          assert.deepEqual(kept.filter((key) => !known.includes(key.replace("pulpo.", ""))), []);
        }
        const { access_token } = (await app.login(ana)).body;
        const drafts = await app.call("GET", "/drafts", { token: access_token });
        assert.deepEqual(drafts.body.items.map((draft: { content: string }) => draft.content), ["half a thought"]);
        await watched.context.close();
      },
    );

    await t.step("the profile ends the other devices", async () => {
      await phone.page.getByRole("button", { name: "Sign out all others" }).click();
      await phone.page.getByRole("dialog").getByRole("button", { name: "Sign out all others" }).click();
      await until(async () => (await app.call("GET", "/auth/me", { token: ana.access })).status === 401);
      await phone.page.getByRole("button", { name: "Sign out all others", disabled: true }).waitFor();
    });

    await t.step("the last owner hears so before a password is asked for", async () => {
      const { page } = desk;
      await page.goto(`${url}/profile`);
      await page.getByRole("button", { name: "Delete account" }).click();
      const dialog = page.getByRole("dialog", { name: "Delete your account?" });
      await dialog.getByText("Make somebody else an owner first, under Users").waitFor();
      assert.equal(await dialog.locator("input").count(), 0);
      await dialog.getByRole("button", { name: "Close" }).last().click();
      await dialog.waitFor({ state: "detached" });
    });

    await t.step("an account is deleted with its password, and nothing of it is left to come in with", async () => {
      await phone.page.getByRole("button", { name: "Delete account" }).click();
      const dialog = phone.page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Delete account" }).click();
      await dialog.getByText("Please fill this in.").waitFor();
      await dialog.getByLabel("Your password").fill(ana.password);
      await dialog.getByRole("button", { name: "Delete account" }).click();
      await phone.page.waitForURL(/\/login/);
      assert.equal((await app.login(ana)).status, 401);
      const left = await api(app, owner, "GET", "/users?q=ana");
      assert.deepEqual(left.items, []);
    });
  } finally {
    await browser.close();
  }
});
