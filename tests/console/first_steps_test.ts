// The first steps of an organisation: each ticks itself by what is there, and a person puts the list away.
import assert from "node:assert/strict";
import { runAdminCommand } from "../../server/commands/run.ts";
import type { Database } from "../../db/open.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch, PHONE } from "../support/browser.ts";
import { signedIn } from "../support/console_world.ts";
import { startSmtp } from "../support/smtp_stand_in.ts";
import { channelsOf } from "../support/transfer_app.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

for (const kind of testedKinds()) {
  Deno.test(`first steps (${kind}): they tick themselves, one by one, and can be put away`, async () => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner();
    const steps = async (token = owner.access) => {
      const answer = await t.call("GET", "/organization/first-steps", { token });
      assert.equal(answer.status, 200, answer.text);
      return answer.body as { items: { id: string; done: boolean; command?: string }[]; hidden: boolean };
    };
    const done = async (token?: string) => (await steps(token)).items.filter((s) => s.done).map((s) => s.id);
    assert.deepEqual((await steps()).items.map((s) => s.id), ["people", "message", "notification", "mail", "backup"]);
    assert.deepEqual(await done(), []);

    const luis = await t.person("member", "luis");
    assert.deepEqual(await done(), ["people"]);
    assert.equal((await t.call("GET", "/organization/first-steps", { token: luis.access })).status, 403);
    assert.equal(
      (await t.call("PUT", "/organization/first-steps", { token: luis.access, body: { hidden: true } })).status,
      403,
    );

    const [general] = await channelsOf(t, owner.access);
    await t.call("POST", `/channels/${general!.id}/messages`, { token: luis.access, body: { content: "Hola" } });
    assert.deepEqual(await done(), ["people", "message"]);
    await t.call("POST", "//notify", { token: owner.access, body: { type: "test", message: "Hola" } });
    assert.deepEqual(await done(), ["people", "message", "notification"]);

    // Another organisation has done nothing of this.
    const stranger = await t.stranger();
    assert.deepEqual(await done(stranger.access), []);

    const command = (await steps()).items.at(-1)!.command!;
    assert.match(command, /^\.\/pulpo backup \S+ --files \S+ --data-dir \//);
    const database = { db: t.app.db, snapshot: t.app.snapshot } as Database;
    const host = { app: t.app, database };
    const nowhere = { write: () => Promise.resolve(), progress() {} };
    await runAdminCommand(host, { name: "backup", flags: {} }, nowhere);
    assert.deepEqual(await done(), ["people", "message", "notification"], "it is not yet where it belongs");
    await runAdminCommand(host, { name: "backup saved", flags: {} });
    assert.deepEqual(await done(), ["people", "message", "notification", "backup"]);

    const hide = (hidden: boolean) =>
      t.call("PUT", "/organization/first-steps", { token: owner.access, body: { hidden } });
    assert.equal((await hide(true)).body.hidden, true);
    assert.equal((await hide(true)).body.hidden, true);
    assert.equal((await steps()).hidden, true);
    assert.equal((await steps(stranger.access)).hidden, false);
    assert.equal((await hide(false)).body.hidden, false);

    await using smtp = await startSmtp();
    await using mailing = await createTestApp({ db: kind, settings: { "smtp-url": smtp.url } });
    const { body } = await mailing.call("GET", "/organization/first-steps", { token: (await mailing.owner()).access });
    assert.deepEqual(body.items.filter((s: { done: boolean }) => s.done).map((s: { id: string }) => s.id), ["mail"]);
  });
}

Deno.test({ name: "first steps in a browser: put away and brought back", ...browserTest }, async () => {
  await buildConsole();
  await using t = await createTestApp();
  const owner = await t.owner();
  const browser = await launch();
  try {
    const watched = await signedIn(browser, t.url, owner, PHONE);
    const { page } = watched;
    const list = page.locator(".steps-list"), again = page.getByRole("button", { name: "Show the first steps again" });
    await page.goto(t.url);
    await list.waitFor();
    assert.equal(await again.count(), 0);
    await page.getByRole("button", { name: "Put away" }).click();
    await list.waitFor({ state: "detached" });
    // Also after a reload, and in another browser that knows nothing of it.
    await page.reload();
    await again.waitFor();
    assert.equal(await list.count(), 0);
    const other = await signedIn(browser, t.url, owner, PHONE);
    await other.page.goto(t.url);
    await other.page.getByRole("button", { name: "Show the first steps again" }).click();
    await other.page.locator(".steps-list").waitFor();
    assertCalm(other);
    await other.context.close();
    await again.click();
    await list.waitFor();
    await page.reload();
    await list.waitFor();
    assertCalm(watched);
  } finally {
    await browser.close();
  }
});
