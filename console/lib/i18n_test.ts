import assert from "node:assert/strict";
import { language, loadTexts, setLanguage, t } from "./i18n.ts";
import type { MessageKey } from "../messages.ts";

const texts = (key: string, en: string, es: string, refused = () => false) => ({
  en: () => Promise.resolve({ default: { [key]: { en } } }),
  es: () => refused() ? Promise.reject(new Error("offline")) : Promise.resolve({ default: { [key]: { es } } }),
  // deno-lint-ignore no-explicit-any
} as any);
const say = (key: string) => t(key as MessageKey);

Deno.test("a language that cannot be loaded leaves the one that is shown, on later pages too", async () => {
  const before = language.peek();
  let offline = true;
  try {
    await loadTexts(texts("test.a", "a", "á", () => offline));
    offline = false;
    await setLanguage("en");
    offline = true;
    await assert.rejects(setLanguage("es"), /offline/);
    await loadTexts(texts("test.b", "b", "bé"));
    assert.deepEqual([language.peek(), say("test.a"), say("test.b")], ["en", "a", "b"]);
    offline = false;
    await setLanguage("es");
    assert.deepEqual([say("test.a"), say("test.b")], ["á", "bé"]);
  } finally {
    offline = false;
    await setLanguage(before);
  }
});
