// A real browser for tests: Chromium from the machine, driven by playwright-core, watched for everything that a page must
// not do. Needs `sanitizeOps` and `sanitizeResources` off: the driver keeps a pipe to the browser.
import assert from "node:assert/strict";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../../tools/requirements.ts";

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

/** False, with a loud word, where no Chromium is installed; with CI=true that is a failure of the test that asks. */
export function haveBrowser(): boolean {
  if (findChromium()) return true;
  const text = "NO BROWSER: install chromium; the console is not tested in a browser";
  if (Deno.env.get("CI") === "true") throw new Error(text);
  console.error(`\n*** ${text} ***\n`);
  return false;
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

export interface Watched {
  context: BrowserContext;
  page: Page;
  /** Console errors, uncaught errors, policy violations, requests to other hosts; empty in the end. */
  complaints: string[];
  /** Forgets what a test provoked itself (a server that is down makes the browser log failed requests). */
  forgive(): void;
}

/** A page whose complaints are collected. */
export async function openPage(browser: Browser, origin: string, options: BrowserContextOptions): Promise<Watched> {
  const context = await browser.newContext({ locale: "en-US", ...options });
  context.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${page.url()} console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()} uncaught: ${error.stack ?? error.message}`));
  const socketOrigin = origin.replace(/^http/, "ws");
  const check = (url: string) => {
    if (![`${origin}/`, `${socketOrigin}/`, "data:", "blob:"].some((start) => url.startsWith(start))) {
      complaints.push(`request to another host: ${url}`);
    }
  };
  page.on("request", (request) => check(request.url()));
  page.on("websocket", (socket) => check(socket.url()));
  return { context, page, complaints, forgive: () => void complaints.splice(0) };
}

/** Pixels by which the page is wider than the screen; 0 is right. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
}

export function assertCalm(watched: Watched): void {
  assert.deepEqual(watched.complaints, []);
}
