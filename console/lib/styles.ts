// Style sheets that come with a part of the console. Their order is that of one sheet: first what the page begins with,
// then the frame's, then the areas', and last what fits everything to fingers.
import { outer } from "./base.ts";

/** Name → address as JSON, by tools/build_console.ts; absent where nothing is built (unit tests). */
declare const STYLES: string;

const loading = new Map<string, Promise<void>>();

/** Brings a sheet in; what it is for is drawn once it is there. @throws when it is not to be had */
export function loadStyles(name: string): Promise<void> {
  let sheet = loading.get(name);
  if (!sheet) {
    loading.set(name, sheet = insert(name));
    sheet.catch(() => loading.delete(name));
  }
  return sheet;
}

function insert(name: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = outer((JSON.parse(STYLES) as Record<string, string>)[name]!);
  const there = new Promise<void>((done, fail) => {
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      fail(new Error(`The style sheet of ${name} could not be loaded.`));
    };
  });
  if (name === "inside") document.getElementById("first-styles")!.after(link);
  else document.getElementById("last-styles")!.before(link);
  return there;
}
