import assert from "node:assert/strict";
import data from "emojibase-data/en/compact.json" with { type: "json" };
import { qualifiedEmoji } from "./emoji.ts";

Deno.test("every spelling of an emoji becomes the qualified one; names stay", () => {
  const all = data.flatMap((entry) => [entry, ...(entry.skins ?? [])]).map((entry) => entry.unicode);
  assert.ok(all.length > 3000);
  const wrong = all.filter((emoji) => qualifiedEmoji(emoji.replaceAll("\uFE0F", "")) !== qualifiedEmoji(emoji));
  assert.deepEqual(wrong, []);
  const known = /^\p{RGI_Emoji}$/v;
  assert.deepEqual(all.filter((emoji) => known.test(emoji) && !known.test(qualifiedEmoji(emoji))), []);
  for (const name of ["thumbsup", "+1", "100", "party_parrot", "ñandú"]) assert.equal(qualifiedEmoji(name), name);
  assert.equal(qualifiedEmoji("\u2764"), "\u2764\uFE0F");
  assert.equal(qualifiedEmoji("1\u20E3"), "1\uFE0F\u20E3");
});
