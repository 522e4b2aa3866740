// The pages of administration in a browser: many people at once with a result for each, presets of scopes, the audit log in words.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { createTestApp, PASSWORD, type Person } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("PULPO_TEST_SHOTS");
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
};

async function signIn(page: Page, url: string, person: Person, path: string): Promise<void> {
  await page.goto(`${url}/login?next=${encodeURIComponent(path)}`);
  await page.locator("input[autocomplete=username]").fill(person.username);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.locator(".link-live").first().waitFor({ state: "attached" });
}

Deno.test({ name: "administration in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const owner = await app.owner();
  const luis = await app.person("member", "luis");
  const browser = await launch();
  try {
    const { page } = await openPage(browser, app.url, DESK);
    await signIn(page, app.url, owner, "/users");

    await t.step("a pasted list becomes accounts, with what became of each line", async () => {
      await page.getByRole("button", { name: "Add many" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("People, one a line").fill([
        "Ana Pérez <ana@example.org>",
        "luis@somewhere.org", // the username is taken: it gets a number
        "luis@example.org", // the address is taken
        "nobody in particular",
        "ana@example.org",
      ].join("\n"));
      await dialog.getByText("2 lines cannot be used.").waitFor();
      await dialog.getByRole("button", { name: "Create 3 accounts" }).click();
      await dialog.getByText("2 of 5 created, 3 not.").waitFor({ timeout: 30_000 });
      await dialog.getByText("This address has an account already.").waitFor();
      await dialog.getByText("There is no e-mail address in this line.").waitFor();
      await dialog.getByText("This address stands in the list twice.").waitFor();
      await shot(page, "bulk");
      const password = await dialog.locator(".bulk-rows code").first().textContent();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.locator("tbody tr", { hasText: "Ana Pérez" }).waitFor();
      const login = (username: string, password: string) => app.login({ username, password });
      assert.equal((await login("ana", password!)).status, 200);
      assert.equal((await app.call("GET", "/users?q=luis2", { token: owner.access })).body.items.length, 1);
    });

    await t.step("one person with a display name", async () => {
      await page.getByRole("button", { name: "New user" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Display name").fill("Eva Núñez");
      await dialog.getByLabel("E-mail").fill("eva@example.org");
      await dialog.getByLabel("Username").fill("eva");
      await dialog.getByRole("button", { name: "Generate" }).click();
      await shot(page, "new-user");
      await dialog.getByRole("button", { name: "Create user" }).click();
      await page.locator("tbody tr", { hasText: "Eva Núñez" }).waitFor();
    });

    await t.step("a token for a chat bot: one press, a sentence for each scope", async () => {
      await page.goto(`${app.url}/tokens`);
      await page.getByRole("button", { name: "New token" }).first().click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "A chat bot" }).click();
      await dialog.getByText("Write messages in your name.").waitFor();
      await dialog.getByRole("textbox", { name: "Name" }).fill("bot");
      await shot(page, "token");
      await dialog.getByRole("button", { name: "Create token" }).click();
      await until(async () => {
        const { items } = (await app.call("GET", "/auth/tokens", { token: owner.access })).body;
        return items[0]?.scopes.includes("chat.send") && !items[0].scopes.includes("users.manage");
      });
    });

    await t.step("the audit log says what happened, from what to what; no ids, no JSON", async () => {
      await app.call("PUT", `/users/${luis.id}`, { token: owner.access, body: { role: "moderator" } });
      await page.goto(`${app.url}/audit`);
      const entry = page.locator("tbody tr", { hasText: "Changed the role of luis" });
      await entry.getByText("Role: Member → Moderator").waitFor();
      const text = await page.locator("tbody").innerText();
      assert.ok(!/[0-9a-f]{8}-[0-9a-f]{4}|\{|user\.|token\./.test(text), text);
      await shot(page, "audit");
      await entry.click();
      await page.getByRole("dialog").getByText("Member → Moderator").waitFor();
      await shot(page, "audit-entry");
    });

    await t.step("on a phone, in the dark, in Spanish", async () => {
      const phone = await openPage(browser, app.url, { ...PHONE, locale: "es-ES", colorScheme: "dark" });
      await signIn(phone.page, app.url, owner, "/audit");
      const body = phone.page.locator("tbody");
      await body.getByText(/Rol: Miembro → Moderador|Role: Member → Moderator/).first().waitFor();
      await shot(phone.page, "audit-phone");
      assert.equal(await overflow(phone.page), 0);
      await phone.page.goto(`${app.url}/users`);
      await phone.page.getByRole("button", { name: /Añadir varias|Add many/ }).click();
      await phone.page.getByRole("dialog").locator("textarea").fill("ana@example.org");
      await shot(phone.page, "bulk-phone");
      assert.equal(await overflow(phone.page), 0);

      const put = await app.call("PUT", "/auth/me", { token: owner.access, body: { locale: "es" } });
      assert.equal(put.status, 200);
      const { page } = phone;
      // What the head of a page offers stands in one line each.
      await page.goto(`${app.url}/users`);
      const heads = page.locator(".page-actions .btn");
      await heads.nth(2).waitFor();
      for (const button of await heads.all()) assert.ok((await button.boundingBox())!.height < 48);
      // The bar of the roles stays within its card.
      await page.goto(`${app.url}/roles`);
      await page.locator(".role-bar").waitFor();
      const [bar, card] = await Promise.all(
        [".role-bar", "main .card"].map((part) => page.locator(part).first().boundingBox()),
      );
      assert.ok(bar!.x >= card!.x - 0.5 && bar!.x + bar!.width <= card!.x + card!.width + 0.5);
      // Settings are named and told in Spanish, sizes and times in words.
      await page.goto(`${app.url}/server-settings`);
      const setting = (name: string) => page.locator(".settings-list li", { hasText: name });
      await setting("PULPO_EVENT_RETENTION_HOURS").getByText("3 días").waitFor();
      await setting("PULPO_SEND_QUEUE_BYTES").getByText("1 MiB").waitFor();
      assert.doesNotMatch(await page.locator("main").innerText(), /\b(the|people|how long|largest)\b/i);
      await page.getByLabel("Buscar un ajuste").fill("correo");
      await setting("PULPO_SMTP_URL").waitFor();
      assert.equal(await overflow(page), 0);
      // Where one is signed in: no line begins with a dot.
      await page.goto(`${app.url}/profile`);
      await page.locator(".devices .feed-meta").first().waitFor();
      const dots = await page.locator(".devices .feed-meta").evaluateAll((lines) =>
        lines.flatMap((line) => {
          const left = line.getBoundingClientRect().left;
          return [...line.children].filter((part) => part.getBoundingClientRect().left - left < 1).map((part) =>
            parseFloat(getComputedStyle(part, "::before").left) <
              parseFloat(getComputedStyle(line).clipPath.match(/[\d.]+px\)/)![0])
          );
        })
      );
      assert.ok(dots.length > 0 && dots.every(Boolean), "dots at the beginning are cut off");
      await page.goto(`${app.url}/audit`);
      await page.locator("tbody tr").first().waitFor();
      assert.doesNotMatch(await page.locator("tbody").innerText(), /Method|Uses|People|Removed|Group id/);
    });
  } finally {
    await browser.close();
  }
});
