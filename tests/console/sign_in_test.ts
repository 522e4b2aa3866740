// Codes and providers in a real browser: from the sign-in page to the chat and in the profile, in both languages, on a
// telephone too; what goes wrong is told.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { sql } from "../../db/sql.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { freePort, providerEnv, startProvider } from "../support/oidc_provider.ts";
import { codesFor, nextCode, wrong } from "../support/sign_in_codes.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
/** What the page of the test's provider asks for. */
const PROVIDERS_FONT = "https://fonts.googleapis.com/";
const SHOTS = Deno.env.get("PULPO_TEST_SHOTS");
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
};

Deno.test({ name: "codes and providers in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  const port = freePort(), dead = freePort();
  await using app = await createTestApp({
    settings: { sms: "log" },
    env: {
      ...providerEnv("OFFICE", port, { LABEL: "Casa del Mar" }),
      ...providerEnv("DEAD", dead, { LABEL: "Old office" }),
    },
  });
  await using provider = await startProvider(port, app.url, ["office"]);
  const owner = await app.owner();
  provider.people.ana = { email: owner.email, email_verified: true };
  provider.people.nobody = { email: "nobody@example.org", email_verified: true };
  const browser: Browser = await launch();
  /** Complaints about the console's own pages. */
  const calm = (watched: Watched) => {
    // A refused code is a refused request, which the browser logs.
    const own = watched.complaints.filter((text) =>
      !text.includes(`127.0.0.1:${port}`) && !text.includes(PROVIDERS_FONT) && !text.includes("Failed to load resource")
    );
    assert.deepEqual(own, []);
  };
  const open = async (options: Parameters<typeof openPage>[2], path: string) => {
    const watched = await openPage(browser, app.url, options);
    await watched.context.route(`${PROVIDERS_FONT}**`, (route) => route.abort());
    await watched.page.goto(app.url + path);
    return watched;
  };
  const atProvider = async (page: Page, name: string) => {
    await page.locator("input[name=login]").fill(name);
    await page.locator("input[name=password]").fill("x");
    await page.locator("button[type=submit]").click();
    await page.getByRole("button", { name: /continue/i }).click();
  };
  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
  };

  try {
    await step("through the provider to the page that was asked for", async () => {
      const a = await open(DESK, "/profile");
      await a.page.getByRole("link", { name: "Continue with Casa del Mar" }).waitFor();
      await shot(a.page, "login-desk");
      await a.page.getByRole("link", { name: "Continue with Casa del Mar" }).click();
      await atProvider(a.page, "ana");
      await a.page.getByRole("heading", { name: "Linked accounts" }).waitFor();
      assert.equal(new URL(a.page.url()).pathname, "/profile");
      await a.page.getByRole("button", { name: "Unlink" }).waitFor();
      await shot(a.page, "profile-desk");
      calm(a);
      await a.context.close();
    });

    await step("an invitation is taken up through the provider, on a telephone", async () => {
      provider.people.nina = { email: "nina@example.net", email_verified: true };
      const made = await app.call("POST", "/organization/invites", {
        token: owner.access,
        body: { role: "moderator" },
      });
      const a = await open({ ...PHONE, locale: "es-ES" }, `/register#invite=${made.body.token}`);
      await a.page.getByRole("button", { name: "Continuar con Casa del Mar" }).waitFor();
      assert.equal(await overflow(a.page), 0);
      await shot(a.page, "register-phone-es");
      await a.page.getByRole("button", { name: "Continuar con Casa del Mar" }).click();
      await atProvider(a.page, "nina");
      await a.page.waitForURL(/\/chat/);
      const { role } = await app.app.db.one<{ role: string }>(sql`
        select role from users where email = ${"nina@example.net"}`);
      assert.equal(role, "moderator");
      calm(a);
      await a.context.close();
    });

    await step(
      "somebody without an account is told so, and a provider that is down too; in Spanish, on a telephone",
      async () => {
        const a = await open({ ...PHONE, locale: "es-ES" }, "/login");
        assert.equal(await overflow(a.page), 0);
        await shot(a.page, "login-phone-es");
        await a.page.getByRole("link", { name: "Continuar con Casa del Mar" }).click();
        await atProvider(a.page, "nobody");
        await a.page.getByText("No se pudo entrar con Casa del Mar.").waitFor();
        await a.page.locator(".notice-bad").waitFor();
        await shot(a.page, "login-refused-phone-es");
        await a.page.getByRole("link", { name: "Continuar con Old office" }).click();
        await a.page.getByText("No se puede contactar con el proveedor.").waitFor();
        assert.equal(await overflow(a.page), 0);
        await shot(a.page, "login-down-phone-es");
        calm(a);
        await a.context.close();
      },
    );

    await step("a number is added in the profile and signs in, pasted into the field", async () => {
      const a = await open(DESK, "/login");
      await a.page.getByLabel("E-mail or username").fill(owner.username);
      await a.page.getByLabel("Password", { exact: true }).fill(owner.password);
      await a.page.getByRole("button", { name: "Sign in", exact: true }).click();
      await a.page.locator(".shell").first().waitFor();
      await a.page.goto(`${app.url}/profile`);
      await a.page.getByRole("button", { name: "Add a number" }).click();
      const dialog = a.page.getByRole("dialog");
      await dialog.getByLabel("Telephone number").fill("600 111 222");
      await dialog.getByRole("button", { name: "Send the code" }).click();
      await dialog.getByText("A telephone number with + and the country").waitFor();
      await dialog.getByLabel("Telephone number").fill("+34 600 111 222");
      await dialog.getByRole("button", { name: "Send the code" }).click();
      await dialog.getByLabel("Code").fill(await nextCode(app, "+34600111222", 0));
      await shot(a.page, "phone-dialog-desk");
      await dialog.getByRole("button", { name: "Confirm" }).click();
      await a.page.getByText("+34 600 111 222").first().waitFor();
      await shot(a.page, "profile-phone-desk");
      calm(a);
      await a.context.close();

      const b = await open(PHONE, "/login?next=%2Fprofile");
      await b.page.getByRole("button", { name: "Continue with a code" }).click();
      await shot(b.page, "code-ask-phone");
      await b.page.getByLabel("Telephone number").fill("+34 600-111-222");
      const before = codesFor(app, "+34600111222").length;
      await b.page.getByRole("button", { name: "Send the code" }).click();
      const field = b.page.getByLabel("Code");
      assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
      const code = await nextCode(app, "+34600111222", before);
      await field.fill(wrong(code));
      await b.page.locator(".notice-bad").waitFor();
      assert.equal(await overflow(b.page), 0);
      await shot(b.page, "code-wrong-phone");
      assert.ok(await b.page.getByRole("button", { name: /Send a new code/ }).isDisabled());
      // As it is pasted from a message; six digits are enough, no button is needed.
      await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
      await b.page.getByRole("heading", { name: "Linked accounts" }).waitFor();
      assert.equal(new URL(b.page.url()).pathname, "/profile");
      await shot(b.page, "profile-phone");

      // Without a password none is asked for: the first one is set, and then it is asked for.
      await app.app.db.run(sql`update users set password_hash = null where id = ${owner.id}`);
      await b.page.reload();
      const make = b.page.getByRole("button", { name: "Set password" });
      await make.waitFor();
      assert.equal(await b.page.getByLabel("Current password").count(), 0);
      await b.page.getByLabel("New password").fill("quite another pass phrase");
      await shot(b.page, "first-password-phone");
      assert.equal(await overflow(b.page), 0);
      await make.click();
      await b.page.getByRole("button", { name: "Change password" }).waitFor();
      await b.page.getByLabel("E-mail", { exact: true }).fill("another@example.org");
      await b.page.getByLabel("Current password").first().fill("quite another pass phrase");
      await shot(b.page, "new-address-phone");
      await b.page.getByRole("button", { name: "Save", exact: true }).first().click();
      await until(async () => {
        const row = await app.app.db.one<{ email: string }>(sql`select email from users where id = ${owner.id}`);
        return row.email === "another@example.org";
      });
      calm(b);
      await b.context.close();
    });
  } finally {
    await browser.close();
  }
});
