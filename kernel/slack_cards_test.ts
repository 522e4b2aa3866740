import assert from "node:assert/strict";
import { card, cardsInput, MAX_CARDS_BYTES } from "../protocol/chat/cards.ts";
import { MAX_CONTENT_BYTES } from "../protocol/chat/chat.ts";
import { hookBodies } from "../tests/support/slack_bodies.ts";
import { readSlackMessage, type SlackMessage } from "./slack_cards.ts";

const read = (body: unknown) => readSlackMessage(body, MAX_CONTENT_BYTES);

Deno.test("slack cards: nothing that Slack shows is lost, whatever the types are", () => {
  const bodies = hookBodies(3);
  assert.ok(bodies.length > 9_000, `${bodies.length} bodies`);
  const lost: string[] = [];
  for (const { name, body, sentinels } of bodies) {
    const message = read(body);
    if (typeof message === "string") {
      lost.push(`${name}: ${message}`);
      continue;
    }
    const stored = JSON.stringify([message.content, message.cards]);
    for (const word of sentinels) if (!stored.includes(word)) lost.push(`${name}: ${word}`);
    const parsed = cardsInput.safeParse(message.cards);
    if (!parsed.success) {
      lost.push(`${name}: ${parsed.error.issues[0]!.path.join(".")} ${parsed.error.issues[0]!.message}`);
    }
  }
  assert.deepEqual(lost.slice(0, 20), [], `${lost.length} of ${bodies.length}`);
});

const NO_FIELDS = { username: null, icon_emoji: null, icon_url: null };
const CASES: [name: string, body: unknown, content: string, cards: unknown[]][] = [
  ["text", { text: "hello *you*" }, "hello **you**", []],
  ["a number as text", { text: 7 }, "7", []],
  [
    "text is the fallback of blocks",
    { text: "f", blocks: [{ type: "section", text: { type: "mrkdwn", text: "real" } }] },
    "real",
    [],
  ],
  [
    "text is shown when blocks show nothing",
    { text: "f", blocks: [{ type: "divider" }, { type: "section" }] },
    "f",
    [],
  ],
  [
    "one block instead of a list, as JSON text",
    { blocks: JSON.stringify({ type: "header", text: { type: "plain_text", text: "H *x*" } }) },
    "### H \\*x\\*",
    [],
  ],
  ["unknown fields", { text: "hello", unfurl_links: true, channel: "#general" }, "hello", []],
  [
    "an attachment",
    {
      attachments: [{
        pretext: "p",
        title: "t",
        title_link: "https://a.example/",
        text: "x",
        color: "#36A64F",
        fields: [{ title: "a", value: 7, short: "true" }],
        ts: "1732770000.5",
        footer: "f",
      }],
    },
    "p",
    [{
      title: "t",
      title_url: "https://a.example/",
      text: "x",
      fields: [{ title: "a", value: "7", short: true }],
      footer: "f",
      timestamp: "2024-11-28T05:00:00.500Z",
      color: "#36a64f",
    }],
  ],
  ["fallback alone", { attachments: [{ fallback: "plain <b>" }] }, "", [{ text: "plain \\<b>" }]],
  ["fields at the top level", { title: "t", fields: null, color: "good" }, "", [{ title: "t", color: "good" }]],
  ["a picture alone", { attachments: [{ image_url: "https://x/y.png" }] }, "", [{ image_url: "https://x/y.png" }]],
  [
    "addresses that lead nowhere",
    {
      attachments: [{
        title: "t",
        title_link: "javascript:alert(1)",
        image_url: "data:x",
        color: "red;x:url(y)",
        actions: [{ type: "button", text: "b", url: "javascript:x" }],
      }],
    },
    "",
    [{ title: "t", actions: [{ id: "action", label: "b", value: "" }] }],
  ],
  [
    "fields of a section have titles",
    {
      blocks: [{
        type: "section",
        fields: [{ type: "mrkdwn", text: "*Message*\nit *fell*" }, { type: "mrkdwn", text: "x" }],
      }],
    },
    "",
    [{
      fields: [{ title: "Message", value: "it **fell**", short: true }, { title: "", value: "x", short: true }],
    }],
  ],
  [
    "what comes later begins a card",
    {
      blocks: [
        {
          type: "section",
          text: { type: "mrkdwn", text: "a" },
          accessory: { type: "button", text: { text: "go" }, value: "1", action_id: "g" },
        },
        { type: "section", text: { type: "mrkdwn", text: "b" } },
      ],
    },
    "",
    [{ text: "a", actions: [{ id: "g", label: "go", value: "1" }] }, { text: "b" }],
  ],
  [
    "ids of actions are unique",
    {
      attachments: [{ actions: [{ name: "a", text: "x", value: "1" }, { name: "a", text: "y", value: "2" }] }],
    },
    "",
    [{ actions: [{ id: "a", label: "x", value: "1" }, { id: "a-2", label: "y", value: "2" }] }],
  ],
  [
    "rich text",
    {
      blocks: [{
        type: "rich_text",
        elements: [
          {
            type: "rich_text_section",
            elements: [
              { type: "text", text: "a " },
              { type: "text", text: "bold ", style: { bold: true } },
              { type: "text", text: "*both*", style: { bold: true, italic: true } },
              { type: "link", url: "https://a.example", text: "l" },
              { type: "text", text: "\n# x\n" },
              { type: "emoji", name: "bear" },
            ],
          },
          {
            type: "rich_text_list",
            style: "ordered",
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
          },
          {
            type: "rich_text_list",
            style: "bullet",
            indent: 1,
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "in" }] }],
          },
          {
            type: "rich_text_list",
            style: "ordered",
            offset: 1,
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "two" }] }],
          },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "c *d*" }] },
        ],
      }],
    },
    "a **bold** ***\\*both\\****[l](https://a.example)\n\\# x\n🐻\n\n1. one\n   - in\n2. two\n\n```\nc *d*\n```",
    [],
  ],
];
for (const [name, body, content, cards] of CASES) {
  Deno.test(`slack cards: ${name}`, () => assert.deepEqual(read(body), { content, cards, ...NO_FIELDS }));
}

