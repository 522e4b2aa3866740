// The second step and passkeys in a real browser: an authenticator app that the test computes, and Chromium's virtual
// authenticator. At http://localhost, where browsers take passkeys without https.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { sql } from "../../db/sql.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import { fromBase32 } from "../support/base32.ts";
import { createTestApp, PASSWORD, type Person } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("PULPO_TEST_SHOTS");
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
};

async function password(page: Page, url: string, person: Person, path = "/profile") {
  await page.goto(`${url}/login?next=${encodeURIComponent(path)}`);
  await page.locator("input[autocomplete~=username]").fill(person.username);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
}

const device = async ({ page, context }: Watched) => {
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
};

Deno.test({ name: "second factor and passkeys in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  let shift = 0;
  const now = () => new Date(Date.now() + shift);
  await using app = await createTestApp({ now, settings: { "rate-limit-per-minute": "100000" } });
  const url = app.url.replace("127.0.0.1", "localhost");
  const browser: Browser = await launch();
  const owner = await app.owner(), ana = await app.person("member", "ana");
  let secret = "", codes: string[] = [];
  const code = () => codeOfStep(fromBase32(secret), stepOf(now()));
  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
  };
  try {
    await step("set up with the app: QR, code, recovery codes once", async () => {
      const watched = await openPage(browser, url, DESK), { page } = watched;
      await password(page, url, ana);
      const card = page.locator(".card", { hasText: "Two-step sign-in" }).first();
      await card.getByText("Off").waitFor();
      await shot(page, "profile-off");
      await card.getByRole("button", { name: "Set up an authenticator app" }).click();
      await page.locator("dialog .qr").waitFor();
      secret = (await page.locator("dialog pre").innerText()).replace(/\s/g, "");
      await shot(page, "set-up");
      await page.getByLabel("Type the code that the app shows").fill("12");
      await page.getByRole("button", { name: "Switch on" }).click();
      await page.getByText("Six digits.").waitFor();
      await page.getByLabel("Type the code that the app shows").fill(code());
      await page.getByRole("button", { name: "Switch on" }).click();
      await page.locator(".recovery-codes li").nth(9).waitFor();
      codes = await page.locator(".recovery-codes code").allInnerTexts();
      await shot(page, "recovery-codes");
      // Shown once: only the button below closes it, so nothing else offers to.
      assert.equal(await page.getByRole("dialog").getByRole("button", { name: "Close" }).count(), 0);
      await page.keyboard.press("Escape");
      assert.equal(await page.locator(".recovery-codes li").count(), 10);
      await page.getByRole("button", { name: "I have stored it" }).click();
      await card.getByText("10 recovery codes left.").waitFor();
      await shot(page, "profile-on");
      assertCalm(watched);
      await watched.context.close();
    });

    await step("signing in asks for the code; a recovery code works, and its like not twice", async () => {
      const watched = await openPage(browser, url, PHONE), { page } = watched;
      await password(page, url, ana);
      const field = page.getByLabel("Code of your authenticator app");
      await field.waitFor();
      assert.ok(await field.evaluate((input) => input === document.activeElement), "the code can be typed at once");
      await field.fill("000000");
      await shot(page, "second-step");
      await page.locator("button[type=submit]").click();
      await page.getByText("The code is not right.").waitFor();
      shift += 60_000;
      await page.getByLabel("Code of your authenticator app").fill(code());
      await page.locator("button[type=submit]").click();
      await page.locator(".page-head").waitFor();
      assert.equal(await overflow(page), 0);
      await shot(page, "profile-phone");
      await watched.context.clearCookies();
      await password(page, url, ana);
      await page.getByRole("button", { name: "Use a recovery code" }).click();
      await page.getByLabel("Recovery code", { exact: true }).fill(codes[0]!);
      await shot(page, "second-step-recovery");
      await page.locator("button[type=submit]").click();
      await page.getByText("9 recovery codes left.").waitFor();
      await watched.context.close();
    });

    await step("a passkey is added, named, signs in without a name, and is removed", async () => {
      const watched = await openPage(browser, url, DESK), { page } = watched;
      await device(watched);
      shift += 60_000;
      await password(page, url, ana);
      await page.getByLabel("Code of your authenticator app").fill(code());
      await page.locator("button[type=submit]").click();
      const card = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Passkeys", exact: true }) });
      await card.getByRole("button", { name: "Add a passkey" }).click();
      const listed = card.locator(".devices li");
      await listed.first().waitFor();
      assert.match(await listed.first().innerText(), /Chrome/);
      await card.getByRole("button", { name: /^Rename/ }).click();
      await page.locator("dialog input").fill("Ana's laptop");
      await page.locator("dialog").getByRole("button", { name: "Save" }).click();
      await listed.getByText("Ana's laptop").waitFor();
      await shot(page, "passkeys");
      // A second one on the same device is refused by the device itself.
      await card.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("This device has a passkey here already.").waitFor();

      await watched.context.clearCookies();
      await page.goto(`${url}/login`);
      await page.getByRole("button", { name: "Sign in with a passkey" }).or(page.locator(".shell")).first().waitFor();
      // The browser may take the passkey by itself from the list under the name field; else the button is pressed.
      await page.getByRole("button", { name: "Sign in with a passkey" }).click({ timeout: 3_000 }).catch(() => {});
      await page.locator(".shell").waitFor();
      assert.equal(await page.evaluate(async () => (await (await fetch("/api/v1/auth/me")).json()).username), "ana");
      // Somebody who came without a password is asked for none, but for what they have.
      await app.app.db.run(sql`update users set password_hash = null where username = 'ana'`);
      await page.goto(`${url}/profile`);
      shift += 11 * 60_000;
      await page.getByText("You sign in without a password").waitFor();
      await page.getByRole("button", { name: "Delete account" }).click();
      assert.equal(await page.locator("dialog input").count(), 0);
      await page.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
      await page.getByText("Show your passkey to go on.").waitFor();
      await shot(page, "confirm-passkey");
      assert.equal(await page.locator("dialog input").count(), 0);
      await page.getByRole("dialog").last().getByRole("button", { name: "Close" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.locator("input[autocomplete=new-password]").fill(PASSWORD);
      await page.getByRole("button", { name: "Set password" }).click();
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.getByLabel("Current password").waitFor();
      shift += 11 * 60_000;
      await card.getByRole("button", { name: /^Remove/ }).click();
      await page.locator("dialog").getByRole("button", { name: "Delete" }).click();
      await page.getByText("Is it you?").waitFor();
      await shot(page, "confirm");
      await page.locator("dialog").last().locator("input[type=password]").fill(PASSWORD);
      await page.getByRole("button", { name: "Confirm" }).click();
      await until(async () => await listed.count() === 0);
      await watched.context.close();
    });

    await step("a role that needs a second factor sees nothing but the page to set one up", async () => {
      const body = { settings: { second_factor: { roles: ["viewer"] } } };
      const token = (await app.login(owner)).body.access_token;
      assert.equal((await app.call("PUT", "/organization", { token, body })).status, 200);
      const made = { email: "vera@example.org", username: "vera", password: PASSWORD, role: "viewer" };
      assert.equal((await app.call("POST", "/users", { token, body: made })).status, 201);
      const watched = await openPage(browser, url, PHONE), { page } = watched;
      await device(watched);
      await password(page, url, made as unknown as Person, "/chat");
      await page.getByText("One more lock").waitFor();
      await shot(page, "required");
      for (const path of ["/chat", "/inbox", "/profile"]) {
        await page.goto(url + path);
        await page.getByText("One more lock").waitFor();
        assert.equal(await page.locator("nav, .chat").count(), 0);
      }
      await page.getByRole("button", { name: "Set up an authenticator app" }).click();
      await page.locator(".qr").waitFor();
      await shot(page, "required-app");
      assert.equal(await overflow(page), 0);
      await page.getByRole("button", { name: "Use a passkey instead" }).click();
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.locator(".shell").waitFor();
      assertCalm(watched);
      await watched.context.close();
    });
    await step("an administrator sees who has one, and resets what somebody has lost", async () => {
      const watched = await openPage(browser, url, DESK), { page } = watched;
      await password(page, url, owner, "/users");
      const ana = page.locator("tr", { hasText: "ana@example.org" });
      await ana.getByRole("img", { name: "Second factor" }).waitFor();
      await shot(page, "users");
      await ana.getByRole("button", { name: /^Edit/ }).click();
      await page.locator("dialog").getByText("Authenticator app").waitFor();
      await shot(page, "user");
      await page.locator("dialog").getByRole("button", { name: "Reset second factor" }).click();
      await page.locator("dialog").last().locator(".btn-danger").click();
      await page.getByText("The second factors of ana are gone").waitFor();
      await page.locator("dialog").getByText("None").waitFor();
      assertCalm(watched);
      await watched.context.close();
      assert.equal((await app.login({ username: "ana", password: PASSWORD })).status, 200);
    });
  } finally {
    await browser.close();
  }
});

Deno.test({ name: "a window that is open when the rule comes shows the page by itself", ...browserTest }, async () => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const browser = await launch();
  try {
    const owner = await app.owner(), luis = await app.person("member", "luis");
    const { page } = await openPage(browser, app.url, DESK);
    await password(page, app.url, luis, "/dashboard");
    await page.locator(".link-live").first().waitFor();
    const body = { settings: { second_factor: { roles: ["member"] } } };
    assert.equal((await app.call("PUT", "/organization", { token: owner.access, body })).status, 200);
    await page.getByText("One more lock").waitFor();
  } finally {
    await browser.close();
  }
});

