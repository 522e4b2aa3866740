// Chat in a real browser against the real server: two people at once, threads, mentions, reactions, edits, files, a
// connection that is lost, a channel of 100,000 messages, hostile texts, keys, and a phone.
// long file: each step builds on what the ones before it did in the same two browsers
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE, type Watched } from "../support/browser.ts";
import {
  api,
  composer,
  cut,
  firstSeen,
  holdSockets,
  row,
  seed,
  signIn,
  toEnd,
  write,
} from "../support/chat_browser.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";
import { HOSTILE } from "../../console/areas/chat/lib/hostile_texts.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "chat in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  const app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const { url } = app;
  const browser: Browser = await launch();
  const ana = await app.owner();
  const luis = await app.person("member", "luis");
  const eva = await app.person("member", "eva");
  let a!: Watched, l!: Watched;
  let general = "";

  /** What follows builds on what went before. */
  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, run)) throw new Error(`stopped after: ${name}`);
  };

  try {
    await step("first visit: the channel that everybody is in, and a new one with people in it", async () => {
      a = await openPage(browser, url, DESK);
      await holdSockets(a);
      const page = await signIn(a, url, ana);
      await page.getByRole("heading", { name: "This is the beginning of #general" }).waitFor();
      const everybodys = page.url();
      await page.locator("[data-new]").click();
      await page.getByRole("menuitem", { name: "Create a channel" }).click();
      await page.getByLabel("Name", { exact: true }).fill("plaza");
      await page.getByRole("button", { name: "Create channel" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Not now" }).waitFor();
      await page.waitForURL((address) => /\/chat\/[0-9a-f-]{36}$/.test(address.href) && address.href !== everybodys);
      await page.getByRole("dialog").getByLabel("Name or username").fill("lui");
      await page.getByRole("dialog").getByRole("option", { name: "luis" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      general = page.url().split("/").at(-1)!;
      await page.getByRole("heading", { name: "This is the beginning of #plaza" }).waitFor();
      await page.locator(".msg-system", { hasText: "added luis" }).waitFor();
      assertCalm(a);
    });

    await step("two people: a message is there at once for both, once, and who writes is shown", async () => {
      l = await openPage(browser, url, DESK);
      const other = await signIn(l, url, luis, `/chat/${general}`);
      await composer(other).waitFor();
      await composer(other).pressSequentially("Ho");
      await a.page.locator(".typing", { hasText: "luis is writing" }).waitFor();
      await composer(other).fill("á".repeat(8_193));
      await other.getByText("Too long by 2 bytes: at most 16,384.").waitFor();
      assert.ok(await other.getByRole("button", { name: "Send", exact: true }).isDisabled());
      await composer(other).fill("á".repeat(8_192));
      await other.getByText("Too long by").waitFor({ state: "detached" });
      assert.ok(await other.getByRole("button", { name: "Send", exact: true }).isEnabled());
      await write(other, "Hola a **todos**");
      await row(a.page, "Hola a todos").waitFor();
      assert.equal(await row(a.page, "Hola a todos").locator("strong").textContent(), "todos");
      await write(a.page, "Bienvenido, luis");
      await row(other, "Bienvenido, luis").waitFor();
      await until(async () => await a.page.locator(".msg-sending").count() === 0, { what: "sent" });
      for (const page of [a.page, other]) {
        assert.equal(await row(page, "Hola a todos").count(), 1);
        assert.equal(await row(page, "Bienvenido, luis").count(), 1);
      }
      assert.equal(await composer(other).inputValue(), "");
    });

    await step("reactions, edits and deletions reach the other; the history is there", async () => {
      const mine = row(l.page, "Hola a todos");
      await mine.hover();
      await mine.getByRole("button", { name: "React with 👍" }).click();
      await row(a.page, "Hola a todos").locator(".reaction", { hasText: "1" }).waitFor();
      await row(a.page, "Hola a todos").locator(".reaction").first().click();
      await row(l.page, "Hola a todos").locator(".reaction-own", { hasText: "2" }).waitFor();
      // ↑ in the empty composer edits the last own message.
      await composer(l.page).press("ArrowUp");
      await l.page.locator(".edit-box textarea").fill("Hola a todas");
      await l.page.keyboard.press("Enter");
      await row(a.page, "Hola a todas").getByText("(edited)").click();
      await a.page.getByRole("dialog").getByText("Hola a todos").waitFor();
      await a.page.keyboard.press("Escape");
      await write(l.page, "Esto sobra");
      const gone = row(l.page, "Esto sobra");
      await gone.hover();
      await gone.getByRole("button", { name: "More" }).click();
      await l.page.getByRole("menuitem", { name: "Delete" }).click();
      await l.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await row(a.page, "This message was deleted.").waitFor();
      assert.equal(await row(a.page, "Esto sobra").count(), 0);
    });

    await step("a thread: replies, counts, following, and the list of threads", async () => {
      const root = row(a.page, "Bienvenido, luis");
      await root.hover();
      await root.getByRole("button", { name: "Reply in thread" }).click();
      const panel = a.page.locator(".thread-panel");
      await panel.locator("[data-composer=thread]").fill("¿Qué tal?");
      await panel.locator("[data-composer=thread]").press("Enter");
      await panel.locator(".msg", { hasText: "¿Qué tal?" }).waitFor();
      await row(l.page, "Bienvenido, luis").locator(".thread-link", { hasText: "1 reply" }).click();
      const theirs = l.page.locator(".thread-panel");
      await theirs.locator(".msg", { hasText: "¿Qué tal?" }).waitFor();
      await theirs.locator("[data-composer=thread]").fill("Todo bien");
      await theirs.locator("[data-composer=thread]").press("Enter");
      await panel.locator(".msg", { hasText: "Todo bien" }).waitFor();
      await row(a.page, "Bienvenido, luis").locator(".thread-link", { hasText: "2 replies" }).waitFor();
      assert.equal(await a.page.locator(".chat-main .msg", { hasText: "Todo bien" }).count(), 0);
      await a.page.keyboard.press("Escape");
      await panel.waitFor({ state: "detached" });
      await l.page.keyboard.press("Escape");
      await theirs.waitFor({ state: "detached" });
      await a.page.goto(`${url}/chat/threads`);
      await a.page.locator(".thread-item", { hasText: "Bienvenido" }).waitFor();
    });

    await step("a mention: emphasised, counted in the list and in the title, gone once it is read", async () => {
      await composer(l.page).pressSequentially("Hola @own");
      await l.page.locator(".completion [role=option]", { hasText: "@owner" }).waitFor();
      await l.page.keyboard.press("Enter");
      await composer(l.page).press("Enter");
      const entry = a.page.locator(`a.chan[data-channel="${general}"]`);
      await entry.locator(".count", { hasText: "1" }).waitFor();
      await until(async () => (await a.page.title()).startsWith("(1)"), { what: "the title counts" });
      await entry.click();
      await a.page.locator(".msg-calls .md-mention-me").waitFor();
      await entry.locator(".count").waitFor({ state: "detached" });
      await until(async () => !(await a.page.title()).startsWith("("), { what: "the title is quiet" });
    });

    await step("files: a picture with its size and the large view, a file to download", async () => {
      await l.page.locator(".composer input[type=file]").setInputFiles([
        { name: "dot.png", mimeType: "image/png", buffer: PNG },
        { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("one\ntwo\n") },
      ]);
      await until(async () => await l.page.locator(".upload-done").count() === 2, { what: "both are up" });
      await write(l.page, "Dos archivos");
      const there = row(a.page, "Dos archivos");
      await there.locator(".file-card", { hasText: "notes.txt" }).waitFor();
      await there.locator(".file-image").click();
      await a.page.locator(".lightbox[open] > img").waitFor();
      await a.page.keyboard.press("Escape");
      await a.page.locator(".lightbox").waitFor({ state: "detached" });
      assertCalm(a);
      assertCalm(l);
    });

    await t.step(
      "a lost connection: what was written here goes out, what was missed comes, nothing twice",
      async () => {
        await cut(a);
        for (let n = 1; n <= 5; n++) {
          await api(app, luis, "POST", `/channels/${general}/messages`, { content: `Perdido ${n}` });
        }
        await write(a.page, "Escrito sin red");
        await a.page.locator(".msg-sending", { hasText: "Escrito sin red" }).waitFor();
        await a.context.setOffline(false);
        await row(a.page, "Perdido 5").waitFor();
        await until(async () => await a.page.locator(".msg-sending").count() === 0, {
          what: "it has gone out",
          timeoutMs: 30_000,
        });
        const texts = await a.page.locator(".chat-main .msg .md").allTextContents();
        const order = texts.map((text) => text.trim()).filter((text) => /^(Perdido|Escrito)/.test(text));
        assert.deepEqual(order, ["Perdido 1", "Perdido 2", "Perdido 3", "Perdido 4", "Perdido 5", "Escrito sin red"]);
        await row(l.page, "Escrito sin red").waitFor();
        assert.equal(await row(l.page, "Escrito sin red").count(), 1);
        a.forgive();
      },
    );

    await step("hostile texts do nothing", async () => {
      const dialogs: string[] = [];
      a.page.on("dialog", (dialog) => {
        dialogs.push(dialog.message());
        dialog.dismiss();
      });
      const made = await api(app, ana, "POST", "/channels", { name: "hostile", user_ids: [luis.id] });
      let last = { id: "" };
      for (const content of HOSTILE) last = await api(app, luis, "POST", `/channels/${made.id}/messages`, { content });
      // What is unread would open at its beginning.
      await api(app, ana, "POST", `/channels/${made.id}/read`, { message_id: last.id });
      await a.page.goto(`${url}/chat/${made.id}`);
      await row(a.page, HOSTILE.at(-1)!.slice(0, 12)).first().waitFor();
      for (let up = 0; up < 8; up++) {
        await a.page.locator(".chat-main .mlist").evaluate((list) => list.scrollBy(0, -600));
        const bad = await a.page.evaluate(() => {
          const inside = [...document.querySelectorAll(".md *")];
          return inside.filter((element) =>
            /^(script|img|iframe|object|embed|svg|math|form|input|style|base|link|meta|video|audio)$/i.test(
              element.tagName,
            ) ||
            [...element.attributes].some((attribute) => /^on|^style$|^srcdoc$|^id$|^name$/i.test(attribute.name)) ||
            /^(javascript|data|vbscript|blob|file):/i.test(element.getAttribute("href") ?? "")
          ).map((element) => element.outerHTML);
        });
        assert.deepEqual(bad, []);
      }
      assert.equal(await a.page.evaluate(() => (globalThis as { owned?: unknown }).owned), undefined);
      assert.deepEqual(dialogs, []);
      assertCalm(a); // no request to another host, no policy violation
    });

    await step("100,000 messages: few nodes, scrolling keeps its place, a date, back to the end", async () => {
      const big = await api(app, ana, "POST", "/channels", { name: "big", user_ids: [luis.id] });
      await seed(app, big.id, luis, 100_000);
      const page = a.page;
      await page.goto(`${url}/chat/${big.id}`);
      await row(page, "Message 100000").waitFor();
      assert.ok(await toEnd(page) < 2, "it begins at the end");
      let lowest = 100_000;
      for (let step = 0; step < 40; step++) {
        const before = await firstSeen(page);
        const after = await until(async () => {
          await page.locator(".chat-main .mlist").evaluate((list) => list.scrollBy(0, -300));
          const now = await firstSeen(page);
          return now.n <= before.n - 10 ? now : null;
        }, { what: `scrolling up from ${before.n}`, everyMs: 30 });
        assert.ok(before.n - after.n < 60, `a jump from ${before.n} to ${after.n}`);
        lowest = Math.min(lowest, after.n);
        assert.ok(await page.locator(".chat-main .mrow").count() < 140, "few rows are drawn");
      }
      assert.ok(lowest < 99_650, `scrolled to ${lowest}`);
      // What is on the screen is without a gap.
      const seen = await numbers(page);
      for (let i = 1; i < seen.length; i++) assert.equal(seen[i], seen[i - 1]! + 1);
      // A message that comes now does not move the view.
      const place = await firstSeen(page);
      await api(app, luis, "POST", `/channels/${big.id}/messages`, { content: "Something new" });
      await page.locator(".mlist-latest", { hasText: "1 new message" }).waitFor();
      assert.deepEqual(await firstSeen(page), place);
      const day = new Date(Date.now() - 30 * 86_400_000);
      const date = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${
        String(day.getDate()).padStart(2, "0")
      }`;
      await page.locator(".date-jump input").evaluate((field, value) => {
        (field as HTMLInputElement).value = value;
        field.dispatchEvent(new Event("change", { bubbles: true }));
      }, date);
      const marked = page.locator(".msg-marked time").first();
      await marked.waitFor();
      const at = new Date((await marked.getAttribute("datetime"))!);
      assert.equal(at.toDateString(), day.toDateString());
      await page.locator(".mlist-latest").click();
      await row(page, "Something new").waitFor();
      await until(async () => await toEnd(page) < 2, { what: "at the end" });
      assertCalm(a);
    });

    await step("keys: Ctrl+K, Alt+arrows, Esc; the address of a message jumps to it", async () => {
      const { page } = a;
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").getByRole("combobox").fill("plaz");
      await page.getByRole("dialog").getByRole("option", { name: "plaza" }).waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(`${url}/chat/${general}`);
      await page.keyboard.press("Alt+ArrowDown");
      await until(() => !page.url().endsWith(general), { what: "the next channel" });
      await page.keyboard.press("Alt+ArrowUp");
      await page.waitForURL(`${url}/chat/${general}`);
      await page.keyboard.press("Control+k");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const { items } = await api(app, ana, "GET", `/channels/${general}/messages?limit=200`);
      const oldest = items.find((item: { content: string }) => item.content.startsWith("Bienvenido"));
      await page.goto(`${url}/chat/${general}/${oldest.id}`);
      await page.locator(`.msg-marked[data-id="${oldest.id}"]`).waitFor();
      assertCalm(a);
    });

    await step("taken out of a channel while looking at it; archived: read only", async () => {
      const made = await api(app, ana, "POST", "/channels", { name: "secret", type: "private", user_ids: [luis.id] });
      await l.page.locator(`a.chan[data-channel="${made.id}"]`).click();
      await composer(l.page).waitFor();
      await api(app, ana, "DELETE", `/channels/${made.id}/members/${luis.id}`);
      await l.page.getByRole("heading", { name: "You are no longer in this channel" }).first().waitFor();
      const old = await api(app, ana, "POST", "/channels", { name: "old", user_ids: [luis.id] });
      await l.page.locator(`a.chan[data-channel="${old.id}"]`).click();
      await composer(l.page).waitFor();
      await api(app, ana, "PUT", `/channels/${old.id}`, { is_archived: true });
      await l.page.locator(".composer-closed", { hasText: "archived" }).waitFor();
      l.forgive();
    });

    await step("direct messages: begun from the list, counted for the other", async () => {
      const { page } = l;
      await page.goto(`${url}/chat/${general}`);
      await page.getByRole("button", { name: "New", exact: true }).click();
      await page.getByRole("menuitem", { name: "New direct message" }).click();
      await page.getByRole("dialog").getByLabel("Name or username").fill("eva");
      await page.getByRole("dialog").getByRole("option", { name: "eva" }).waitFor();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "eva" }).first().waitFor();
      await write(page, "Hola Eva");
      await row(page, "Hola Eva").waitFor();
      const e = await openPage(browser, url, PHONE);
      const phone = await signIn(e, url, eva);
      await phone.locator("a.chan", { hasText: "luis" }).locator(".count", { hasText: "1" }).waitFor();
      assert.equal(await overflow(phone), 0);
      await phone.locator("a.chan", { hasText: "luis" }).click();
      await row(phone, "Hola Eva").waitFor();
      assert.equal(await overflow(phone), 0);
      await page.locator(".receipts", { hasText: "Seen" }).waitFor();
      await composer(phone).fill("Hola, luis");
      await phone.getByRole("button", { name: "Send", exact: true }).click();
      await row(page, "Hola, luis").waitFor();
      await page.locator(".receipts").waitFor({ state: "detached" }); // the newest message is not one's own
      await phone.locator(".receipts", { hasText: "Seen" }).waitFor();
      await phone.getByRole("button", { name: "Back" }).click();
      await phone.locator("a.chan", { hasText: "luis" }).waitFor();
      assertCalm(e);
      await e.context.close();
    });
  } finally {
    await browser.close();
    await app.stop();
    await Deno.remove(app.dataDir, { recursive: true }).catch(() => {});
  }
});

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Numbers of the messages that are drawn, in order. */
async function numbers(page: Page): Promise<number[]> {
  const texts = await page.locator(".chat-main .msg .md").allTextContents();
  return texts.flatMap((text) => /^Message (\d+)/.exec(text.trim())?.[1] ?? []).map(Number);
}
