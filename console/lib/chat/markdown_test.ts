// The first wall (the renderer) without a document; the second (DOMPurify) and the whole page: tests/chat_console_test.ts.
import assert from "node:assert/strict";
import { HOSTILE } from "./hostile_texts.ts";
import { type MarkdownContext, markdownToHtml, plainText } from "./markdown.ts";

const CONTEXT: MarkdownContext = {
  people: new Map([["ana", "id-ana"], ["luis.garcia", "id-luis"]]),
  names: new Map([["ana", "Ana Pérez"]]),
  everybody: true,
  channels: new Map([["general", "id-general"]]),
  me: "id-ana",
  copy: "Copy",
};
const html = (text: string, extra: Partial<MarkdownContext> = {}) =>
  markdownToHtml(text, { ...CONTEXT, ...extra }).trim();

const TAGS =
  /^\/?(p|br|strong|em|del|code|pre|blockquote|ul|ol|li|a|hr|span|div|button|table|thead|tbody|tr|th|td|h4)$/;

Deno.test("hostile texts: only our own elements and attributes come out", () => {
  for (const text of HOSTILE) {
    const made = html(text);
    for (const [, tag, attributes] of made.matchAll(/<([^\s>]+)([^>]*)>/g)) {
      assert.match(tag!, TAGS, `${text} → ${made}`);
      const names = [...attributes!.matchAll(/\s([^\s=]+)="/g)].map(([, name]) => name);
      for (const name of names) {
        assert.match(name!, /^(href|class|target|rel|type|title|data-user|data-channel|start)$/, made);
      }
      assert.doesNotMatch(attributes!.replace(/"[^"]*"/g, '""'), /[^\s=a-z"-]|on[a-z]+=/i, `${text} → ${made}`);
      const href = /href="([^"]*)"/.exec(attributes!)?.[1];
      if (href) assert.match(href, /^(https?:|mailto:|\/chat)/, `${text} → ${made}`);
    }
    assert.doesNotMatch(made, /<img|<script|<svg|<iframe|<style/i, text);
  }
});

Deno.test("markdown: what people write", () => {
  assert.equal(html("**a** _b_ ~~c~~ `d`"), "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>");
  assert.equal(html("one\ntwo"), "<p>one<br>two</p>");
  assert.match(html("# Big"), /^<h4>Big<\/h4>$/);
  assert.match(html("- [x] done"), /☑ done/);
  assert.match(
    html("https://a.example/x"),
    /<a href="https:\/\/a\.example\/x" target="_blank" rel="noopener noreferrer nofollow">/,
  );
  assert.match(html("```ts\nconst a = 1 < 2;\n```"), /<span class="md-lang">ts<\/span>.*<code>const a = 1 &#60; 2;/s);
  assert.match(html("| a |\n|---|\n| 1 |"), /<th>a<\/th>.*<td>1<\/td>/s);
  assert.doesNotMatch(html("![logo](https://a.example/l.png)"), /<img/);
});

Deno.test("mentions: people who are meant, whole names, not in code or addresses", () => {
  assert.match(
    html("Hola @ana."),
    /<a class="md-mention md-mention-me" href="\/chat\?dm=id-ana" data-user="id-ana">@Ana Pérez<\/a>\./,
  );
  assert.match(html("@luis.garcia, mira"), /data-user="id-luis">@luis\.garcia<\/a>, mira/);
  assert.doesNotMatch(html("@anabel y @nadie"), /md-mention/);
  assert.doesNotMatch(html("correo ana@ana.example"), /md-mention/);
  assert.doesNotMatch(html("`@ana`"), /md-mention/);
  assert.match(html("@here"), /<span class="md-mention md-mention-me">@here<\/span>/);
  assert.doesNotMatch(html("@here", { everybody: false }), /md-mention/);
  assert.match(
    html("ver #general!"),
    /<a class="md-channel" href="\/chat\/id-general" data-channel="id-general">#general<\/a>!/,
  );
  assert.doesNotMatch(html("#otro y a#general"), /md-channel/);
});

Deno.test("plain text for lists and notifications", () => {
  assert.equal(plainText("**Hola** [sitio](https://a.example) `x`\n> cita\n```\ncode\n```"), "Hola sitio x cita …");
});
