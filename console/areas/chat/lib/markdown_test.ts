// The first wall (the renderer) without a document; the second (DOMPurify) and the whole page: tests/console/chat_test.ts.
import assert from "node:assert/strict";
import { heavyTexts } from "./heavy_texts.ts";
import { HOSTILE } from "./hostile_texts.ts";
import { isJumbo } from "./emoji.ts";
import "../../../../tests/support/console_texts.ts";
import { type MarkdownContext, markdownToHtml, md, plainText } from "./markdown.ts";

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

Deno.test("a mention of somebody who is gone is a word in the reader's language, and leads nowhere", () => {
  const people = new Map([["deleted-user", "id-gone"]]), names = new Map([["deleted-user", "Usuario eliminado"]]);
  assert.equal(
    html("hola @deleted-user.", { people, names }),
    '<p>hola <span class="md-mention">@Usuario eliminado</span>.</p>',
  );
  assert.equal(plainText("hello @deleted-user!"), "hello @Deleted user!");
});

const TAGS = /^\/?(p|br|strong|em|del|code|pre|blockquote|ul|ol|li|a|hr|span|div|button|table|thead|tbody|tr|th|td)$/;

Deno.test("hostile texts: only our own elements and attributes come out", () => {
  for (const text of HOSTILE) {
    const made = html(text);
    for (const [, tag, attributes] of made.matchAll(/<([^\s>]+)([^>]*)>/g)) {
      assert.match(tag!, TAGS, `${text} → ${made}`);
      const names = [...attributes!.matchAll(/\s([^\s=]+)="/g)].map(([, name]) => name);
      for (const name of names) {
        if (tag === "pre" && name === "tabindex") continue; // wide code is scrolled by keyboard
        assert.match(name!, /^(href|class|target|rel|type|title|data-user|data-channel|data-lang|start)$/, made);
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
  assert.match(html("# Big"), /^<p class="md-heading">Big<\/p>$/);
  assert.equal(
    html("- [x] done\n- [ ] not yet\n- plain [x]").replaceAll("\n", ""),
    '<ul><li class="md-task"><span class="md-box">☑</span> done</li><li class="md-task"><span class="md-box">☐</span> not yet</li><li>plain [x]</li></ul>',
  );
  assert.match(
    html("https://a.example/x"),
    /<a href="https:\/\/a\.example\/x" target="_blank" rel="noopener noreferrer nofollow">/,
  );
  assert.match(
    html("```ts\nconst a = 1 < 2;\n```"),
    /<span class="md-lang">ts<\/span>.*<code data-lang="ts">const a = 1 &#60; 2;/s,
  );
  assert.match(html("```\na\n```"), /<pre tabindex="0">/);
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

Deno.test("heavy texts: bounded in depth, number and length, without an error, and nothing of them is lost", () => {
  const visible = (text: string) => text.replace(/<[^>]*>|&#?\w+;/g, "").replace(/[^\p{L}\p{N}]/gu, "");
  for (const [name, text] of heavyTexts(39_000)) {
    const made = html(text);
    assert.ok(made.length <= 40 * text.length + 10_000, `${name}: ${made.length} characters`);
    let depth = 0, deepest = 0, elements = 0;
    for (const [, end, tag] of made.matchAll(/<(\/?)([a-z0-9]+)/g)) {
      if (tag === "br" || tag === "hr") elements++;
      else if (end) depth--;
      else {
        elements++;
        deepest = Math.max(deepest, ++depth);
      }
    }
    assert.equal(depth, 0, name);
    assert.ok(deepest <= 64 && elements <= 30_000, `${name}: ${deepest} deep, ${elements} elements`);
    // Definitions, table signs and the like say nothing themselves; whatever is shown raw is complete.
    if (made.includes("md-raw")) assert.equal(visible(made), visible(text.replace(/[<>&]/g, " ")), name);
  }
});

Deno.test("heavy texts: the steps of the parser grow with the text, not with its square", () => {
  assert.ok(steps("one **two**") > 10, "steps are counted");
  for (const [name, text] of heavyTexts(39_000)) {
    // A dozen rules look at a place, and once more for each of the blocks around it, which are bounded.
    const each = steps(text) / text.length;
    assert.ok(each < 200, `${name}: ${each} steps per character`);
  }
});

/** Rules that were tried while this text was parsed. */
function steps(text: string): number {
  let count = 0;
  const rulers = [md.inline.ruler, md.block.ruler];
  const rules = rulers.flatMap((ruler) => ruler.__rules__ as { fn: (...given: never[]) => boolean }[]);
  const real = rules.map((rule) => rule.fn);
  const compile = () => rulers.forEach((ruler) => ruler.__cache__ = null);
  rules.forEach((rule, i) => rule.fn = (...given) => (count++, real[i]!(...given)));
  compile();
  try {
    html(text);
  } finally {
    rules.forEach((rule, i) => rule.fn = real[i]!);
    compile();
  }
  return count;
}

Deno.test("what is nested too deep is shown as it was written", () => {
  assert.equal(html(">".repeat(4_000)), `<div class="md-raw">${"&#62;".repeat(4_000)}</div>`);
  assert.match(html("- ".repeat(3_000) + "end"), /^<div class="md-raw">[- ]+end<\/div>$/);
  assert.match(html("> > > three"), /(<blockquote>\s*){3}/);
  assert.equal(html("x", { people: undefined as never }), "<p>x</p>");
  // A rule that throws costs the message its look, not the channel its page.
  assert.equal(
    html("hola @ana <b>", { people: undefined as never }),
    '<div class="md-raw">hola @ana &#60;b&#62;</div>',
  );
});

Deno.test("a few emoji alone are large; hearts and a word are judged at once", () => {
  for (const text of ["👍", "❤️ ❤️", "👩‍👩‍👧‍👦🇪🇸", "☺"]) assert.ok(isJumbo(text), text);
  for (const text of ["", " ", "a", "1", "👍👍👍👍👍👍👍", "👍!", `${"❤️".repeat(39)}a`]) {
    assert.ok(!isJumbo(text), text);
  }
});

const hrefs = (text: string) => [...html(text).matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href);

Deno.test("addresses: where they end, in which languages, and which keep their last sign", () => {
  const cases: [text: string, href: string, shown: string][] = [
    ["https://a.example/x_", "https://a.example/x_", "https://a.example/x_"],
    ["see https://a.example/Foo_(bar)_.", "https://a.example/Foo_(bar)_", "https://a.example/Foo_(bar)_"],
    ["https://a.example/src/*", "https://a.example/src/*", "https://a.example/src/*"],
    ["(https://a.example/a*)", "https://a.example/a*", "https://a.example/a*"],
    ["*done* https://a.example/b*", "https://a.example/b*", "https://a.example/b*"],
    ["_done_ https://a.example/b_, then", "https://a.example/b_", "https://a.example/b_"],
    ["https://a.example/a_b_c", "https://a.example/a_b_c", "https://a.example/a_b_c"],
    ["https://a.example/~ana~", "https://a.example/~ana~", "https://a.example/~ana~"],
    ["**https://a.example/x**", "https://a.example/x", "https://a.example/x"],
    ["*see https://a.example/x*", "https://a.example/x", "https://a.example/x"],
    ["_https://a.example/x_y_", "https://a.example/x_y", "https://a.example/x_y"],
    ["~~https://a.example/x~~", "https://a.example/x", "https://a.example/x"],
    ["https://a.example/?a=1&b=2!", "https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"],
    ["https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe", "https://münchen.example/straße"],
    ["看https://a.example/中文。好", "https://a.example/%E4%B8%AD%E6%96%87", "https://a.example/中文"],
    ["https://例え.jp", "https://xn--r8jz45g.jp/", "https://例え.jp"],
    ["http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"],
    ["[http://[::1]/]", "http://[::1]/", "http://[::1]/"],
    ["<https://[::1]:9/a>", "https://[::1]:9/a", "https://[::1]:9/a"],
    ["www.a.example/x_ y", "https://www.a.example/x_", "www.a.example/x_"],
    ["ana@a.example.", "mailto:ana@a.example", "ana@a.example"],
    ["http://localhost:8080/", "http://localhost:8080/", "http://localhost:8080/"],
    ["[![badge](https://a.example/b.svg)](https://b.example/)", "https://b.example/", "badge"],
    ["![logo](https://a.example/l.png)", "https://a.example/l.png", "logo"],
  ];
  for (const [text, href, shown] of cases) {
    const made = html(text);
    const found = /<a href="([^"]*)" target="_blank" rel="noopener noreferrer nofollow">(.*?)<\/a>/.exec(made);
    assert.equal(found?.[1]?.replaceAll("&#38;", "&"), href, `${text} → ${made}`);
    assert.equal(found?.[2]?.replaceAll("&amp;", "&"), shown, `${text} → ${made}`);
    assert.equal(hrefs(text).length, 1, made);
    assert.doesNotMatch(made, /md-leads/, made);
  }
  for (
    const text of ["xhttps://", "https://", "foohttps://a.example", "://a", `https://a.example/${"a".repeat(3_000)}`]
  ) {
    assert.equal(hrefs(text).length, 0, text);
  }
  assert.match(html("**https://a.example/x**"), /^<p><strong><a /);
});

Deno.test("a link whose words are another address shows where it leads", () => {
  const leads = (text: string) => /<\/a><span class="md-leads"> \((.*?)\)<\/span>/.exec(html(text))?.[1];
  const cases: [text: string, place: string | undefined][] = [
    ["[https://bank.example](https://evil.example)", "evil.example"],
    ["[bank.example](https://evil.example/bank.example)", "evil.example"],
    ["[**https://bank.example**](https://evil.example)", "evil.example"],
    ["[log in at www.bank.example now](https://evil.example)", "evil.example"],
    ["[https://bank.example][1]\n\n[1]: https://evil.example", "evil.example"],
    ["![https://bank.example](https://evil.example/x.png)", "evil.example"],
    ["[bank\u200b.example](https://evil.example)", "evil.example"],
    ["[bank\ufe0f.example](https://evil.example)", "evil.example"],
    ["[\u3164\u034f\u115fhttps://bank.example/login](https://evil.example)", "evil.example"],
    [`[${"\u200b".repeat(2050)}https://bank.example](https://evil.example)`, "evil.example"],
    ["[bank。example](https://evil.example)", "evil.example"],
    ["[ｂａｎｋ.example](https://evil.example)", "evil.example"],
    ["[https://bank.example](https://bank.example.evil.example)", "bank.example.evil.example"],
    ["[https://bank.example/safe](https://bank.example/evil)", "bank.example/evil"],
    ["[ana@bank.example](mailto:eve@evil.example)", "eve@evil.example"],
    ["https://bank.example@evil.example/", "evil.example"],
    ["https://раураӏ.example/", "xn--80aa0cbo65f.example"],
    ["https://pаypal.example/", "xn--pypal-4ve.example"],
    ["[https://bank.example](https://bank.example)", undefined],
    ["[bank.example](https://www.bank.example/start)", undefined],
    ["[click here](https://evil.example)", undefined],
    ["[main.ts](https://code.example/main.ts)", undefined],
    ["https://яндекс.example/", undefined],
    ["https://münchen.example/", undefined],
    ["[ana@bank.example](mailto:ana@bank.example)", undefined],
  ];
  for (const [text, place] of cases) assert.equal(leads(text), place, `${text} → ${html(text)}`);
});
