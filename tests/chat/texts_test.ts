// Texts of messages in a real browser: a channel full of texts that are made to stop it, folding, colours of code, links,
// tasks, system lines, and parts of the page that cannot be drawn.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { heavyTexts } from "../../console/areas/chat/lib/heavy_texts.ts";
import { sql } from "../../db/sql.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage } from "../support/browser.ts";
import { api, composer, row, seed, signIn, write } from "../support/chat_browser.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

async function channel(app: TestApp, owner: Person, name: string, count = 0): Promise<string> {
  const { id } = await api(app, owner, "POST", "/channels", { name, type: "public" });
  if (count) await seed(app, id, owner, count);
  return id;
}

/** Goes through the whole channel from its end. @returns the numbers of the plain messages that were on the screen */
async function readAll(page: Page): Promise<Set<number>> {
  const seen = new Set<number>();
  await until(async () => {
    const found = await page.evaluate(() => {
      const list = document.querySelector(".chat-main .mlist")!;
      const texts = [...list.querySelectorAll(".msg")].map((one) => /Message (\d+)/.exec(one.textContent ?? "")?.[1]);
      list.scrollTop -= list.clientHeight * 0.7;
      return { texts, top: list.scrollTop === 0 };
    });
    for (const text of found.texts) if (text) seen.add(Number(text));
    return seen.has(1) && found.top;
  }, { what: "the first message", timeoutMs: 60_000 });
  return seen;
}

Deno.test(
  { name: "a channel of texts that are made to stop it shows all others and stays usable", ...browserTest },
  async () => {
    await buildConsole();
    await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
    const ana = await app.owner();
    const id = await channel(app, ana, "heavy", 100);
    const texts = heavyTexts(39_000);
    const rows = await app.app.db.rows<{ id: string }>(sql`
    select id from messages where channel_id = ${id} and substring(content from 'Message ([0-9]+)')::int % 2 = 0 order by seq`);
    const shapes = texts.slice(-rows.length);
    for (const [i, { id: message }] of rows.entries()) {
      await app.app.db.run(
        sql`update messages set content = ${shapes[i]![1].replaceAll("\0", "")} where id = ${message}`,
      );
    }
    const browser = await launch();
    try {
      const watched = await openPage(browser, app.url, DESK);
      const page = await signIn(watched, app.url, ana, `/chat/${id}`);
      for (const round of ["opened", "reloaded"]) {
        if (round === "reloaded") await page.reload();
        await composer(page).waitFor();
        const seen = await readAll(page);
        for (let n = 1; n < 100; n += 2) assert.ok(seen.has(n), `message ${n} is not there (${round})`);
        await write(page, `Still here, ${round}`);
        await row(page, `Still here, ${round}`).waitFor();
      }
      await write(page, "The end");
      await row(page, "The end").waitFor();
      assertCalm(watched);
    } finally {
      await browser.close();
    }
  },
);

Deno.test({ name: "texts: folding, colours, links, tasks, system lines", ...browserTest }, async () => {
  await buildConsole();
  await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
  const ana = await app.owner();
  const people: Person[] = [];
  for (const name of ["ben", "cleo", "dan", "eva", "fran", "gus", "hana"]) {
    people.push(await app.person("member", name));
  }
  const id = await channel(app, ana, "texts", 30);
  const last = await app.app.db.one<{ id: string }>(sql`
    select id from messages where channel_id = ${id} order by seq desc limit 1`);
  await app.app.db.run(sql`update messages set content = ${"Long words of it. ".repeat(2_167)} where id = ${last.id}`);
  for (const person of people) await api(app, person, "POST", `/channels/${id}/join`);
  const send = (content: string) => api(app, ana, "POST", `/channels/${id}/messages`, { content });
  await send('```ts\nconst a: string = "x"; // words\n```\n```klingon\nconst b\n```');
  await send("[https://bank.example](https://evil.example) and https://a.example/x_");
  await send("@ben, see #texts");
  await send("- [x] done\n- [ ] to do");
  const browser = await launch();
  try {
    const watched = await openPage(browser, app.url, DESK);
    const scripts: string[] = [];
    watched.page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    const page = await signIn(watched, app.url, ana, `/chat/${id}`);

    // Seven people joined: one line.
    const line = page.locator(".msg-system", { hasText: "joined" });
    await line.getByText("ben, cleo and 5 others joined.").waitFor();
    assert.equal(await line.count(), 1);

    // Colours come from a script of their own, as elements; a language that nobody knows stays plain.
    await page.locator(".code-keyword", { hasText: "const" }).waitFor();
    assert.equal(await page.locator(".code-string").textContent(), '"x"');
    assert.equal(await page.locator("code[data-lang=ts]").textContent(), 'const a: string = "x"; // words');
    assert.equal(await page.locator("code[data-lang=klingon] span").count(), 0);
    assert.equal(scripts.filter((path) => /^\/assets\/highlight-.*\.js$/.test(path)).length, 1);

    // Links open outside of the console and cannot reach back.
    for (const link of await page.locator(".md a[href^='https://']").all()) {
      assert.equal(await link.getAttribute("target"), "_blank");
      assert.match(await link.getAttribute("rel") ?? "", /noopener noreferrer/);
    }
    assert.equal(await page.locator(".md-leads").textContent(), " (evil.example)");
    assert.equal(await page.locator("a[href='https://a.example/x_']").textContent(), "https://a.example/x_");

    assert.equal(
      await page.locator(".md-task").first().evaluate((item) => getComputedStyle(item).listStyleType),
      "none",
    );

    // 39,000 characters: the beginning, then all of them, then the beginning again.
    const long = page.locator(`[data-id="${last.id}"]`);
    const length = () => long.locator(".md").evaluate((text) => text.textContent!.length);
    assert.ok(await length() <= 1_500);
    await long.getByRole("button", { name: "Show more (39,006 characters)" }).click();
    await until(async () => await length() > 38_000, { what: "all of it" });
    await long.getByRole("button", { name: "Show less" }).click();
    await until(async () => await length() <= 1_500, { what: "the beginning" });

    // People: "owner (you)" with a space.
    await page.goto(`${app.url}/chat/${id}?panel=people`);
    await page.locator(".people-row strong", { hasText: "(you)" }).waitFor();
    assert.match(await page.locator(".people-row strong", { hasText: "(you)" }).textContent() ?? "", /\S \(you\)$/);
    assertCalm(watched);
  } finally {
    await browser.close();
  }
});
