// Cards in a real browser: what other programs post is drawn as cards, in light and dark, on a desk and a phone, without
// loading anything from outside; a click reaches the program.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { api, signIn } from "../support/chat_browser.ts";
import { png } from "../support/picture_files.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const SHOTS = Deno.env.get("SHOTS");
const CASES = new URL("../support/hook_cases/", import.meta.url);

Deno.test({ name: "cards in a browser", ...browserTest }, async (t) => {
  await buildConsole();
  const clicks: string[] = [];
  const picture = await png(320, 180);
  const outside = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    if (request.method === "GET") {
      return new Response(new Uint8Array(picture), { headers: { "content-type": "image/png" } });
    }
    clicks.push(await request.text());
    return new Response("ok");
  });
  const base = `http://127.0.0.1:${outside.addr.port}`;
  const app = await createTestApp({ settings: { "rate-limit-per-minute": "100000", "webhook-private": "allow" } });
  const ana = await app.owner();
  const team = (await app.call("POST", "/channels", { token: ana.access, body: { name: "alerts" } })).body;
  const hook = (await app.call("POST", "/webhooks/incoming", {
    token: ana.access,
    body: { name: "CI", channel: `channel:${team.id}`, action_url: `${base}/clicks` },
  })).body;
  const post = async (body: unknown) => {
    const answer = await app.call("POST", `//hooks/${hook.token}`, { body });
    assert.equal(answer.text, "ok");
  };
  const browser = await launch();
  try {
    await t.step("every case is a message", async () => {
      for (const { name } of [...Deno.readDirSync(CASES)].toSorted((a, b) => a.name < b.name ? -1 : 1)) {
        await post(JSON.parse(await Deno.readTextFile(new URL(name, CASES))));
      }
      await post({
        username: "Deploy",
        attachments: [{
          color: "good",
          author_name: "Ana Ruiz",
          author_icon: `${base}/icon.png`,
          title: "Deploy shop 7.2 to production?",
          title_link: "https://ci.example/7",
          text:
            "*12 commits* since `7.1`, see <https://ci.example/diff|the difference>\n• faster search\n• fewer errors",
          thumb_url: `${base}/thumb.png`,
          image_url: `${base}/chart.png`,
          fields: [
            { title: "Tests", value: "1,204 passed", short: true },
            { title: "Coverage", value: "91 %", short: true },
            { title: "Notes", value: "Runs the migration `0042_orders` first", short: false },
          ],
          footer: "ci.example",
          ts: 1732770000,
          actions: [
            { type: "button", name: "approve", text: "Approve", value: "7.2", style: "primary" },
            { type: "button", name: "reject", text: "Reject", value: "no", style: "danger" },
            { type: "button", name: "log", text: "Log", url: "https://ci.example/log" },
          ],
        }, { color: "warning", text: `${"A long line of a log that goes on and on. ".repeat(60)}` }],
      });
    });

    // An unread channel opens at its first unread message; what is looked at here is the newest.
    const newest =
      (await app.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ana.access })).body.items[0];
    await api(app, ana, "POST", `/channels/${team.id}/read`, { message_id: newest.id });

    for (const [name, options] of Object.entries({ desk: DESK, phone: PHONE })) {
      for (const colorScheme of ["light", "dark"] as const) {
        await t.step(`drawn on a ${name}, ${colorScheme}`, async () => {
          const watched = await openPage(browser, app.url, { ...options, colorScheme });
          const page = await signIn(watched, app.url, ana, `/chat/${team.id}`);
          const last = page.locator(".card-box", { hasText: "Deploy shop 7.2" });
          await last.waitFor();
          await last.locator(".card-image img").waitFor();
          assert.equal(await last.locator(".card-title a").getAttribute("href"), "https://ci.example/7");
          assert.equal(await last.locator(".card-field").count(), 3);
          assert.equal(await last.locator("strong", { hasText: "12 commits" }).count(), 1);
          assert.equal(await last.locator("li").count(), 2);
          assert.equal(await last.locator(".card-action").count(), 3);
          assert.equal(await last.getByRole("link", { name: "Log" }).getAttribute("href"), "https://ci.example/log");
          assert.equal(await overflow(page), 0);
          const box = await last.locator(".card-action").first().boundingBox();
          assert.ok(box && (name === "desk" || box.height >= 40), JSON.stringify(box));
          if (SHOTS) await page.screenshot({ path: `${SHOTS}/cards-${name}-${colorScheme}.png` });
          const { items } =
            (await app.call("GET", `/channels/${team.id}/messages?limit=100`, { token: ana.access })).body;
          for (const part of ["Pipeline #42", "[FIRING:1]", "Latency chart"]) {
            const { id } = items.find((message: { cards: unknown }) => JSON.stringify(message.cards).includes(part));
            await page.goto(`${app.url}/chat/${team.id}/${id}`);
            await page.locator(`.msg[data-id="${id}"] .card-box`).first().waitFor();
            assert.equal(await overflow(page), 0);
            if (SHOTS) await page.screenshot({ path: `${SHOTS}/cards-${name}-${colorScheme}-${part.slice(0, 4)}.png` });
          }
          assertCalm(watched);
          await watched.context.close();
        });
      }
    }

    await t.step("a click reaches the program, and a long text unfolds", async () => {
      const watched = await openPage(browser, app.url, DESK);
      const page = await signIn(watched, app.url, ana, `/chat/${team.id}`);
      const card = page.locator(".card-box", { hasText: "Deploy shop 7.2" });
      await card.getByRole("button", { name: "Approve" }).click();
      await card.getByRole("button", { name: "Approve" }).locator("svg").waitFor();
      await until(() => clicks.length === 1);
      const { action_id, value, user } = JSON.parse(clicks[0]!);
      assert.deepEqual([action_id, value, user.id], ["approve", "7.2", ana.id]);
      const long = page.locator(".card-box", { hasText: "A long line" });
      await long.getByRole("button", { name: "Show more" }).click();
      assert.equal(await long.locator(".card-folded").count(), 0);
      await long.getByRole("button", { name: "Show less" }).waitFor();
      assertCalm(watched);
      await watched.context.close();
    });
  } finally {
    await browser.close();
    await app.stop();
    await outside.shutdown();
  }
});
