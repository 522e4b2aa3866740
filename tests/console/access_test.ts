// Roles, groups, service accounts and ownership as people do it in the console, on a phone and at a desk, in both languages; and
// what a guest finds there.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, overflow, PHONE } from "../support/browser.ts";
import { signedIn, visit } from "../support/console_world.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const shots = Deno.env.get("PULPO_SHOTS");
const look = async (page: Page, name: string) => {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
};

Deno.test({
  name: "console: roles, groups, service accounts, ownership, and a guest",
  sanitizeOps: false,
  sanitizeResources: false,
  ignore: !haveBrowser(),
  async fn() {
    await buildConsole();
    await using t = await createTestApp({ settings: { "rate-limit-per-minute": "0" } });
    const owner = await t.owner(), ana = await t.person("admin", "ana"), luis = await t.person("member", "luis");
    const guest = await t.person("guest", "visitor");
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await t.call(method, path, { token: owner.access, body });
      assert.ok(answer.status < 300, answer.text);
      return answer.body;
    };
    const browser = await launch();
    try {
      const desk = await signedIn(browser, t.url, owner, { ...DESK, locale: "en" });
      const { page } = desk;
      await visit(page, t.url, { path: "/roles", ready: ".role-table" });
      const box = (role: string, name: string) =>
        page.locator("tr", { has: page.locator(`code:text-is("${name}")`) }).getByLabel(new RegExp(`^${role}:`));
      assert.ok(await box("Guest", "audit.read").isDisabled());
      const cells = page.locator("th.role-cell, td.role-cell");
      const displays = await cells.evaluateAll((all) => all.map((cell) => getComputedStyle(cell).display));
      assert.deepEqual([...new Set(displays)], ["table-cell"], "boxes stand under the name of their role");
      await box("Member", "audit.read").check();
      await box("Member", "chat.send").uncheck();
      await page.getByText("2 changes not saved").waitFor();
      await look(page, "roles-desk");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await until(async () => (await call("GET", "/organization/roles")).roles.member.add.includes("audit.read"));
      await page.getByRole("button", { name: "Reset Member" }).click();
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await until(async () => (await call("GET", "/organization/roles")).roles.member.add.length === 0);

      await visit(page, t.url, { path: "/groups", ready: ".empty" });
      await look(page, "groups-empty");
      await page.getByRole("button", { name: "New group" }).first().click();
      await page.getByLabel("Name", { exact: true }).fill("Front desk");
      assert.equal(await page.getByLabel("Handle").inputValue(), "front-desk", "proposed from the name");
      await page.getByLabel("Handle").fill("luis");
      await page.getByRole("button", { name: "Add people" }).click();
      await page.getByRole("option", { name: /luis/ }).click();
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.locator(".group-people li").first().waitFor();
      await page.getByRole("button", { name: "Make the group" }).click();
      await page.getByText("A group or a person has this name already.").waitFor();
      await look(page, "groups-taken");
      await page.getByLabel("Handle").fill("front-desk");
      await page.getByRole("button", { name: "Make the group" }).click();
      await page.getByText("@front-desk").first().waitFor();
      assert.deepEqual((await call("GET", "/user-groups")).items[0].user_ids, [luis.id]);

      const general = (await call("GET", "/channels")).items[0].id;
      await visit(page, t.url, { path: `/chat/${general}`, ready: ".composer textarea" });
      const field = page.locator(".composer textarea");
      await field.fill("");
      await field.pressSequentially("@fron");
      await page.getByText("@front-desk").first().waitFor();
      await look(page, "group-completion");
      await page.keyboard.press("Enter");
      await page.keyboard.type("guests are here");
      await page.keyboard.press("Enter");
      await page.locator(".md-mention", { hasText: "@front-desk" }).waitFor();

      const back = await call("POST", "/channels", { name: "back-office", type: "private" });
      const inside = async () =>
        (await call("GET", `/channels/${back.id}/members`)).items.map((m: { user: { id: string } }) => m.user.id);
      await visit(page, t.url, { path: `/chat/${back.id}?panel=people`, ready: ".panel-tools .btn" });
      await page.getByRole("button", { name: "Add a group" }).click();
      await page.getByLabel("Find a group").fill("front");
      await page.getByLabel(/^Front desk/).check();
      assert.equal(await page.getByText("can take it out again").count(), 0);
      await look(page, "channel-group-add");
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("@front-desk · 1 person").waitFor();
      await page.locator(".people-sub", { hasText: "by a group" }).waitFor();
      assert.ok((await inside()).includes(luis.id));
      await look(page, "channel-group");
      const member = await signedIn(browser, t.url, luis, { ...DESK, locale: "en" });
      await visit(member.page, t.url, { path: `/chat/${back.id}?panel=people`, ready: ".panel-tools .btn" });
      await member.page.getByRole("button", { name: "Add a group" }).click();
      await member.page.getByRole("dialog").getByText("Only administrators of the channel can take it out again.")
        .waitFor();
      await member.context.close();
      await page.getByRole("button", { name: "Change Front desk" }).click();
      await page.getByRole("menuitem", { name: "Take the group out" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take the group out" }).click();
      await until(async () => !(await inside()).includes(luis.id));
      await page.locator(".people-sub", { hasText: "by a group" }).waitFor({ state: "detached" });

      await visit(page, t.url, { path: "/service-accounts", ready: ".empty" });
      await page.getByRole("button", { name: "New service account" }).first().click();
      await page.getByLabel("Username").fill("booking-bot");
      await page.getByRole("button", { name: "Make the account" }).click();
      await page.getByRole("button", { name: "New token" }).last().click();
      await page.getByLabel("Name", { exact: true }).fill("production");
      await page.locator(".scope-list label", { hasText: "chat.send" }).click();
      await look(page, "service-token");
      await page.getByRole("button", { name: "Create token" }).click();
      await page.getByText(/pulpo_\S{20}/).first().waitFor();
      await look(page, "service-secret");
      assert.equal((await call("GET", "/service-accounts")).items[0].tokens, 1);
      // The handle that was taken.
      desk.complaints.splice(0, desk.complaints.length, ...desk.complaints.filter((line) => !line.includes("409")));
      assertCalm(desk);
      await page.context().close();

      const phone = await signedIn(browser, t.url, owner, { ...PHONE, locale: "es", colorScheme: "dark" });
      for (const [path, ready] of [["/roles", ".role-table"], ["/groups", ".table"], ["/service-accounts", ".table"]]) {
        await visit(phone.page, t.url, { path: path!, ready });
        assert.equal(await overflow(phone.page), 0, path!);
        await look(phone.page, `phone-es${path!.replace("/", "-")}`);
      }
      await visit(phone.page, t.url, { path: "/organization", ready: ".form" });
      assert.equal(await overflow(phone.page), 0);
      await look(phone.page, "phone-es-organization");
      await phone.page.getByRole("button", { name: "Elegir al nuevo propietario" }).click();
      // The first choice gives way to the second; guests are not among them.
      await phone.page.getByRole("option", { name: /luis.*Miembro/ }).click();
      assert.equal(await phone.page.getByRole("option", { name: /visitor/ }).count(), 0);
      await phone.page.getByRole("option", { name: /ana.*Administrador/ }).click();
      assert.equal(await phone.page.locator(".picker-chip").count(), 1);
      await look(phone.page, "phone-es-heir");
      await phone.page.getByRole("button", { name: "Elegir al nuevo propietario" }).last().click();
      await look(phone.page, "phone-es-transfer");
      await phone.page.getByRole("button", { name: "Nombrar propietario a ana" }).click();
      await until(async () => (await t.call("GET", "/auth/me", { token: ana.access })).body.role === "owner");
      // The navigation is an administrator's.
      await phone.page.locator(".area-list a[href$='/server-settings']").waitFor({ state: "detached" });
      assert.equal(await phone.page.locator(".area-list a[href$='/users']").count(), 1);
      assertCalm(phone);
      await phone.page.context().close();

      const project = await t.call("POST", "/channels", {
        token: luis.access,
        body: { name: "project", type: "private", user_ids: [guest.id] },
      });
      assert.equal(project.status, 201, project.text);
      const visitor = await signedIn(browser, t.url, guest, { ...DESK, locale: "en" });
      await visit(visitor.page, t.url, { path: `/chat/${project.body.id}`, ready: ".composer textarea" });
      await look(visitor.page, "guest-chat");
      const told = await visitor.page.locator("body").innerText();
      for (const word of ["general", "Dashboard", "ana"]) assert.ok(!told.includes(word), `${word}:\n${told}`);
      assert.equal(await visitor.page.locator("a[href$='/live'], a[href$='/dashboard']").count(), 0);
      assert.equal(await visitor.page.locator(".main .pdot, .chan-nav .pdot").count(), 0);
      assert.equal(await visitor.page.getByRole("button", { name: "Browse channels" }).count(), 0);
      for (const path of ["/dashboard", "/live"]) {
        await visit(visitor.page, t.url, { path, ready: ".empty" });
        await visitor.page.getByText("Guests see the channels they were added to.").waitFor();
        await look(visitor.page, `guest${path.replace("/", "-")}`);
      }
      assertCalm(visitor);
      await visitor.page.context().close();
    } finally {
      await browser.close();
    }
  },
});