const nest = (levels: number) => JSON.parse(`{"text":${"[".repeat(levels)}${"]".repeat(levels)}}`);
const REFUSED: [unknown, string][] = [
  [{}, "no_text"],
  [{ text: " \n" }, "no_text"],
  [{ text: null, attachments: null, blocks: null }, "no_text"],
  [{ blocks: [{ type: "divider" }] }, "no_text"],
  [{ attachments: [{ color: "danger", ts: 1 }] }, "no_text"],
  ["hello", "invalid_payload"],
  [null, "invalid_payload"],
  [[], "invalid_payload"],
  [nest(100_000), "invalid_payload"],
];
for (const [body, problem] of REFUSED) {
  Deno.test(`slack cards: ${JSON.stringify(body)?.slice(0, 40)} is refused`, () => assert.equal(read(body), problem));
}

Deno.test("slack cards: within the limits of a message, whatever comes", () => {
  const long = read({ text: "```" + "line of a log\n".repeat(2800) + "```" }) as SlackMessage;
  const all = [long.content, ...long.cards.map((one) => one.text ?? "")];
  assert.equal(all.join("\n").match(/line of a log/g)?.length, 2800);
  for (const text of all) assert.equal((text.match(/^```/gm) ?? []).length, 2, "each piece is a block of code");
  // As much as the body's limit lets through.
  const huge = read({
    text: "ñ".repeat(100_000),
    username: "ci",
    attachments: Array.from({ length: 9 }, (_, i) => ({
      title: `t${i}`.repeat(3000),
      text: "x".repeat(50_000),
      footer: "f".repeat(9000),
      author_name: "a".repeat(2000),
      fields: Array.from(
        { length: 250 },
        (_, n) => ({ title: "t".repeat(n ? 5 : 5000), value: "v".repeat(n ? 5 : 40_000) }),
      ),
      actions: Array.from(
        { length: 150 },
        () => ({ name: "n".repeat(260), text: "l".repeat(600), value: "v".repeat(50) }),
      ),
    })),
  }) as SlackMessage;
  assert.ok(new TextEncoder().encode(huge.content).length <= MAX_CONTENT_BYTES);
  assert.ok(new TextEncoder().encode(JSON.stringify(huge.cards)).length <= MAX_CARDS_BYTES);
  assert.equal(cardsInput.safeParse(huge.cards).error, undefined);
  for (const one of huge.cards) assert.ok(card.safeParse(one).success);
});

Deno.test("what the database cannot store is nowhere in what was read", () => {
  const bad = "a\ud83d\0b";
  const read = readSlackMessage({
    text: bad,
    attachments: [{ author_name: bad, title: bad, footer: bad, actions: [{ type: "button", text: bad, value: bad }] }],
    blocks: [
      { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: bad }, value: bad }] },
      { type: "video", title: { type: "plain_text", text: bad }, author_name: bad, provider_name: bad },
      {
        type: "rich_text",
        elements: [{
          type: "rich_text_section",
          elements: [{ type: "user", user_id: bad }, { type: "text", text: bad }],
        }],
      },
    ],
  }, 40_000);
  const text = JSON.stringify(read);
  assert.ok(!text.includes("\\ud83d") && !text.includes("\\u0000"), text);
});

Deno.test("a text that is cut says so", () => {
  const read = readSlackMessage({ text: "word ".repeat(60_000) }, 40_000);
  assert.ok(typeof read === "object" && read.cards.at(-1)!.text!.endsWith("…"));
});
