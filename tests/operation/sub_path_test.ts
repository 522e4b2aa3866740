// Pulpo under a path of another site (https://host/ops/), behind a real nginx that takes the path off and behind one that leaves
// it: pages, files, calls, sockets, streams, cookies and every link that the server hands out stay below the path.
import assert from "node:assert/strict";
import { setupLink } from "../../features/accounts/mod.ts";
import { loadConfig } from "../../kernel/config.ts";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage } from "../support/browser.ts";
import { composer, row, write } from "../support/chat_browser.ts";
import { freePort } from "../support/child_server.ts";
import { nginx, startProxy } from "../support/nginx.ts";
import { openStream } from "../support/stream_client.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";

const UPGRADE = `proxy_http_version 1.1; proxy_buffering off;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_up;`;
const MAP = "map $http_upgrade $connection_up { default upgrade; '' ''; }";

/** `/` belongs to somebody else, so that whatever leaves the path is seen. */
const site = (upstream: string) => `location / { return 404; } location /ops/ { proxy_pass ${upstream}; ${UPGRADE} }`;

for (const [name, end] of [["takes the path off", "/"], ["leaves the path", ""]] as const) {
  Deno.test({
    name: `under /ops/ behind a proxy that ${name}`,
    ignore: !nginx || !haveBrowser(),
    sanitizeOps: false,
    sanitizeResources: false,
  }, async (t) => {
    await buildConsole();
    const port = freePort();
    const publicUrl = `http://127.0.0.1:${port}/ops`;
    await using app = await createTestApp({ settings: { "public-url": `${publicUrl}/` } });
    assert.ok((await setupLink(app.app)).startsWith(`${publicUrl}/setup#`));
    const owner = await app.owner();
    await using proxy = await startProxy(site(app.url + end), { http: MAP, port, path: "/ops/health/live" });
    const { url } = proxy;

    await t.step("what the server hands out lies below the path", async () => {
      const document = await (await fetch(`${publicUrl}/openapi.json`)).json();
      assert.deepEqual(document.servers, [{ url: publicUrl }]);
      const identity = await (await fetch(`${publicUrl}/`)).json();
      assert.equal(identity.docs, "/ops/docs");
      const headers = { authorization: `Bearer ${owner.access}`, "content-type": "application/json" };
      const made = await fetch(`${publicUrl}/api/v1/webhooks/incoming`, {
        method: "POST",
        headers,
        body: JSON.stringify({ name: "alerts", channel: "notify:alerts" }),
      });
      const hook = await made.json();
      assert.ok(String(hook.url).startsWith(`${publicUrl}/hooks/`), JSON.stringify(hook));
      const posted = await fetch(hook.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: "hello" }),
      });
      assert.ok(posted.ok, await posted.text());
      await using stream = await openStream(`${publicUrl}/sse?channels=broadcast`, headers);
      await stream.wait((event) => event.event === "ack");
      const login = await fetch(`${publicUrl}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-pulpo-session": "cookie" },
        body: JSON.stringify({ username: owner.username, password: PASSWORD }),
      });
      await login.body?.cancel();
      const paths = new Set(login.headers.getSetCookie().map((cookie) => /Path=([^;]+)/.exec(cookie)![1]));
      assert.deepEqual([...paths].sort(), ["/ops", "/ops/api/v1/auth"]);
    });

    const browser = await launch();
    try {
      const watched = await openPage(browser, `${url}/ops`, DESK);
      const { page } = watched;
      await t.step("signs in, writes and hears an answer over the socket", async () => {
        await page.goto(`${publicUrl}/`);
        await page.waitForURL(`${publicUrl}/login`);
        await page.locator("input[autocomplete=username]").fill(owner.username);
        await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
        await page.locator("button[type=submit]").click();
        await page.locator(".link-live").first().waitFor();
        await page.waitForURL(`${publicUrl}/dashboard`);
        await page.getByRole("link", { name: "Chat" }).first().click();
        await page.getByRole("heading", { name: "This is the beginning of #general" }).waitFor();
        assert.match(page.url(), /\/ops\/chat\/[0-9a-f-]{36}$/);
        await write(page, "from below the path");
        await row(page, "from below the path").waitFor();
        const channel = page.url().split("/").at(-1);
        const luis = await app.person("member", "luis");
        const sent = await app.call("POST", `/channels/${channel}/messages`, {
          token: luis.access,
          body: { content: `heard live, see <#${channel}>` },
        });
        assert.equal(sent.status, 201, sent.text);
        await row(page, "heard live").waitFor();
      });

      await t.step(
        "a deep link stays after loading it anew, and every link on the page is below the path",
        async () => {
          const deep = page.url();
          await page.reload();
          await row(page, "heard live").waitFor();
          await composer(page).waitFor();
          assert.equal(page.url(), deep);
          const outside = await page.evaluate(() =>
            [...document.querySelectorAll<HTMLElement>("[href],[src]")]
              .map((node) => node.getAttribute("href") ?? node.getAttribute("src")!)
              .filter((address) => address.startsWith("/") && !address.startsWith("/ops/"))
          );
          assert.deepEqual(outside, []);
          const cookies = await watched.context.cookies();
          assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.path.startsWith("/ops")));
          const manifest = await page.evaluate(async () => {
            const address = document.querySelector<HTMLLinkElement>("link[rel=manifest]")!.href;
            const { start_url, icons } = await (await fetch(address)).json();
            return [start_url, icons[0].src].map((path: string) => new URL(path, address).pathname);
          });
          assert.deepEqual(manifest, ["/ops/", "/ops/favicon.svg"]);
          const scope = await page.evaluate(async () => {
            const registration = await navigator.serviceWorker.register("/ops/sw.js", { scope: "/ops/" });
            return new URL(registration.scope).pathname;
          });
          assert.equal(scope, "/ops/");
        },
      );

      await t.step("the API page finds its document", async () => {
        // Swagger UI draws some hundred endpoints: that takes a busy machine a while.
        const timeout = 90_000;
        const document = page.waitForResponse(`${publicUrl}/openapi.json`, { timeout });
        await page.goto(`${publicUrl}/docs`, { timeout });
        assert.equal((await document).status(), 200);
        await page.locator(".opblock").first().waitFor({ timeout });
        assert.equal(await page.locator(".docs-bar a").first().getAttribute("href", { timeout }), "/ops/");
        await page.goto(`${publicUrl}/`, { timeout });
        await page.waitForURL(`${publicUrl}/dashboard`);
      });

      await t.step("signs out", async () => {
        await page.locator(".avatar-button").click();
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.waitForURL(`${publicUrl}/login`);
        const left = (await watched.context.cookies()).map((cookie) => cookie.name);
        assert.deepEqual(left.filter((name) => /access|refresh|csrf/.test(name)), []);
        assertCalm(watched);
      });
    } finally {
      await browser.close();
    }
  });
}

Deno.test("a public address that could be taken for one of the server's own is refused", () => {
  const load = (value: string) => loadConfig({ flags: { "public-url": value }, env: {} }).publicUrl;
  assert.equal(load("https://example.org/ops/"), "https://example.org/ops");
  assert.equal(load("https://example.org"), "https://example.org");
  for (const bad of ["/api", "/ws/", "/docs/pulpo", "/ops?x=1", "/ops#x", "/a b", "/a//b"]) {
    assert.throws(() => load(`https://example.org${bad}`), /public-url|PUBLIC_URL/, bad);
  }
});
