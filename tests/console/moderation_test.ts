// The console's moderation page in a real browser: a report comes in by itself, is claimed and resolved with keys, its
// author is muted from it; the filter is tried and saved; a moderator sees, a member does not. Phone as well.
import assert from "node:assert/strict";
import { DESK, haveBrowser, launch, openPage, PHONE } from "../support/browser.ts";
import { acted, createScene, report, reports, said, say, setFilter } from "../support/moderation_app.ts";
import { PASSWORD } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const shots = Deno.env.get("SHOTS");

Deno.test({
  name: "console: moderation",
  ignore: !haveBrowser(),
  sanitizeOps: false,
  sanitizeResources: false,
}, async (test) => {
  await using scene = await createScene({});
  const { t, owner, moderator, ana, luis, channelId } = scene;
  const browser = await launch();
  const signedIn = async (name: string, path: string, options = DESK) => {
    const watched = await openPage(browser, t.url, options);
    await watched.page.goto(`${t.url}/login?next=${encodeURIComponent(path)}`);
    await watched.page.fill("input[name=username], input[autocomplete=username]", name);
    await watched.page.fill("input[type=password]", PASSWORD);
    await watched.page.keyboard.press("Enter");
    await watched.page.waitForSelector("main h1");
    return watched;
  };
  try {
    await said(t, ana, channelId, "¿Quién se encarga del informe?");
    const id = await said(t, luis, channelId, "Cállate, no tienes ni idea de nada");
    await said(t, ana, channelId, "Eso no hacía falta.");
    const { page, complaints, context } = await signedIn("moderator", "/moderation");
    const shot = async (name: string) => {
      if (!shots) return;
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await page.screenshot({ path: `${shots}/${name}-${theme}.png`, fullPage: true });
      }
      await page.emulateMedia({ colorScheme: "light" });
    };

    await test.step("a report comes in by itself, keys choose, claim and resolve it", async () => {
      await page.waitForSelector("text=Nothing to look at");
      assert.equal(await page.getByText(/^Keys: j and k/).count(), 1);
      await until(async () => (await t.call("GET", "/users/online", { token: owner.access })).body.items.length > 0);
      await report(t, ana, id, { category: "harassment", reason: "Me insulta delante de todos" });
      await page.waitForSelector(".mod-item");
      await page.keyboard.press("j");
      await page.waitForSelector(".mod-line-reported");
      assert.equal(await page.locator(".mod-line").count(), 3, "with what stands around it");
      await page.keyboard.press("c");
      await until(async () => (await reports(t, owner)).body.items[0].assigned_to?.username === "moderator");
      await shot("reports");
      await page.fill(".mod-detail textarea", "Hablado con Luis");
      await page.click("text=Act on the author");
      await page.click("dialog >> text=Mute");
      await page.fill("dialog textarea", "Insultos");
      await shot("act");
      await page.click("dialog button[type=submit]");
      await page.waitForSelector("dialog", { state: "detached" });
      await page.waitForSelector(".mod-report .badge >> text=Resolved");
      assert.equal((await say(t, luis, channelId, "x")).body.code, "muted");
      const [seen] = (await reports(t, owner)).body.items;
      assert.deepEqual([seen.status, seen.note], ["resolved", "Hablado con Luis"]);
    });

    await test.step("actions are listed as they happen, and lifted", async () => {
      await page.click(".tabs >> text=Actions");
      await page.waitForSelector("td >> text=Insultos");
      await acted(t, owner, { user_id: ana.id, action_type: "warning", reason: "Con calma" });
      await page.waitForSelector("td >> text=Con calma");
      await shot("actions");
      await page.click("tr >> text=Lift");
      await page.fill("dialog input", "Se disculpó");
      await page.click("dialog button[type=submit]");
      await page.waitForSelector("td .badge >> text=Lifted");
      await said(t, luis, channelId, "Perdón");
      await page.click("text=New action");
      await page.fill("dialog input", "lui");
      await page.click(".mod-people button");
      assert.equal(await page.inputValue("dialog input"), "luis");
      await page.keyboard.press("Escape");
    });

    await test.step("moderators try the filter, admins change it", async () => {
      await setFilter(t, owner, { words: [{ text: "idiota", action: "block" }] });
      await page.click(".tabs >> text=Filter");
      await page.fill(".mod-test textarea", "eres un 1d10ta");
      await page.waitForSelector(".mod-verdict .badge >> text=It does not go out");
      assert.equal(await page.locator(".mod-save").count(), 0, "a moderator cannot save");
      assert.deepEqual(complaints, []);
      await context.close();

      const admin = await signedIn("owner", "/moderation?tab=filter");
      await admin.page.fill(".mod-add input >> nth=0", "tonto, bobo");
      await admin.page.keyboard.press("Enter");
      await admin.page.selectOption(".mod-entries li:has-text('bobo') select", "block");
      await admin.page.fill(".mod-add input >> nth=1", "(a)\\1");
      await admin.page.keyboard.press("Enter");
      await admin.page.click(".mod-save button");
      await admin.page.waitForSelector(".mod-entries .bad-text");
      await admin.page.click(".mod-entries li:has(code) button");
      await admin.page.fill(".mod-test textarea", "qué b0b0");
      await admin.page.waitForSelector(".mod-verdict .badge >> text=It does not go out");
      if (shots) {
        await admin.page.screenshot({ path: `${shots}/filter-light.png`, fullPage: true });
        await admin.page.emulateMedia({ colorScheme: "dark" });
        await admin.page.screenshot({ path: `${shots}/filter-dark.png`, fullPage: true });
      }
      await admin.page.click(".mod-save button");
      await until(async () => (await say(t, luis, channelId, "bobo")).body.code === "message_blocked");
      assert.deepEqual(admin.complaints.filter((text) => !text.includes("422")), []);
      await admin.context.close();
    });

    await test.step("a phone shows the list or the report, in Spanish too", async () => {
      await report(t, ana, await said(t, luis, channelId, "otra vez lo mismo"), { category: "spam" });
      const phone = await signedIn("moderator", "/moderation", { ...PHONE, locale: "es-ES" });
      await phone.page.click(".mod-item");
      await phone.page.waitForSelector(".mod-report");
      assert.equal(await phone.page.locator(".mod-queue").isVisible(), false);
      const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, "nothing sticks out");
      if (shots) await phone.page.screenshot({ path: `${shots}/phone-report.png`, fullPage: true });
      await phone.page.click("text=Volver a la lista");
      await phone.page.waitForSelector(".mod-queue");
      if (shots) await phone.page.screenshot({ path: `${shots}/phone-list.png`, fullPage: true });
      for (const tab of ["actions", "filter"]) {
        await phone.page.goto(`${t.url}/moderation?tab=${tab}`);
        await phone.page.waitForSelector(tab === "actions" ? "table" : ".mod-test");
        assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, tab);
        if (shots) {
          await phone.page.emulateMedia({ colorScheme: "dark" });
          await phone.page.screenshot({ path: `${shots}/phone-${tab}.png`, fullPage: true });
        }
      }
      assert.deepEqual(phone.complaints, []);
      await phone.context.close();
    });

    await test.step("a member finds no page of this kind", async () => {
      const member = await signedIn("ana", "/moderation");
      await member.page.waitForSelector("text=See and decide reports");
      assert.equal(await member.page.locator("nav a[href='/moderation']").count(), 0);
      await member.context.close();
    });
    assert.equal(moderator.username, "moderator");
  } finally {
    await browser.close();
  }
});
