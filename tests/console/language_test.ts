// The language of an account: it follows the browser that signs in until the person chooses one; then mails, notifications
// and what the console tells follow the choice. And in a browser: the choice in Profile goes to the account and to the next
// device, and no form of a Spanish console shows the server's English.
import assert from "node:assert/strict";
import { wantedLanguage } from "../../routes/http/env.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch } from "../support/browser.ts";
import { signedIn, visit } from "../support/console_world.ts";
import { createTestApp, PASSWORD, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

Deno.test("the language that a client asks for: the best of those that texts exist in", () => {
  const cases: [string | undefined, string | null][] = [
    [undefined, null],
    ["*", null],
    ["es-MX,es;q=0.9,en;q=0.8", "es-MX"],
    ["fr-FR,fr;q=0.9,es;q=0.3,en;q=0.5", "en"],
    ["fr, de;q=0.7", null],
    ["es;q=0, en", "en"],
    ["en-US;q=nonsense, es;q=0.2", "es"],
    [`${"x,".repeat(5000)}es`, null],
    ["es'; drop table users", null],
  ];
  for (const [header, expected] of cases) {
    assert.equal(wantedLanguage(header), expected, header?.slice(0, 60) ?? "absent");
  }
});

for (const db of testedKinds()) {
  Deno.test(`the language of an account: followed, then chosen (${db})`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const luis = await t.person("member", "luis");
    const signIn = async (person: Person, language: string) => {
      const body = { username: person.username, password: PASSWORD };
      const answer = await t.call("POST", "/auth/login", { body, headers: { "accept-language": language } });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.user;
    };
    const me = async (person: Person) => (await t.call("GET", "/auth/me", { token: person.access })).body;
    assert.deepEqual([(await me(luis)).locale, (await me(luis)).locale_chosen], ["en", false]);
    assert.equal((await signIn(luis, "es-MX,es;q=0.9")).locale, "es-MX");
    assert.equal((await signIn(luis, "fr")).locale, "es-MX", "a language without texts changes nothing");
    assert.equal((await signIn(luis, "en-GB")).locale, "en-GB");
    const chosen = await t.call("PUT", "/auth/me", { token: luis.access, body: { locale: "es" } });
    assert.deepEqual([chosen.body.locale, chosen.body.locale_chosen], ["es", true]);
    assert.equal((await signIn(luis, "en-GB")).locale, "es", "a choice stays");
    const { body: seen } = await t.call("GET", `/users/${luis.id}`, { token: owner.access });
    assert.equal("locale_chosen" in seen, false, "others are not told");

    const { body: channel } = await t.call("POST", "/channels", {
      token: owner.access,
      body: { name: "general", user_ids: [luis.id] },
    });
    await t.call("PUT", "/auth/me", { token: owner.access, body: { display_name: "Ana María Restrepo" } });
    await t.call("POST", `/channels/${channel.id}/messages`, { token: owner.access, body: { content: "@luis hola" } });
    await until(async () => {
      const { body } = await t.call("GET", "/notifications", { token: luis.access });
      return body.items.some((item: { message: string }) =>
        item.message.startsWith("Ana María Restrepo te mencionó en #general")
      );
    }, { what: "the inbox is in Spanish, with the display name" });

    await t.call("PUT", "/auth/me", { token: owner.access, body: { locale: "es" } });
    const body = { email: "eva@example.org", username: "eva", password: PASSWORD };
    const made = await t.call("POST", "/users", { token: (await t.login(owner)).body.access_token, body });
    assert.equal(made.body.locale, "es", "a new account begins with the language of whoever made it");
  });
}

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "the language in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const { url } = app;
  const owner = await app.owner();
  await app.person("member", "luis");
  const browser = await launch();
  const language = (page: { evaluate: (f: () => string) => Promise<string> }) =>
    page.evaluate(() => document.documentElement.lang);
  try {
    await t.step("nothing chosen: each console speaks its browser's language, and the account follows", async () => {
      const spanish = await signedIn(browser, url, owner, { ...DESK, locale: "es-ES" });
      assert.equal(await language(spanish.page), "es");
      assert.match((await app.call("GET", "/auth/me", { token: owner.access })).body.locale, /^es/);
      await spanish.context.close();
    });

    await t.step("the choice in Profile is the account's: the next device speaks it", async () => {
      const first = await signedIn(browser, url, owner, { ...DESK, locale: "en-US" });
      assert.equal(await language(first.page), "en");
      await visit(first.page, url, { path: "/profile" });
      await first.page.getByLabel("Language").selectOption("es");
      await first.page.getByRole("heading", { name: "Perfil" }).waitFor();
      await until(async () => (await app.call("GET", "/auth/me", { token: owner.access })).body.locale_chosen, {
        what: "the account knows",
      });
      const second = await signedIn(browser, url, owner, { ...DESK, locale: "en-US" });
      await until(async () => await language(second.page) === "es", { what: "the other device speaks it" });
      assertCalm(first);
      await first.context.close();
      await second.context.close();
    });

    await t.step("a Spanish console: forms that the server refuses are in Spanish", async () => {
      const watched = await signedIn(browser, url, owner, { ...DESK, locale: "es-ES" });
      const { page } = watched;
      await visit(page, url, { path: "/users", ready: "tbody tr" });
      await page.keyboard.press("n");
      const dialog = page.getByRole("dialog");
      await dialog.locator("input[type=email]").fill("otra@example.org");
      await dialog.locator("input[autocapitalize=none]").first().fill("luis");
      await dialog.locator("input[autocomplete=new-password]").fill(PASSWORD);
      await dialog.locator("button[type=submit]").click();
      await dialog.getByText("Este nombre ya existe.").first().waitFor();
      assert.doesNotMatch(await dialog.innerText(), /taken|already/i);
      watched.forgive(); // the refused call stands in the browser's log
      await watched.context.close();
    });
  } finally {
    await browser.close();
  }
});
