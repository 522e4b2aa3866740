// Nothing moves while a page of the console loads: the layout shift of every page stays under 0.05 with slowed answers, at
// 390 and 1,440 px.
import assert from "node:assert/strict";
import type { Page, Request } from "playwright-core";
import { buildConsole } from "../../tools/build_console.ts";
import { assertCalm, haveBrowser, launch } from "../support/browser.ts";
import { createWorld, pagesOf, signedIn, visit } from "../support/console_world.ts";
import { until } from "../support/wait.ts";

const browserTest = { sanitizeOps: false, sanitizeResources: false, ignore: !haveBrowser() };
const MAX_SHIFT = 0.05;
/** By so much every answer of the API is late. */
const SLOW_MS = 250;

/** Adds up what moves without anybody's doing, as browsers define it, and which elements moved most. */
function watchShifts(): void {
  const seen = { total: 0, moved: [] as string[] };
  Object.assign(globalThis, { shifts: seen });
  new PerformanceObserver((list) => {
    for (
      const entry of list.getEntries() as unknown as {
        value: number;
        hadRecentInput: boolean;
        sources: { node: Element | null; previousRect: DOMRect; currentRect: DOMRect }[];
      }[]
    ) {
      if (entry.hadRecentInput) continue;
      seen.total += entry.value;
      for (const { node, previousRect: a, currentRect: b } of entry.sources) {
        const element = node instanceof Element ? node : (node as Node | null)?.parentElement;
        seen.moved.push(
          `${entry.value.toFixed(3)} ${element?.tagName}.${element?.className} y ${Math.round(a.y)}→${
            Math.round(b.y)
          } ` +
            `h ${Math.round(a.height)}→${Math.round(b.height)}`,
        );
      }
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** What has moved so far, once two frames were drawn after everything was there. */
const shiftsOf = (page: Page) =>
  page.evaluate(() =>
    new Promise<{ total: number; moved: string[] }>((done) =>
      requestAnimationFrame(() =>
        requestAnimationFrame(() =>
          done((globalThis as unknown as { shifts: { total: number; moved: string[] } }).shifts)
        )
      )
    )
  );

Deno.test({ name: "console: layout shift of every page", ...browserTest }, async (t) => {
  await buildConsole();
  await using world = await createWorld();
  const { url } = world.app;
  const browser = await launch();
  try {
    for (const width of [390, 1440]) {
      await t.step(`${width} px`, async () => {
        const watched = await signedIn(browser, url, world.owner, {
          viewport: { width, height: width < 800 ? 844 : 900 },
        });
        const { page } = watched;
        await page.addInitScript(watchShifts);
        await page.route("**/api/v1/**", async (route) => {
          await new Promise((done) => setTimeout(done, SLOW_MS));
          await route.continue().catch(() => {}); // the page has gone on
        });
        const waiting = new Set<Request>();
        page.on("request", (request) => request.url().includes("/api/v1/") && waiting.add(request));
        for (const end of ["requestfinished", "requestfailed"] as const) {
          page.on(end as "requestfinished", (request) => waiting.delete(request));
        }
        const found: string[] = [];
        for (const at of pagesOf(world)) {
          await visit(page, url, at);
          await until(() => waiting.size === 0, { what: `${at.path}: every call is answered`, timeoutMs: 30_000 });
          const { total, moved } = await shiftsOf(page);
          if (total >= MAX_SHIFT) {
            found.push(`${at.path}: ${total.toFixed(3)}\n    ${moved.slice(0, 8).join("\n    ")}`);
          }
        }
        assert.deepEqual(found, [], found.join("\n"));
        assertCalm(watched);
        await watched.context.close();
      });
    }
  } finally {
    await browser.close();
  }
});