Deno.test({
  name: "a promotion and its end show in an open window; where nothing may be followed it is not live",
  ...browserTest,
}, async () => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const browser = await launch();
  try {
    const owner = await app.owner(), luis = await app.person("member", "luis");
    const { page } = await openPage(browser, app.url, DESK);
    await password(page, app.url, luis, "/inbox");
    await page.locator(".link-live").first().waitFor();
    const users = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" });
    assert.equal(await users.count(), 0);
    const role = async (role: string) =>
      assert.equal((await app.call("PUT", `/users/${luis.id}`, { token: owner.access, body: { role } })).status, 200);
    await role("admin");
    await users.waitFor();
    await role("member");
    await users.waitFor({ state: "detached" });
    // Rights of the whole role: what the socket follows is refused.
    const roles = async (remove: string[]) =>
      assert.equal(
        (await app.call("PUT", "/organization/roles", {
          token: owner.access,
          body: { roles: { member: { add: [], remove } } },
        })).status,
        200,
      );
    await roles(["channels.subscribe", "chat.read"]);
    await page.reload();
    await page.locator(".link-line .link-refused").waitFor();
    assert.match(await page.locator(".link-line .link-refused").innerText(), /No live updates/);
    await roles([]);
    await page.reload();
    await page.locator(".link-live").first().waitFor();
  } finally {
    await browser.close();
  }
});
