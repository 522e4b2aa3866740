// People in a real browser: oneself and others are there at once, statuses travel and end, pictures are cut and seen, initials
// can be read, neighbours differ. Realistic names, two people, a lost connection.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { api, signIn, write } from "../support/chat_browser.ts";
import { png } from "../support/picture_files.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("PULPO_TEST_SHOTS");
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
};

/** Colours of the pictures in a list, from above. */
const colours = (page: Page, list: string) =>
  page.locator(list).evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));

Deno.test({ name: "people in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const { url } = app;
  const browser: Browser = await launch();
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  await api(app, ana, "PUT", "/auth/me", { display_name: "Ana Gómez" });
  await api(app, luis, "PUT", "/auth/me", { display_name: "Luis Pérez" });
  const crew = [];
  for (let i = 0; i < 20; i++) crew.push(await app.person("member", `crew${i}`));
  await api(app, crew[0]!, "PUT", "/auth/me", { display_name: "María de los Ángeles Fernández-Villaverde y Castro" });
  const general = (await api(app, ana, "POST", "/channels", { name: "general", type: "public" })).id as string;
  await api(app, ana, "POST", `/channels/${general}/members`, { user_ids: [luis, ...crew].map((p) => p.id) });
  for (const person of crew) {
    await api(app, person, "POST", `/channels/${general}/messages`, { content: `Hello from ${person.username}` });
  }
  for (const person of crew.slice(0, 8)) {
    await api(app, ana, "POST", "/channels", { type: "direct", user_ids: [person.id] });
  }
  await api(app, ana, "POST", "/channels", { type: "direct", user_ids: [luis.id] });
  let a!: Watched, l!: Watched;

  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
  };
  const panelRow = (page: Page, name: string) => page.locator(".people-row", { hasText: name });

  try {
    await step("one is online to oneself as soon as the page stands, and others are as soon as they come", async () => {
      a = await openPage(browser, url, DESK);
      await signIn(a, url, ana, `/chat/${general}?panel=people`);
      const page = a.page;
      await page.getByRole("button", { name: "23", exact: true }).or(page.locator(".people-rows")).first().waitFor();
      if (!await page.locator(".people-rows").isVisible()) {
        await page.locator(".chat-head-actions").getByRole("button", { name: /people/i }).first().click();
      }
      await panelRow(page, "Ana Gómez").locator(".pdot-online").waitFor();
      await page.locator(".avatar-button .pdot-online").waitFor();
      assert.equal(await panelRow(page, "Luis Pérez").locator(".pdot-offline").count(), 1);
      l = await openPage(browser, url, DESK);
      await signIn(l, url, luis, `/chat/${general}`);
      await panelRow(page, "Luis Pérez").locator(".pdot-online").waitFor({ timeout: 3_000 });
      await shot(page, "people-panel");
    });

    await step("neighbours differ in colour: in the panel, in the list of channels, in the conversation", async () => {
      for (const list of [".people-row .cav", ".chan .cav", ".chat-main .msg-side .cav"]) {
        const found = await colours(a.page, list);
        assert.ok(found.length > 5, `${list}: ${found.length}`);
        found.forEach((colour, i) => assert.notEqual(colour, found[i - 1], `${list} at ${i}`));
      }
    });

    await step("the dot stands beside the initials, not over them", async () => {
      const covered = await a.page.locator(".cav:has(.pdot)").evaluateAll((all) =>
        all.flatMap((one) => {
          const text = one.querySelector(".cav-text");
          if (!text || !one.checkVisibility()) return [];
          const range = document.createRange();
          range.selectNodeContents(text);
          const letters = range.getBoundingClientRect(), dot = one.querySelector(".pdot")!.getBoundingClientRect();
          // Of a line's height about the lowest quarter is below the letters.
          const bottom = letters.bottom - letters.height * 0.25;
          const over = Math.min(letters.right, dot.right) - Math.max(letters.left, dot.left);
          const under = Math.min(bottom, dot.bottom) - Math.max(letters.top, dot.top);
          return over > 1 && under > 1 ? [`${one.className}: ${text.textContent} ${over} × ${under}`] : [];
        })
      );
      assert.deepEqual(covered, []);
    });

    await step(
      "a status with an end is set, seen by the other one everywhere, and survives a lost connection",
      async () => {
        const page = l.page;
        await page.locator(".avatar-button").click();
        await page.getByRole("button", { name: "Set a status" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("button", { name: "🌴 On holiday" }).click();
        assert.equal(await dialog.getByLabel("Text beside your name").inputValue(), "🌴 On holiday");
        await dialog.getByText("Busy").click();
        await shot(page, "status-dialog");
        await dialog.getByRole("button", { name: "Save" }).click();
        await dialog.waitFor({ state: "hidden" });
        await page.locator(".avatar-button .pdot-busy").waitFor();

        await panelRow(a.page, "Luis Pérez").locator(".pdot-busy").waitFor();
        await panelRow(a.page, "Luis Pérez").getByText("On holiday").first().waitFor();
        await a.page.locator(".chan", { hasText: "Luis Pérez" }).getByRole("img", { name: "🌴 On holiday" }).waitFor();
        await write(page, "Gone for a week");
        const message = a.page.locator(".chat-main .msg", { hasText: "Gone for a week" });
        await message.getByRole("img", { name: "🌴 On holiday" }).waitFor();
        await message.locator(".msg-author").click();
        await a.page.locator(".person-card").getByText("On holiday").waitFor();
        await a.page.locator(".person-card").getByText(/^until /).waitFor();
        await shot(a.page, "person-card");
        await a.page.keyboard.press("Escape");

        await page.reload();
        await page.locator(".avatar-button .pdot-busy").waitFor();
        await panelRow(a.page, "Luis Pérez").locator(".pdot-busy").waitFor();
        assertCalm(a);
        assertCalm(l);
      },
    );

    await step("a status that ends is over on both screens", async () => {
      await api(app, luis, "POST", `/users/${luis.id}/status`, {
        status: "away",
        text: "☕ Back at once",
        until: new Date(Date.now() + 2_500).toISOString(),
      });
      const mark = (page: Page) => page.getByRole("img", { name: "☕ Back at once" }).first();
      await mark(a.page).waitFor();
      await until(async () => await mark(a.page).count() === 0, { timeoutMs: 20_000 });
      await panelRow(a.page, "Luis Pérez").locator(".pdot-online").waitFor();
      await l.page.locator(".avatar-button .pdot-online").waitFor();
    });

    await step("a picture: chosen, cut with the keys, sent, seen by the other one at once, removed", async () => {
      const page = l.page;
      await page.goto(`${url}/profile`);
      await page.getByRole("button", { name: "Change picture" }).click();
      const dialog = page.getByRole("dialog");
      const file = (buffer: Buffer, name: string, mimeType: string) =>
        page.locator("input[type=file]").setInputFiles({ name, mimeType, buffer });
      await file(Buffer.from("<svg onload=alert(1)>"), "evil.png", "image/png");
      await dialog.getByText("This file is no picture").waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Save" }).isDisabled(), true);
      await file(Buffer.from(await png(900, 600)), "me.png", "image/png");
      const frame = dialog.locator("canvas");
      await frame.waitFor();
      // The left half is red: as far to the left as it goes.
      await frame.focus();
      for (let i = 0; i < 30; i++) await page.keyboard.press("ArrowRight");
      await page.keyboard.press("+");
      await shot(page, "picture-dialog");
      await dialog.getByRole("button", { name: "Save" }).click();
      await page.locator(".person-picture img").waitFor();
      await page.locator(".avatar-button img").waitFor();
      await shot(page, "profile");
      const seen = panelRow(a.page, "Luis Pérez").locator("img");
      await seen.waitFor();
      await until(() => seen.evaluate((img) => (img as HTMLImageElement).naturalWidth === 256));
      await a.page.locator(".chat-main .msg", { hasText: "Gone for a week" }).locator(".msg-side img").waitFor();
      await page.getByRole("button", { name: "Remove picture" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove picture" }).click();
      await page.locator(".person-picture .cav-text").waitFor();
      await panelRow(a.page, "Luis Pérez").locator(".cav-text").waitFor();
      l.forgive(); // the browser logs nothing of its own here, but the wrong file may
      assertCalm(a);
    });

    await step("on a phone, in the dark, in Spanish", async () => {
      const phone = await openPage(browser, url, { ...PHONE, locale: "es-ES", colorScheme: "dark" });
      await signIn(phone, url, luis, `/chat/${general}`);
      const { page } = phone;
      await page.goto(`${url}/profile`);
      await page.getByRole("button", { name: "Cambiar foto" }).waitFor();
      await shot(page, "profile-phone");
      assert.equal(await overflow(page), 0);
      await page.getByRole("button", { name: "Poner un estado" }).click();
      await page.getByRole("dialog").getByText("Ocupado").waitFor();
      await shot(page, "status-phone");
      assert.equal(await overflow(page), 0);
      const small = await page.locator(".status-option").evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().height < 40).length
      );
      assert.equal(small, 0);
      assertCalm(phone);
      await phone.context.close();
    });

    await step("people who go are seen to go", async () => {
      await l.context.close();
      await panelRow(a.page, "Luis Pérez").locator(".pdot-offline").waitFor();
    });
  } finally {
    await browser.close();
  }
});
