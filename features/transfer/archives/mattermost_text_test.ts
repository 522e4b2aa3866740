import assert from "node:assert/strict";
import { emojiOf } from "../../../kernel/emoji_names.ts";
import { mattermostCards } from "./mattermost_cards.ts";
import { mattermostText } from "./mattermost_text.ts";
import type { Names } from "./neutral.ts";

const names: Names = {
  user: (key) => key === "ana" ? { id: "1", username: "ana.g" } : undefined,
  plainName: () => undefined,
  channel: () => undefined,
  messageId: () => "",
};
const channelOf = (name: string) => ({ "town-square": "Town Square", "dev_ops": "DevOps" })[name];
const text = (source: string) => mattermostText(source, names, channelOf).text;

const CASES: [name: string, source: string, ours: string][] = [
  ["emoji, people, channels", ":rocket: @ana in ~town-square, ~nowhere", "🚀 @ana.g in #Town Square, ~nowhere"],
  ["a channel before a sign", "(~dev_ops) and ~dev_ops_", "(#DevOps) and #DevOps_"],
  ["struck out is no channel", "~~town-square~~ a~town-square", "~~town-square~~ a~town-square"],
  ["tones", ":wave_medium_light_skin_tone: :+1_dark_skin_tone:", "👋🏼 👍🏿"],
  ["a tone behind the person", ":woman_technologist_medium_skin_tone:", "👩🏽‍💻"],
  ["not in code of a line", "`:rocket: @ana ~town-square` :rocket:", "`:rocket: @ana ~town-square` 🚀"],
  ["not in code of two ticks", "``a ` :rocket:`` :rocket:", "``a ` :rocket:`` 🚀"],
  ["not in addresses", "https://x.example/:rocket:/~town-square", "https://x.example/:rocket:/~town-square"],
  ["in the words of a link only", "[:rocket:](https://x.example/:rocket:)", "[🚀](https://x.example/:rocket:)"],
  ["not in angle brackets", "<https://x.example/:rocket:>", "<https://x.example/:rocket:>"],
  ["not in fences", "```js\n:rocket: @ana\n```\n:rocket:", "```js\n:rocket: @ana\n```\n🚀"],
  ["not in fences of tildes", "~~~\n:rocket:\n```\n:rocket:\n~~~\n:rocket:", "~~~\n:rocket:\n```\n:rocket:\n~~~\n🚀"],
  ["a fence without end", "```\n:rocket:", "```\n:rocket:"],
  ["not in indented code", "a\n\n    :rocket:\n\n    @ana\n\n:rocket:", "a\n\n    :rocket:\n\n    @ana\n\n🚀"],
  ["indented code comes first", "    :rocket:\nb", "    :rocket:\nb"],
  ["an indented line of a paragraph is none", "a\n    :rocket:", "a\n    🚀"],
  ["an indented part of a list is none", "- a\n\n    :rocket:", "- a\n\n    🚀"],
  ["names that nobody knows stay", ":parrot_party: @nobody", ":parrot_party: @nobody"],
];

Deno.test("Mattermost's Markdown: names become ours where readers see them", async (t) => {
  for (const [name, source, ours] of CASES) await t.step(name, () => assert.equal(text(source), ours));
});

Deno.test("mentions are found once, not in code", () => {
  const { mentions } = mattermostText("@ana `@here` @ana @all", names, channelOf);
  assert.deepEqual(mentions, [{ type: "user", key: "ana" }, { type: "channel" }]);
});

Deno.test("long hostile texts take their time only once", () => {
  for (
    const source of [
      "`".repeat(50_000),
      "[".repeat(50_000),
      "~a".repeat(25_000),
      "](".repeat(25_000),
      "- \n    a\n".repeat(5000),
    ]
  ) {
    const from = performance.now();
    text(source);
    assert.ok(performance.now() - from < 20_000, source.slice(0, 10));
  }
});

Deno.test("skin tones of Slack and Mattermost are the same emoji", () => {
  assert.equal(emojiOf("wave::skin-tone-3"), emojiOf("wave_medium_light_skin_tone"));
  assert.equal(emojiOf("v::skin-tone-2"), "✌🏻");
  assert.equal(emojiOf("raising_hand_woman_dark_skin_tone"), emojiOf("woman-raising-hand::skin-tone-6"));
  assert.equal(emojiOf("parrot_dark_skin_tone_of_mine"), undefined);
});

Deno.test("attachments of Mattermost are cards, with fields and links", () => {
  const { before, cards } = mattermostCards([
    {
      pretext: "Build :rocket:",
      author_name: "CI",
      author_link: "https://ci.example/",
      title: "main **#12**",
      title_link: "https://ci.example/12",
      text: "passed by @ana",
      fields: [{ title: "Branch", value: "`main`", short: true }, { title: "Tests", value: 120 }, null, { title: "" }],
      color: "#00FF00",
      image_url: "javascript:alert(1)",
      footer: "v1",
      actions: [{ id: "x", name: "Retry", integration: { url: "http://internal/" } }],
    },
    { fallback: "only this" },
    null,
    { title: 5, text: null, fields: "none" },
    {},
  ], text);
  assert.equal(before, "Build 🚀");
  assert.deepEqual(cards, [
    {
      title: "main #12",
      title_url: "https://ci.example/12",
      text: "passed by @ana.g",
      fields: [{ title: "Branch", value: "`main`", short: true }, { title: "Tests", value: "120", short: false }],
      color: "#00ff00",
      author: { name: "CI", url: "https://ci.example/" },
      footer: "v1",
      actions: [{ id: "0-0", label: "Retry" }],
    },
    { text: "only this" },
    { title: "5" },
  ]);
});
