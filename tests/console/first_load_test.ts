// What a browser loads before a page can be used, from an empty cache and over HTTP: it stays below its bounds, and packed
// the way the browser asks for it.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import { DESK, haveBrowser, launch } from "../support/browser.ts";
import { createWorld, signedIn } from "../support/console_world.ts";
import { firstLoad } from "../support/first_load.ts";
import { createTestApp } from "../support/test_app.ts";

const KB = 1000;
/** Path, what shows that it can be used, bytes and requests of files at most. The API's answers are the data's size, not the page's. */
const PAGES: [name: string, path: string, ready: string, bytes: number, files: number][] = [
  ["sign-in", "/login", "input[autocomplete=username]", 60 * KB, 14],
  ["chat", "/chat/{general}", ".chat-main .msg", 170 * KB, 25],
  ["inbox", "/inbox", ".inbox-row", 120 * KB, 25],
  ["users", "/users", "tbody tr", 135 * KB, 25],
  ["statistics", "/statistics", ".uplot", 160 * KB, 25],
];

Deno.test({
  name: "first load of the pages",
  ignore: !haveBrowser(),
  sanitizeOps: false,
  sanitizeResources: false,
}, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { url } = world.app;
  const browser = await launch();
  try {
    const { context } = await signedIn(browser, url, world.owner, DESK);
    const state = await context.storageState();
    await context.close();
    for (const [name, path, ready, bytes, files] of PAGES) {
      await t.step(name, async () => {
        const found = await firstLoad(
          browser,
          url + path.replace("{general}", world.general),
          ready,
          name === "sign-in" ? undefined : state,
        );
        console.log(`${name}: ${JSON.stringify(found)}`);
        assert.ok(found.bytes <= bytes, `${found.bytes} bytes`);
        assert.ok(found.files <= files, `${found.files} files`);
      });
    }
  } finally {
    await browser.close();
  }
});

Deno.test("files of the console come packed as the browser takes them", async () => {
  const { list } = await buildConsole();
  await using app = await createTestApp();
  const { path } = list.files.find((file) => /^assets\/main-.*\.js$/.test(file.path) || file.brotli)!;
  const get = async (accepted: string) => {
    const answer = await fetch(`${app.url}/${path}`, { headers: { "accept-encoding": accepted } });
    await answer.body?.cancel();
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
    return answer.headers.get("content-encoding");
  };
  assert.equal(await get("gzip, deflate, br, zstd"), "br");
  assert.equal(await get("gzip"), "gzip");
  assert.equal(await get("br;q=0, gzip;q=0.5"), "gzip");
  assert.equal(await get("identity"), null);
  assert.equal(await get("brother, notgzip"), null);
});
