// From an empty server to two people in one channel, in a browser, in both languages: the owner sets up, makes an invitation
// and copies its link; a second person opens it on a phone, makes an account and is in the default channel. Then the other
// ways in: approval, a forgotten password, a link that holds no more.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { setupLink } from "../../features/accounts/mod.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("PULPO_TEST_SHOTS");

async function shot(page: Page, name: string): Promise<void> {
  assert.equal(await overflow(page), 0, `${name}: nothing is wider than the screen`);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

const WORDS = {
  en: {
    locale: "en-US",
    invite: "Invite people",
    make: "Make link",
    invited: /invites you as: Member/,
    create: "Create account",
    forgot: "Forgot your password?",
  },
  es: {
    locale: "es-CO",
    invite: "Invitar a personas",
    make: "Crear enlace",
    invited: /te invita como: Miembro/,
    create: "Crear cuenta",
    forgot: "¿Olvidaste tu contraseña?",
  },
} as const;
type Words = typeof WORDS[keyof typeof WORDS];

async function fill(page: Page, who: string): Promise<void> {
  await page.locator("input[type=email]").fill(`${who}@example.org`);
  await page.locator("input[autocomplete=username]").fill(who);
  await page.locator("input[autocomplete=new-password]").fill(PASSWORD);
  assert.equal(await page.locator("input[type=email]").getAttribute("autocomplete"), "email");
}

async function setUp(app: TestApp, browser: Browser, words: Words): Promise<Watched> {
  const desk = await openPage(browser, app.url, { ...DESK, locale: words.locale });
  await desk.page.goto(await setupLink(app.app));
  await desk.page.locator("input[autocomplete=organization]").fill("Casa del Mar");
  await fill(desk.page, "ana");
  await desk.page.locator("button[type=submit]").click();
  await desk.page.waitForURL(`${app.url}/dashboard`);
  return desk;
}

for (const [language, words] of Object.entries(WORDS)) {
  Deno.test({
    name: `coming in, in a browser (${language}): owner, link by copy, a second person on a phone`,
    ...browserTest,
    async fn() {
      await buildConsole();
      await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
      const browser = await launch();
      try {
        const desk = await setUp(app, browser, words);
        // The list of first steps leads to the dialog.
        await desk.page.getByRole("link", { name: words.invite }).click();
        const dialog = desk.page.locator("dialog[open]");
        await dialog.locator("form").waitFor();
        await shot(desk.page, `${language}-invite-form`);
        // One of the two servers has an address that others reach, as far as the console is told.
        const away = language === "en" ? null : "https://pulpo.example";
        if (away) {
          await desk.page.route("**/organization/invites", async (route) => {
            const response = await route.fetch();
            await route.fulfill({ response, body: (await response.text()).replace(app.url, away) });
          });
        }
        await dialog.getByRole("button", { name: words.make }).click();
        const shown = await dialog.locator(".code pre").innerText(), link = away ? shown.replace(away, app.url) : shown;
        assert.match(link, new RegExp(`^${app.url}/register#invite=[\\w-]{43}$`));
        const picture = dialog.locator("svg.qr[role=img]");
        if (away) await picture.waitFor(); // its script comes when it is needed
        assert.equal(await picture.count(), away ? 1 : 0);
        assert.equal(await dialog.getByText("PULPO_PUBLIC_URL").count(), away ? 0 : 1);
        await shot(desk.page, `${language}-invite-made`);
        await dialog.locator("footer button").click();
        await desk.page.goto(`${app.url}/users?tab=invites`);
        await desk.page.locator(".card:not([hidden]) table").waitFor();
        assert.ok(!(await desk.page.content()).includes(link.split("=")[1]!), "the list does not tell the token");
        await shot(desk.page, `${language}-invites`);

        const phone = await openPage(browser, app.url, { ...PHONE, locale: words.locale });
        await phone.page.goto(link);
        await phone.page.getByText(words.invited).waitFor();
        await phone.page.getByRole("button", { name: words.create }).click();
        assert.equal(await phone.page.locator(".field-bad").count(), 3, "each problem stands under its field");
        await shot(phone.page, `${language}-register-phone`);
        await fill(phone.page, "luis");
        await phone.page.getByRole("button", { name: words.create }).click();
        await phone.page.waitForURL(/\/chat/);
        await phone.page.getByText("general").first().waitFor();
        await shot(phone.page, `${language}-chat-phone`);

        // Used up: said clearly, and no form that leads nowhere.
        const late = await openPage(browser, app.url, { ...PHONE, locale: words.locale });
        await late.page.goto(link);
        await late.page.locator(".notice-bad").waitFor();
        assert.equal(await late.page.locator("form").count(), 0);
        await shot(late.page, `${language}-used-up-phone`);
        late.forgive();
        for (const watched of [desk, phone, late]) assertCalm(watched);
      } finally {
        await browser.close();
      }
    },
  });
}

Deno.test({
  name: "coming in, in a browser: approval, forgotten password, pages at every width",
  ...browserTest,
  async fn() {
    await buildConsole();
    await using smtp = await startSmtp();
    const settings = { "rate-limit-per-minute": "100000", registration: "open", "smtp-url": smtp.url };
    await using app = await createTestApp({ settings });
    const browser = await launch();
    try {
      const words = WORDS.en;
      const desk = await setUp(app, browser, words);
      await desk.page.goto(`${app.url}/organization`);
      await desk.page.getByRole("switch", { name: "An administrator approves everybody" }).click();
      const card = desk.page.locator(".card", { hasText: "Registration" });
      await card.getByRole("button", { name: "Save" }).click();
      await desk.page.getByText("Saved").first().waitFor();
      await shot(desk.page, "organization-sign-up");

      const phone = await openPage(browser, app.url, PHONE);
      await phone.page.goto(`${app.url}/login`);
      await phone.page.getByRole("link", { name: "Register" }).click();
      await fill(phone.page, "luis");
      await shot(phone.page, "register-open-phone");
      await phone.page.getByRole("button", { name: words.create }).click();
      await phone.page.getByText("Nearly there").waitFor();
      await shot(phone.page, "waiting-phone");

      await desk.page.goto(`${app.url}/users?tab=waiting`);
      await desk.page.getByText("luis@example.org").waitFor();
      await shot(desk.page, "waiting");
      await desk.page.setViewportSize({ width: 390, height: 844 });
      await shot(desk.page, "waiting-390");
      await desk.page.setViewportSize({ width: 820, height: 1000 });
      await shot(desk.page, "waiting-820");
      await desk.page.getByRole("button", { name: "Let in" }).click();
      await desk.page.getByText("luis is in").waitFor();

      // Forgotten: the link comes by mail, its token stands behind #.
      await phone.page.goto(`${app.url}/login`);
      await phone.page.getByRole("link", { name: words.forgot }).click();
      await phone.page.locator("input[type=email]").fill("luis@example.org");
      await shot(phone.page, "reset-ask-phone");
      await phone.page.locator("button[type=submit]").click();
      await phone.page.getByText("Look into your mail").waitFor();
      const link = await until(() =>
        smtp.mails.map((mail) => /(http\S+\/reset#token=[\w-]{43})/.exec(mailText(mail))?.[1]).find(Boolean)
      );
      await phone.page.goto("about:blank");
      await phone.page.goto(link);
      await phone.page.locator("input[autocomplete=new-password]").fill("another good pass phrase");
      await shot(phone.page, "reset-new-phone");
      await phone.page.locator("button[type=submit]").click();
      await phone.page.getByText("Your password is set").waitFor();
      await phone.page.getByRole("link", { name: "Sign in" }).click();
      await phone.page.locator("input[autocomplete=username]").fill("luis");
      await phone.page.locator("input[autocomplete=current-password]").fill("another good pass phrase");
      await phone.page.locator("button[type=submit]").click();
      await phone.page.waitForURL(/\/chat/);
      // Whoever is signed in and opens an invitation is asked first.
      await phone.page.goto(`${app.url}/register`);
      await phone.page.getByRole("button", { name: "Stay signed in" }).click();
      await phone.page.waitForURL(/\/chat/);

      await desk.page.setViewportSize({ width: 1280, height: 800 });
      await desk.page.goto(`${app.url}/users`);
      await desk.page.getByRole("button", { name: "Edit luis" }).click();
      await desk.page.getByRole("button", { name: "Link for a new password" }).click();
      await desk.page.locator(".secret pre").waitFor();
      await shot(desk.page, "reset-link");
      assertCalm(desk);
      assertCalm(phone);
    } finally {
      await browser.close();
    }
  },
});
