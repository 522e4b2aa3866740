import assert from "node:assert/strict";
import { escapeMarkdown, plainText } from "./markdown_text.ts";
import { slackMarkdown, slackPlain } from "./slack_text.ts";

const CASES: [name: string, slack: string, markdown: string][] = [
  ["bold, italic, strike", "*bold* _slanted_ ~gone~", "**bold** _slanted_ ~~gone~~"],
  ["marks inside each other", "*b _i_* ~*x*~", "**b _i_** ~~**x**~~"],
  ["no marks in words and sums", "snake_case_name 2*3*4 a*b", "snake_case_name 2\\*3\\*4 a\\*b"],
  ["a mark beside a letter is none", "*Message:*text *ok*", "\\*Message:\\*text **ok**"],
  ["comparisons keep their signs", "load < 5 and mem > 3", "load < 5 and mem > 3"],
  ["arrows", "a <-- b --> c <= d", "a <-- b --> c <= d"],
  ["a link", "<https://ci.example/42|#42>", "[#42](https://ci.example/42)"],
  ["a bold link", "*<https://ci.example/42|CI #42>*", "**[CI #42](https://ci.example/42)**"],
  ["a bare link", "<https://ci.example/42>", "https://ci.example/42"],
  ["a bare address in a mark", "*https://a.example/x_y*", "**https://a.example/x_y**"],
  ["signs in addresses", "https://a.example/_a_b_*c* and", "https://a.example/_a_b_*c* and"],
  ["entities in addresses", "<https://a.example?a=1&amp;b=2>", "https://a.example?a=1&b=2"],
  ["marks in labels are words", "<https://a.example/x_*y*|see *this*>", "[see \\*this\\*](https://a.example/x_*y*)"],
  ["brackets in addresses", "<https://x.example/(a)|b>", "[b](https://x.example/%28a%29)"],
  [
    "a label that breaks out",
    "<https://x.example/)[evil](http://y.example|a]b>",
    "[a\\]b](https://x.example/%29[evil]%28http://y.example)",
  ],
  ["an address that leads nowhere", "<javascript:alert(1)|click>", "click"],
  [
    "mail and telephone",
    "<mailto:a@b.example|a@b.example> <mailto:a@b.example|mail> <tel:+34|call>",
    "a@b.example [mail](mailto:a@b.example) [call](tel:+34)",
  ],
  ["people, channels, groups", "<@U1|ana> <@U2> <#C1|ops> <#C2> <!subteam^S1|@devs>", "@ana @U2 #ops #C2 @devs"],
  ["everybody", "<!here> <!channel> <!everyone> <!here|here>", "@here @channel @channel @here"],
  ["a date", "<!date^1392734382^{date_num} {time_secs}|Feb 18>", "2014-02-18 14:39:42 UTC"],
  [
    "a date with a link",
    "<!date^1392734382^on {date_short}^https://a.example/|x>",
    "[on 18 Feb 2014](https://a.example/)",
  ],
  ["a date that is none", "<!date^soon^{date}|some day>", "some day"],
  ["emoji", ":rotating_light: :+1::skin-tone-3: :nope_nope:", "🚨 👍🏼 :nope_nope:"],
  ["inline code stays", "`*code* &lt;b&gt; :smile:`", "`*code* <b> :smile:`"],
  ["links in code are words", "`<https://a.example|x>`", "`x`"],
  [
    "a fence that opens and closes in a line",
    "```Traceback:\nValueError: x``` after *bold*",
    "```\nTraceback:\nValueError: x\n```\nafter **bold**",
  ],
  ["a fence in the middle", "see ```a *b*``` here", "see\n```\na *b*\n```\nhere"],
  ["two fences", "```a```b```c```", "```\na\n```\nb\n```\nc\n```"],
  ["a fence without end", "```abc", "\\`\\`\\`abc"],
  ["a quote ends with its line", ">quoted\nnext", "> quoted\n\nnext"],
  ["an escaped quote", "a\n&gt; quoted", "a\n\n> quoted"],
  ["all the rest", ">>> one\ntwo", "> one\n> two"],
  ["a list ends with its last item", "• one\n• two\nafter", "- one\n- two\n\nafter"],
  ["not a heading", "# x", "\\# x"],
  ["not a rule, not a heading", "text\n---\nmore\n===", "text\n\\---\nmore\n\\==="],
  ["not a fence", "~~~\nx\n~~~", "\\~\\~\\~\nx\n\\~\\~\\~"],
  ["not bold", "__init__.py", "\\_\\_init\\_\\_.py"],
  ["backslashes", "C:\\_temp\\*.txt", "C:\\\\_temp\\\\*.txt"],
  ["not a definition", "[Shop]: https://a.example", "\\[Shop]: https://a.example"],
  ["not HTML, not an entity", "&lt;b&gt; <i>x</i> &amp;copy;", "\\<b> \\<i>x\\</i> \\&copy;"],
  ["not a code block", "    indented", "\u00a0\u00a0\u00a0\u00a0indented"],
  ["the signs of the converter itself", "\u{e000}0\u{e001} x", "0 x"],
  ["NUL and half a pair", "a\0b\ud800", "ab\ufffd"],
  ["nothing", " \n ", ""],
];
for (const [name, slack, markdown] of CASES) {
  Deno.test(`slack text: ${name}`, () => assert.equal(slackMarkdown(slack), markdown));
}

Deno.test("slack text: Markdown of programs that know no Slack", () => {
  const lenient = (text: string) => slackMarkdown(text, { lenient: true });
  assert.equal(lenient("**Firing** [a](https://a.example/x)"), "**Firing** [a](https://a.example/x)");
  assert.equal(lenient("* one\n* two"), "* one\n* two");
  assert.equal(slackMarkdown("**Firing** [a](b)"), "\\*\\*Firing\\*\\* \\[a](b)");
});

Deno.test("slack text: titles are plain", () => {
  assert.equal(slackPlain("<https://a.example|Pipeline> *x* &amp; :bear: <@U1|ana>"), "Pipeline *x* & 🐻 @ana");
});

const PLAIN = [
  "# x",
  "a_b_c *d* __e__ ~~f~~",
  "1. a\n- b\n> c",
  "<b>x</b> &copy; [a](b)",
  "x\n---",
  "C:\\_t\\*",
  "`a` ```",
  "    x",
];
for (const text of PLAIN) {
  Deno.test(`markdown: ${JSON.stringify(text)} escaped is itself again`, () => {
    assert.equal(plainText(escapeMarkdown(text)).replaceAll("\u00a0", " ").replace(/\n+/g, "\n"), text);
  });
}

Deno.test("markdown: as people read it", () => {
  assert.equal(
    plainText("**a** _b_ ~~c~~ [d](https://e.example) `*f*`\n\n```\n**g**\n```\n> h \\* i https://x.example/_a_b_"),
    "a b c d *f*\n\n**g**\nh * i https://x.example/_a_b_",
  );
  assert.equal(plainText("[d](https://e.example)", { addresses: true }), "d (https://e.example)");
});

Deno.test("slack text: hostile texts take time that grows with their length only", () => {
  for (
    const part of [
      "*a ",
      "_",
      "~x",
      "<",
      "<@",
      "`",
      "```",
      "[",
      "](",
      "\\",
      "&lt;",
      "> ",
      "- ",
      "<https://",
      "(http://x",
    ]
  ) {
    // Quadratic work on so much would not end while anybody waits.
    const text = part.repeat(600_000 / part.length);
    assert.ok(plainText(slackMarkdown(text, { lenient: true })).length > 0 || /^[<`>\s-]*$/.test(text), part);
  }
});
