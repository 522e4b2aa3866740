import assert from "node:assert/strict";
import { cleanName, shownName } from "./names.ts";

const ok = (name: string) => shownName(100).safeParse(name).success;

Deno.test("names: nothing invisible, nothing that turns the text, no towers, no letters that only look alike", () => {
  const bad = [
    "Ana\u202egnp.exe", // right-to-left override
    "\u2066Ana\u2069",
    "\u200fAna",
    "Ana\u200bGarcía", // zero-width space
    "A\u00addmin", // soft hyphen
    "Ana\u2060",
    "Ana\ufeffG",
    "Ana\u3164", // Hangul filler
    "Ana\u{e0041}", // tag
    "An\u200da", // a joiner where nothing is joined
    "Ana\ufe0f",
    "Ana\nGarcía",
    "Ana\u2028x",
    "Ana\u0000",
    "\u2800",
    "Z" + "\u0301".repeat(8),
    "\u0410na", // Cyrillic A
    "p\u0430ypal support",
    "\u0391dmin", // Greek A
    "g\u043e\u043egle",
  ];
  for (const name of bad) assert.equal(ok(name), false, JSON.stringify(name));
  const good = [
    "Ana García",
    "Анна Иванова",
    "Ελένη",
    "Anna (Анна)",
    "李小龍",
    "山田 Taro",
    "한국어",
    "محمد",
    "می‌خواهم", // a non-joiner that Persian needs
    "क्‍ष",
    "שלום",
    "Nguyễn Văn Ánh",
    "O’Brien-Łukasz",
    "Ana 👩‍💻",
    "👨‍👩‍👧‍👦 Familia",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿 Scotland",
    "❤️ Casa",
    "1️⃣ first",
    "👍🏽",
    "🇪🇸 España",
    "μ-team",
    "team-α",
  ];
  for (const name of good) assert.equal(ok(name), true, JSON.stringify(name));
});

Deno.test("names from elsewhere are cleaned, or something else stands there", () => {
  const clean = (name: string) => cleanName(name, 10, "other");
  assert.equal(clean("  Ana  "), "Ana");
  assert.equal(clean("Ana\u200b\u202e María"), "Ana María");
  assert.equal(clean("Deploy Bot 2000"), "Deploy Bot");
  assert.equal(clean("👩‍🚀 Ana"), "👩‍🚀 Ana");
  assert.equal(clean("\u200b\u200b"), "other");
  assert.equal(clean("Аnа"), "other"); // Cyrillic and Latin
  assert.equal(clean(`a${"\u0301".repeat(50)}`), "a");
});
