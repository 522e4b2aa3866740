import assert from "node:assert/strict";
import { MAX_DATA_BYTES, MAX_MESSAGE_BYTES, utf8Length } from "../../protocol/notifications.ts";
import { cut, plain, readSlackPayload, type SlackMessage } from "./slack.ts";

const TEXTS: [name: string, slack: string, expected: string][] = [
  ["entities", "a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"],
  ["a link with a label", "see <https://ci.example/42|#42>!", "see #42 (https://ci.example/42)!"],
  ["a bare link", "<https://ci.example/42>", "https://ci.example/42"],
  ["a mail address", "<mailto:a@b.c|a@b.c>", "a@b.c"],
  ["special mentions", "<!here> <!channel|everyone> <!date^1^{date}|today>", "@here @everyone @today"],
  ["people and channels", "<@U1|ana> <@U2> <#C1|general>", "@ana @U2 #general"],
  ["not a tag", "1 < 2", "1 < 2"],
  ["NUL and half a pair", "a\0b\ud800", "ab\ufffd"],
];
for (const [name, slack, expected] of TEXTS) {
  Deno.test(`slack text: ${name}`, () => assert.equal(plain(slack), expected));
}

const nest = (levels: number) => JSON.parse(`{"text":${"[".repeat(levels)}${"]".repeat(levels)}}`);
const PAYLOADS: [name: string, payload: unknown, message: string][] = [
  ["text", { text: "hello" }, "hello"],
  [
    "text wins over blocks",
    { text: "hello", blocks: [{ type: "section", text: { type: "mrkdwn", text: "x" } }] },
    "hello",
  ],
  ["unknown fields", { text: "hello", unfurl_links: true, channel: "#general" }, "hello"],
  [
    "attachment",
    { attachments: [{ pretext: "p", title: "t", text: "x", fields: [{ title: "a", value: 7 }] }] },
    "p\nt\nx\na: 7",
  ],
  ["attachment with fallback alone", { attachments: [{ fallback: "plain" }] }, "plain"],
  ["section, header, context", {
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Deploy" } },
      { type: "divider" },
      {
        type: "section",
        text: { type: "mrkdwn", text: "to <https://a.b|prod>" },
        fields: [{ type: "mrkdwn", text: "ok" }],
      },
      {
        type: "context",
        elements: [{ type: "image", image_url: "https://a.b/c.png", alt_text: "logo" }, {
          type: "mrkdwn",
          text: "now",
        }],
      },
    ],
  }, "Deploy\nto prod (https://a.b)\nok\nlogo\nnow"],
  ["rich text", {
    blocks: [{
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [{ type: "text", text: "hi " }, { type: "emoji", name: "wave" }, {
            type: "link",
            url: "https://a.b",
          }],
        },
        {
          type: "rich_text_list",
          elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
        },
      ],
    }],
  }, "hi :wave:https://a.b\none"],
  ["no text", {}, "no_text"],
  ["blank text", { text: " \n" }, "no_text"],
  ["blocks without text", { blocks: [{ type: "divider" }] }, "no_text"],
  ["not an object", "hello", "invalid_payload"],
  ["null", null, "invalid_payload"],
  ["an array", [], "invalid_payload"],
  ["text of another type", { text: 7 }, "invalid_payload"],
  ["attachments of another type", { text: "a", attachments: "x" }, "invalid_payload"],
  ["100,000 levels", nest(100_000), "invalid_payload"],
];
for (const [name, payload, message] of PAYLOADS) {
  Deno.test(`slack payload: ${name}`, () => {
    const read = readSlackPayload(payload);
    assert.equal(typeof read === "string" ? read : read.message, message);
  });
}

Deno.test("slack payload: data is reduced and stays within the limits", () => {
  const read = readSlackPayload({
    text: "ñ".repeat(100_000),
    username: "ci <b>",
    icon_emoji: ":rocket:",
    icon_url: "javascript:alert(1)",
    attachments: Array.from({ length: 100 }, (_, i) => ({
      title: `t${i}`,
      title_link: i ? "https://a.b/c" : "javascript:alert(1)",
      text: "x".repeat(5000),
      color: i ? "danger" : "red;background:url(x)",
      evil: "dropped",
    })),
  }) as SlackMessage;
  assert.ok(utf8Length(read.message) <= MAX_MESSAGE_BYTES);
  assert.ok(read.message.endsWith("ñ…"));
  assert.ok(utf8Length(JSON.stringify(read.data)) <= MAX_DATA_BYTES);
  assert.equal(read.data.icon_url, null);
  const [first, second] = read.data.attachments as Record<string, unknown>[];
  assert.deepEqual([first!.title_link, first!.color, "evil" in first!], [null, null, false]);
  assert.deepEqual([second!.title_link, second!.color], ["https://a.b/c", "danger"]);
});

Deno.test("cut: at a character, marked", () => {
  assert.equal(cut("hello", 5), "hello");
  assert.equal(cut("hello!", 5), "he…");
  assert.equal(cut("añññ", 6), "añ…");
});
