// The service worker and the settings page in a real browser: a push is shown and a click leads to the message. The browser
// has no push service here, so the push is handed to the worker by the browser's own debugging interface.
import assert from "node:assert/strict";
import { newId } from "../../kernel/ids.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const SHOTS = Deno.env.get("PUSH_SHOTS");

Deno.test({
  name: "push in a browser",
  sanitizeOps: false,
  sanitizeResources: false,
  ignore: !haveBrowser(),
  async fn(t) {
    await buildConsole();
    await using app = await createTestApp({ db: testedKinds().at(-1) });
    const owner = await app.owner();
    const browser = await launch();
    try {
      const watched = await openPage(browser, app.url, DESK);
      const { page, context } = watched;
      await context.grantPermissions(["notifications"], { origin: app.url });
      await page.goto(`${app.url}/login`);
      await page.locator("input[autocomplete=username]").fill(owner.username);
      await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
      await page.locator("button[type=submit]").click();
      await page.locator(".link-live").first().waitFor();

      await t.step("the choices are stored", async () => {
        await page.goto(`${app.url}/inbox?tab=preferences`);
        await page.getByLabel("Notify me about").selectOption("all");
        await page.getByLabel("Mail with what I missed").selectOption("hourly");
        await page.getByLabel("Keywords").fill("invoice, Bogotá");
        await page.getByLabel("Keywords").press("Enter");
        const stored = () => app.call("GET", "/chat/preferences", { token: owner.access });
        await until(async () => (await stored()).body.keywords.length === 2);
        const { body } = await stored();
        assert.deepEqual([body.level, body.digest, body.keywords], ["all", "hourly", ["invoice", "Bogotá"]]);
        await page.getByLabel("Keywords").fill("x");
        await page.getByLabel("Keywords").press("Enter");
        await page.getByText("Up to 20 keywords of 2 to 40 characters.").waitFor();
        assert.equal((await stored()).body.keywords.length, 2);
      });

      await t.step("a device: listed, tested, removed", async () => {
        const { body: { public_key } } = await app.call("GET", "/push/key", { token: owner.access });
        const added = await app.call("POST", "/push/subscriptions", {
          token: owner.access,
          body: {
            endpoint: "https://push.invalid/1",
            keys: { p256dh: public_key, auth: "AAAAAAAAAAAAAAAAAAAAAA" },
            device_name: "Firefox, Linux",
          },
        });
        assert.equal(added.status, 201, added.text);
        await page.goto(`${app.url}/inbox?tab=preferences`);
        await page.getByText("Firefox, Linux").waitFor();
        if (SHOTS) {
          for (const [name, size, scheme] of [["desk", DESK, "light"], ["phone", PHONE, "dark"]] as const) {
            await page.setViewportSize(size.viewport!);
            await page.emulateMedia({ colorScheme: scheme });
            await page.screenshot({ path: `${SHOTS}/${name}_${scheme}.png`, fullPage: true });
          }
        }
        await page.setViewportSize(PHONE.viewport!);
        assert.equal(await overflow(page), 0);
        await page.setViewportSize(DESK.viewport!);
        await page.getByRole("button", { name: "Send a test" }).click();
        await page.getByText("Test on its way").waitFor();
        await page.getByRole("button", { name: "Remove Firefox, Linux" }).click();
        await page.getByText("No device yet.").waitFor();
      });

      await t.step("the worker shows a push, and a click leads to the message", async () => {
        const answer = await fetch(`${app.url}/sw.js`);
        assert.equal(answer.headers.get("service-worker-allowed"), "/");
        assert.equal(answer.headers.get("cache-control"), "no-cache");
        assert.match(await answer.text(), /addEventListener\("push"/);
        await page.evaluate(async () => {
          await navigator.serviceWorker.register("/sw.js", { scope: "/" });
          await navigator.serviceWorker.ready;
        });
        const worker = await until(() => context.serviceWorkers()[0]);
        const channel = newId(), message = newId();
        const hi = { id: newId(), title: "ana mentioned you", body: "Hi", channel_id: channel, message_id: message };
        const pushes = [
          JSON.stringify(hi),
          JSON.stringify({ id: newId(), title: "evil", channel_id: "../../x", message_id: "//evil.example" }),
          "not JSON",
        ];
        // The handlers of the worker itself; only what the system would draw is noted instead.
        const shown = await worker.evaluate(async (texts) => {
          // deno-lint-ignore no-explicit-any
          const scope = globalThis as any;
          const notes: unknown[] = [], waits: Promise<unknown>[] = [];
          scope.registration.showNotification = (title: string, options: Record<string, unknown>) => {
            notes.push({ title, ...options });
            return Promise.resolve();
          };
          const fire = (type: string, more: Record<string, unknown>) => {
            const event = new Event(type);
            const waitUntil = (work: Promise<unknown>) => waits.push(work);
            for (const [name, value] of Object.entries({ ...more, waitUntil })) {
              Object.defineProperty(event, name, { value });
            }
            scope.dispatchEvent(event);
          };
          for (const text of texts) fire("push", { data: { json: () => JSON.parse(text) } });
          await Promise.all(waits);
          fire("notificationclick", { notification: { close() {}, data: (notes[0] as { data: unknown }).data } });
          return notes as { title: string; body: string; tag: string; data: { href: string } }[];
        }, pushes);
        assert.deepEqual(shown.map((n) => [n.title, n.body, n.data.href]), [
          ["ana mentioned you", "Hi", `/chat/${channel}/${message}`],
          ["evil", "", "/inbox"],
          ["Pulpo", "", "/inbox"],
        ]);
        assert.equal(shown[0]!.tag, message, "the same message replaces what is shown");
        await page.waitForURL(`${app.url}/chat/${channel}/${message}`);
        watched.forgive(); // there is no such channel
      });
      assertCalm(watched);
      await context.close();
    } finally {
      await browser.close();
    }
  },
});
