// What the composer completes, what the address says, and emoji.
import assert from "node:assert/strict";
import { prefixLines, putChoice, wordAt, wrapSelection } from "./complete.ts";
import { emojiOf, isJumbo, searchEmoji, setEmoji, toned } from "./emoji.ts";
import { parsePlace } from "./view.ts";

Deno.test("completion: which word is being written", () => {
  const word = (text: string) => {
    const found = wordAt(text, text.length);
    return found && `${found.trigger}${found.query}@${found.start}`;
  };
  assert.equal(word("Hola @lu"), "@lu@5");
  assert.equal(word("@"), "@@0");
  assert.equal(word("(#gen"), "#gen@1");
  assert.equal(word(":smi"), ":smi@0");
  assert.equal(word("at 10:3"), null);
  assert.equal(word("note :"), null);
  assert.equal(word("ana@example"), null);
  assert.equal(word("/top"), "/top@0");
  assert.equal(word("and /top"), null);
  assert.equal(word("/topic new"), null);
  assert.equal(word("```\n@lu"), null);
});

Deno.test("completion: the choice takes the place of the word", () => {
  const text = "Hola @lu, adiós";
  assert.deepEqual(putChoice(text, wordAt(text, 8)!, "@luis"), { text: "Hola @luis , adiós", caret: 11 });
});

Deno.test("formatting: signs around the selection and back, signs before lines and back", () => {
  const bold = wrapSelection("a word b", 2, 6, "**");
  assert.deepEqual(bold, { text: "a **word** b", start: 4, end: 8 });
  assert.deepEqual(wrapSelection(bold.text, bold.start, bold.end, "**"), { text: "a word b", start: 2, end: 6 });
  const quoted = prefixLines("one\ntwo", 0, 7, "> ");
  assert.equal(quoted.text, "> one\n> two");
  assert.equal(prefixLines(quoted.text, 0, quoted.text.length, "> ").text, "one\ntwo");
});

Deno.test("emoji: search without accents, codes, tones, large ones", () => {
  setEmoji([
    ["😀", 0, "grinning", "cara sonriendo", "feliz", ""],
    ["✋️", 1, "raised_hand hand", "mano levantada", "alto", "✋🏻 ✋🏼 ✋🏽 ✋🏾 ✋🏿"],
    ["☕️", 3, "coffee", "bebida caliente", "café té", ""],
  ]);
  assert.equal(searchEmoji("cafe", 5)[0]!.char, "☕️");
  assert.equal(searchEmoji(":raised_h", 5)[0]!.char, "✋️");
  assert.equal(searchEmoji("nothing", 5).length, 0);
  assert.equal(emojiOf("coffee"), "☕️");
  assert.equal(emojiOf("nope"), null);
  assert.equal(toned(searchEmoji("mano", 1)[0]!, 5), "✋🏿");
  assert.equal(isJumbo("🚀🚀"), true);
  assert.equal(isJumbo("👍🏽 🇪🇸"), true);
  assert.equal(isJumbo("🚀 go"), false);
  assert.equal(isJumbo("123"), false);
  assert.equal(isJumbo("😀".repeat(7)), false);
});

Deno.test("addresses of the chat page", () => {
  const id = "01a20195-fcfc-7922-8a5b-c3e1fc1a7c16", other = "01a20195-fede-7059-8d38-5bf01206974b";
  const place = (path: string, query = "") => parsePlace(path, new URLSearchParams(query));
  assert.equal(place("/chat").kind, "none");
  assert.equal(place("/chat/threads").kind, "threads");
  assert.deepEqual(place(`/chat/${id}/${other}`, `thread=${other}`), {
    kind: "channel",
    channelId: id,
    messageId: other,
    thread: other,
    panel: null,
    dm: null,
  });
  assert.equal(place(`/chat/${id}`, "panel=pins").panel, "pins");
  assert.equal(place("/chat/<script>", "panel=evil&thread=../../x").kind, "none");
  assert.equal(place(`/chat/${id}`, "panel=evil&thread=../../x").thread, null);
});
