// Everything on the server that reads the words of a message, over texts that cost a careless expression seconds. What
// takes longer than a minute for all of them together is not linear: the whole takes a second or two.
import assert from "node:assert/strict";
import { heavyTexts } from "../../console/areas/chat/lib/heavy_texts.ts";
import { parseReminder } from "../../features/chat/commands/built_in_list.ts";
import { foldText, plainText } from "../../features/chat/filter/fold.ts";
import { linksIn } from "../../features/chat/filter/links.ts";
import { findMentions, hasLink } from "../../features/chat/messages/mentions.ts";
import { excerptOf } from "../../features/chat/notify/templates.ts";
import { previewLinks } from "../../features/chat/previews/links.ts";
import { fold } from "../../features/chat/search/fold_text.ts";
import { mattermostText } from "../../features/transfer/archives/mattermost_text.ts";
import type { Names } from "../../features/transfer/archives/neutral.ts";
import { readSlackMessage } from "../../kernel/slack_cards.ts";
import { slackMarkdown, slackPlain } from "../../kernel/slack_text.ts";

const names: Names = {
  user: () => undefined,
  channel: () => undefined,
  plainName: () => undefined,
  messageId: () => "",
};

const READERS: Record<string, (text: string) => unknown> = {
  findMentions,
  hasLink,
  previewLinks,
  slackMarkdown: (text) => slackMarkdown(text),
  slackPlain: (text) => slackPlain(text),
  fold,
  linksIn,
  parseReminder: (text) => [parseReminder(text), parseReminder(`me ${text}`), parseReminder(`me in 1h ${text}`)],
  foldText,
  plainText,
  readSlackMessage: (text) => readSlackMessage({ text }, 16_384),
  mattermostText: (text) => mattermostText(text, names, () => undefined),
  excerptOf: (text) => excerptOf({ content: text, attachments: [] }, "en"),
};

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`heavy texts: ${name}`, () => {
    for (const [, text] of heavyTexts(40_000)) read(text);
  });
}

Deno.test("heavy texts: an excerpt is short whatever it is made of", () => {
  for (const [name, text] of heavyTexts(40_000)) {
    assert.ok(excerptOf({ content: text, attachments: [] }, "en").length <= 200, name);
  }
});

Deno.test("previews: brackets around an address stay outside of it", () => {
  assert.deepEqual(previewLinks("(see https://a.example/x_(y)) and [https://b.example/z]."), [
    "https://a.example/x_(y)",
    "https://b.example/z",
  ]);
  assert.deepEqual(previewLinks(`https://a.example/${")".repeat(1_900)} **https://b.example/**`), [
    "https://a.example/",
    "https://b.example/",
  ]);
});
