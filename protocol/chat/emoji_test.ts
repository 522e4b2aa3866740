import assert from "node:assert/strict";
import data from "emojibase-data/en/compact.json" with { type: "json" };
import { qualifiedEmoji, reactionOf } from "./emoji.ts";

const all = data.flatMap((entry) => [entry, ...(entry.skins ?? [])]).map((entry) => entry.unicode);

Deno.test("every spelling of an emoji becomes the qualified one; names stay", () => {
  assert.ok(all.length > 3000);
  const wrong = all.filter((emoji) => qualifiedEmoji(emoji.replaceAll("\uFE0F", "")) !== qualifiedEmoji(emoji));
  assert.deepEqual(wrong, []);
  const known = /^\p{RGI_Emoji}$/v;
  assert.deepEqual(all.filter((emoji) => known.test(emoji) && !known.test(qualifiedEmoji(emoji))), []);
  for (const name of ["thumbsup", "+1", "100", "party_parrot", "ñandú"]) assert.equal(qualifiedEmoji(name), name);
  assert.equal(qualifiedEmoji("\u2764"), "\u2764\uFE0F");
  assert.equal(qualifiedEmoji("1\u20E3"), "1\uFE0F\u20E3");
});

Deno.test("every emoji of the tables is a reaction", () => {
  const parts = /^(?:\p{Regional_Indicator}|\p{Emoji_Modifier})$/u; // letters of flags, skin tones
  assert.deepEqual(all.filter((emoji) => (reactionOf(emoji) === undefined) !== parts.test(emoji)), []);
});

Deno.test("a reaction is one emoji in one spelling", () => {
  const spellings: [string, string[]][] = [
    ["❤️", ["\u2764", "\u2764\uFE0E", "\u2764\uFE0F"]],
    ["👍", ["👍", "👍\uFE0F"]],
    ["☝🏽", ["\u261D\uFE0F🏽", "\u261D🏽"]],
    ["1️⃣", ["1\u20E3", "1\uFE0F\u20E3"]],
    ["#️⃣", ["#\u20E3"]],
    ["🏳️‍🌈", ["🏳\u200D🌈", "🏳\uFE0F\u200D🌈"]],
    ["👨‍❤️‍👨", ["👨\u200D\u2764\u200D👨"]],
    ["👩‍👩‍👧", ["👩‍👩‍👧"]],
    ["🇪🇸", ["🇪🇸"]],
    ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿"]],
    ["©️", ["©"]],
    // Newer than any table of this program: one picture by its structure.
    ["\u{1FAFC}\u200D🐈", ["\u{1FAFC}\u200D🐈"]],
    [":party_parrot:", [":party_parrot:", ":Party_Parrot:"]],
  ];
  for (const [kept, all] of spellings) for (const text of all) assert.equal(reactionOf(text), kept, text);
});

Deno.test("words, two emoji and halves of emoji are no reaction", () => {
  const refused = [
    "",
    "hello",
    "a",
    "ñ",
    "1",
    "#",
    "👍👎",
    "👍 ",
    "👍a",
    "a👍",
    "🇪",
    "🇽🇽",
    "🇪🇸🇫",
    "🏽",
    "🚗🏽",
    "👍\u200D",
  ];
  for (const text of [...refused, "\u200D", "\uFE0F", "\u20E3", ":", "::", ":a b:", ":a::b:", "<b>", "👍🏽🏽", ":-)"]) {
    assert.equal(reactionOf(text), undefined, JSON.stringify(text));
  }
});
