// The dashboard and the live page show at once what happened before: pushes from the event log, and what the server measured.
import assert from "node:assert/strict";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch } from "../support/browser.ts";
import { createWorld, signedIn, visit } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };

Deno.test({ name: "console: live and dashboard show at once what was before", ...browserTest }, async () => {
  await buildConsole();
  await using world = await createWorld();
  const { app, owner } = world;
  const browser = await launch();
  try {
    // Somebody is connected, so the server measures; twice, then there is a line to draw.
    const first = await signedIn(browser, app.url, owner, { viewport: { width: 1440, height: 900 } });
    const history = async () => {
      const abort = new AbortController();
      const stream = await fetch(`${app.url}/sse/dashboard`, {
        headers: { authorization: `Bearer ${owner.access}` },
        signal: abort.signal,
      });
      let text = "";
      for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
        text += part;
        const data = /^data: (.*"metrics".*)$/m.exec(text)?.[1];
        if (!data) continue;
        abort.abort();
        return JSON.parse(data).history as number[][];
      }
    };
    await until(async () => ((await history().catch(() => [])) ?? []).length >= 2, {
      timeoutMs: 30_000,
      everyMs: 500,
      what: "the server has measured twice",
    });
    const watched = await signedIn(browser, app.url, owner, { viewport: { width: 1440, height: 900 } });
    const { page } = watched;
    await visit(page, app.url, { path: "/" });
    await page.locator(".chart-card .uplot").nth(4).waitFor();
    assert.equal(await page.locator(".chart-wait").count(), 0);
    await page.locator(".recent .feed-row", { hasText: "45. Nueva reserva" }).waitFor();
    assert.equal(await page.locator(".tile").count(), 4, "no tiles for agents and servers that are not there");
    await visit(page, app.url, { path: "/live" });
    await page.locator(".vlist .feed-row", { hasText: "45. Nueva reserva" }).waitFor();
    const rows = () => page.locator(".vlist .feed-row strong").allTextContents();
    const before = await rows();
    assert.ok(before.length > 5);
    assert.equal(await page.locator(".feed-replayed").count(), 0, "history is not called recovered");
    await page.reload();
    await page.locator(".vlist .feed-row", { hasText: "45. Nueva reserva" }).waitFor();
    await until(async () => JSON.stringify(await rows()) === JSON.stringify(before), { what: "the same list again" });
    // What comes now stands above it, once.
    await app.call("POST", "//notify", { token: owner.access, body: { type: "test", message: "Fresh" } });
    await page.locator(".vlist .feed-row", { hasText: "Fresh" }).waitFor();
    assert.deepEqual((await rows())[0], "Fresh");
    assert.equal((await rows()).filter((text) => text === "Fresh").length, 1);
    assertCalm(watched);
    assertCalm(first);
  } finally {
    await browser.close();
  }
});
