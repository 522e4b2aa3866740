import assert from "node:assert/strict";
import names from "../../kernel/emoji_names.json" with { type: "json" };
import { emojiNames } from "../../tools/emoji_names.ts";
import { emojiOf, withEmoji } from "../../kernel/emoji_names.ts";

Deno.test("the table is the one that tools/emoji_names.ts writes", () => {
  assert.deepEqual(names, emojiNames());
});

Deno.test("names of Slack and GitHub, with skin tones; unknown ones stay", () => {
  assert.equal(emojiOf("thumbsup"), "👍");
  assert.equal(emojiOf("wave::skin-tone-3"), "👋🏼");
  assert.equal(emojiOf("our_logo"), undefined);
  assert.equal(withEmoji("done :tada: :our_logo: 10:30:15"), "done 🎉 :our_logo: 10:30:15");
});
