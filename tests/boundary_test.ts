// Parts of the console that cannot be drawn: every page, panel and dialog stands within a boundary, and has a way out.
// The server's answers are spoilt on their way, so that the real parts throw while they are drawn.
import assert from "node:assert/strict";
import { buildConsole } from "../tools/build_console.ts";
import { DESK, haveBrowser, launch, openPage } from "./browser.ts";
import { api, row, signIn, write } from "./chat_browser.ts";
import { createTestApp } from "./test_app.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

async function sources(folder: URL): Promise<[path: string, text: string][]> {
  const out: [string, string][] = [];
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name, folder);
    if (entry.isDirectory) out.push(...await sources(new URL(`${url}/`)));
    else if (entry.name.endsWith(".tsx")) out.push([url.pathname, await Deno.readTextFile(url)]);
  }
  return out;
}

Deno.test("every component that is a dialog stands within a boundary", async () => {
  let dialogs = 0;
  for (const [path, text] of await sources(new URL("../console/pages/", import.meta.url))) {
    for (const [start, name] of text.matchAll(/^(?:export )?(?:const \w+ = (?:\w+\()?)?function ([A-Z]\w*)\(/gm)) {
      const from = text.indexOf(start), body = text.slice(from, text.indexOf("\n}", from));
      if (!/return \(\s*<(?:Dialog|Confirm|dialog)\b|useModal\(/.test(body)) continue;
      // The switch of the chat's dialogs stands within the page's own (pages/chat/page.tsx).
      if (name === "ChatDialogs") continue;
      assert.match(start, /guarded\(/, `${name} in ${path}`);
      dialogs++;
    }
  }
  assert.ok(dialogs >= 15, `${dialogs}`);
});

Deno.test(
  { name: "a message that cannot be drawn is shown as it was written, and takes no other with it", ...browserTest },
  async () => {
    await buildConsole();
    await using app = await createTestApp({ settings: { "rate-limit-per-minute": "100000" } });
    const ana = await app.owner();
    const { id } = await api(app, ana, "POST", "/channels", { name: "general", type: "public" });
    for (const content of ["First", "Broken **one**", "Third"]) {
      await api(app, ana, "POST", `/channels/${id}/messages`, { content });
    }
    const browser = await launch();
    try {
      const { page } = await openPage(browser, app.url, DESK);
      await signIn({ page } as Parameters<typeof signIn>[0], app.url, ana, `/chat/${id}`);

      // One message: its files are none. The others stand, its words too.
      await page.route(`**/api/v1/channels/${id}/messages*`, async (route) => {
        const answer = await route.fetch();
        const body = await answer.json();
        for (const one of body.items ?? []) if (one.content?.startsWith("Broken")) one.attachments = [null];
        await route.fulfill({ response: answer, json: body }).catch(() => {}); // the page may have left meanwhile
      });
      await page.reload();
      await row(page, "Third").waitFor();
      await row(page, "Broken **one**").locator(".md-raw").waitFor();
      await write(page, "It goes on");
      await row(page, "It goes on").waitFor();
      await page.unrouteAll({ behavior: "ignoreErrors" });
    } finally {
      await browser.close();
    }
  },
);
