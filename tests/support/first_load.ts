// What a browser loads from an empty cache until a page can be used: requests and bytes as they cross the wire.
import type { Browser, BrowserContext } from "playwright-core";

export interface FirstLoad {
  /** Files of the console: the page, scripts, styles, tables. */
  files: number;
  /** Bytes of these answers as they were sent, heads included. */
  bytes: number;
  /** Answers of the API. */
  calls: number;
  callBytes: number;
  /** Milliseconds from the start of the navigation until it could be used. */
  ms: number;
}

/**
 * Opens an address in a fresh browser context and counts until `ready` is there and nothing is on its way.
 * @param state cookies of somebody signed in; absent: nobody is
 */
export async function firstLoad(
  browser: Browser,
  address: string,
  ready: string,
  state?: Awaited<ReturnType<BrowserContext["storageState"]>>,
): Promise<FirstLoad> {
  const context = await browser.newContext({
    locale: "en-US",
    viewport: { width: 1280, height: 800 },
    storageState: state,
  });
  const page = await context.newPage();
  const found: FirstLoad = { files: 0, bytes: 0, calls: 0, callBytes: 0, ms: 0 };
  const network = await context.newCDPSession(page);
  const paths = new Map<string, string>();
  await network.send("Network.enable");
  network.on("Network.requestWillBeSent", ({ requestId, request }) => {
    paths.set(requestId, new URL(request.url).pathname);
  });
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId);
    if (path === undefined) return;
    if (/^\/(api|media)\//.test(path)) found.calls++, found.callBytes += encodedDataLength;
    else found.files++, found.bytes += encodedDataLength;
  });
  const started = performance.now();
  await page.goto(address);
  await page.locator(ready).first().waitFor();
  const result = { ...found, ms: Math.round(performance.now() - started) };
  await context.close();
  return result;
}
