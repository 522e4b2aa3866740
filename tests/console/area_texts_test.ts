// Each area says only what is loaded with it: every text that its modules name stands in its own texts, in those of the frame
// or in those of the first page.
import assert from "node:assert/strict";
import everywhere from "../../console/app/texts.ts";
import inside from "../../console/app/inside_texts.ts";
import { AREAS } from "../../console/areas.ts";
import { messages } from "../../console/messages.ts";

const CONSOLE = new URL("../../console/", import.meta.url);

/** All modules of the console that an entry leads to, by path below console/. Manifests and sets of texts lead nowhere. */
async function reached(entry: string, seen = new Map<string, string>()): Promise<Map<string, string>> {
  if (seen.has(entry) || /(^|\/)(area|areas|parts|texts|inside_texts)\.ts$|^messages/.test(entry)) return seen;
  const text = await Deno.readTextFile(new URL(entry, CONSOLE));
  seen.set(entry, text);
  for (const [, path] of text.matchAll(/(?:from |import\(|^import )"(\.[^"?]+\.tsx?)"/gm)) {
    const { href } = new URL(path!, new URL(entry, CONSOLE));
    if (href.startsWith(CONSOLE.href)) await reached(href.slice(CONSOLE.href.length), seen);
  }
  return seen;
}

/** Keys that a module names, whole or by their beginning (`role.${role}`). */
function named(text: string): string[] {
  const whole = [...text.matchAll(/"([\w-]+(?:\.[\w-]+)+)"/g)].flatMap(([, key]) => key! in messages ? [key!] : []);
  const begun = [...text.matchAll(/\bt(?:ryT)?\(`([\w-]+(?:\.[\w-]+)*\.)\$\{[^`]*?\}([\w.-]*)`/g)].flatMap((
    [, start, end],
  ) => Object.keys(messages).filter((key) => key.startsWith(start!) && key.endsWith(end!)));
  return [...whole, ...begun];
}

async function missing(entries: string[], ...sets: object[]): Promise<string[]> {
  const there = new Set(sets.flatMap((set) => Object.keys(set)));
  const found = new Set<string>();
  for (const entry of entries) {
    for (const [path, text] of await reached(entry)) {
      // `service.${name}` of the health page is about parts of the server; service accounts have keys of the same beginning.
      const others = path === "areas/account/about.tsx" ? /^service\./ : null;
      for (const key of named(text)) if (!there.has(key) && !others?.test(key)) found.add(`${key} (${path})`);
    }
  }
  return [...found].sort();
}

Deno.test("the first page, the frame and each area have the texts that they name", async () => {
  assert.deepEqual(await missing(["app/app.tsx", "areas/sign_in/pages.ts"], everywhere), []);
  assert.deepEqual(await missing(["app/inside.tsx"], everywhere, inside), []);
  for (const { name, texts } of AREAS) {
    const manifest = await Deno.readTextFile(new URL(`areas/${name}/area.ts`, CONSOLE));
    const pages = [...manifest.matchAll(/import\("\.\/(\w+\.tsx?)"\)/g)].map(([, file]) => `areas/${name}/${file}`);
    assert.ok(pages.length, name);
    const own = texts ? (await texts.en()).default : {};
    assert.deepEqual(await missing(pages, everywhere, inside, own), [], name);
  }
});

Deno.test("the rail, the lists and Ctrl+K name every page before its area is loaded", () => {
  const there = new Set<unknown>(Object.keys({ ...everywhere, ...inside }));
  const names = AREAS.flatMap(({ label, sign, pages }) => [label, sign, ...pages.flatMap((p) => [p.label, p.group])]);
  assert.deepEqual(names.filter((name) => name && !there.has(name)), []);
});
