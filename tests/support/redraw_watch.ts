// Counts, inside a page, how often each component is drawn between two frames of the screen. An effect that asks for a
// new drawing every time it runs would hang the tab: here it is stopped and named, so that the test fails instead of
// waiting for ever. Preact tells of each drawing through `options.__r` (the hook its own hooks use); the page's bundle
// assigns it, and a trap on the prototype hears of that.
import type { BrowserContext, Page } from "playwright-core";

/** A component that is drawn more often between two frames is in a loop. */
const LOOP = 100;

/** Before the first page is opened. */
export async function watchRedraws(context: BrowserContext): Promise<void> {
  await context.addInitScript((limit) => {
    type Node = { type: { name?: string }; __c: object };
    const most = { count: 0, name: "", total: 0 };
    Object.assign(globalThis, { redraws: most });
    let drawn = new Map<object, number>();
    const note = (node: Node) => {
      if (!node?.__c) return;
      const count = (drawn.get(node.__c) ?? 0) + 1;
      drawn.set(node.__c, count);
      most.total++;
      if (count > most.count) Object.assign(most, { count, name: String(node.type).slice(0, 160) });
      if (count > limit) throw new Error(`drawn ${count} times in a frame: ${most.name}`);
    };
    Object.defineProperty(Object.prototype, "__r", {
      configurable: true,
      get: () => undefined,
      set(before: (node: Node) => void) {
        const heard = (node: Node) => {
          note(node);
          before(node);
        };
        Object.defineProperty(this, "__r", { value: heard, writable: true, configurable: true, enumerable: true });
      },
    });
    const frame = () => {
      drawn = new Map();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }, LOOP);
}

export interface Redraws {
  /** Of one component between two frames, the most since it was asked last. */
  count: number;
  /** The beginning of that component's source. */
  name: string;
  /** Of all components together. */
  total: number;
}

/** What was drawn since the last call. */
export async function takeRedraws(page: Page): Promise<Redraws> {
  return await page.evaluate(() => {
    const most = (globalThis as unknown as { redraws: { count: number; name: string; total: number } }).redraws;
    const taken = { ...most };
    Object.assign(most, { count: 0, name: "", total: 0 });
    return taken;
  });
}
