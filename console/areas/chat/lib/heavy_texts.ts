// Texts that cost a careless parser seconds, its stack, or a page that nobody can use: short pieces repeated up to a
// length, and shapes that grow with it. Used by the tests of everything that reads messages, here and on the server.

const PIECES =
  "[|*|_|`|<|> |>|- |* |1. |1) |+ |![|](|[](|[a](|[a][|~|~~|~a|**a|*a|_a|*a_|**a*|a**b|*a **a |`a|``a`|<a|<a b=|</a>|<a href='|<?|<![CDATA[|&|&#|&a|\\|\\*|@a|@a |#a|:a:|:a|::|http://|https://a.b|https://a.b/ |www.|www.a.b |a@b.c |a@|a.|a_|a\n|\n|\r\n|a\n\n|- a\n|- [ ] a\n|> a\n|# a\n|#|=|-\n|a\n=\n|```\n|```a\n```\n|~~~\n|    a\n|\t|- - |[a]: b\n|[a]:|[^a]: |[a]: <|[a]: b '|[a|]|()|((|[a](b(|[a](b\"|[a](<|<b>|<b>\n|<div>\n|$|€|é|*é|a* |_*|***|a  \n|x`y`|![a](b) |[a](b) |[[a]]|[*a*](b)|<http://a|<a@b|-\n-|@ana.|@ana-_|@|a-|//a|://|_a_b|__a|**a **|* a\n  |[x] |🙂|❤️|\u202e|a\u200d|@channel |https://a.b/_ |*a https://a.b/_ |•|\n•|!|(|)|{|}|$$|\u0301|a\u0301"
    .split("|");

const grow = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));

/** By a name to tell them apart: texts of about `size` characters. */
export function heavyTexts(size: number): [name: string, text: string][] {
  const repeat = (piece: string, part = 1) => piece.repeat(Math.max(1, Math.ceil(size * part / piece.length)));
  const lines = Math.ceil(Math.sqrt(size * 2));
  const shapes: Record<string, string> = {
    "pipes": repeat("|a"),
    "pipe lines": repeat("|a|\n"),
    "tables": repeat("|a|b|\n|-|-|\n"),
    "wide table": `${repeat("|a", 0.3)}|\n${repeat("|-", 0.3)}|\n${repeat("|b\n", 0.3)}`,
    "ragged table": `${repeat("|a", 0.01)}|\n${repeat("|-", 0.01)}|\n${repeat("|\n", 0.9)}`,
    "list by indentation": grow(lines, (i) => `${" ".repeat(i)}- a`).join("\n"),
    "quotes line by line": grow(lines, (i) => `${">".repeat(i)} a`).join("\n"),
    "lazy quote": `${repeat("> ", 0.1)}\n${repeat("a\n", 0.9)}`,
    "list in quote": repeat("- > "),
    "brackets open and close": repeat("[", 0.5) + repeat("]", 0.5),
    "stars open and close": `${repeat("*", 0.5)}a${repeat("*", 0.5)}`,
    "emphasis in emphasis": repeat("*a ", 0.5) + repeat(" a*", 0.5),
    "mixed emphasis in emphasis": repeat("*a _a ", 0.5) + repeat(" a_ a*", 0.5),
    "strong in strong": repeat("**a ", 0.5) + repeat(" a**", 0.5),
    "links in links": repeat("[a ", 0.4) + repeat("](b)", 0.6),
    "pictures in pictures": repeat("![a ", 0.5) + repeat("](b)", 0.5),
    "struck in struck": repeat("~~a ", 0.5) + repeat(" a~~", 0.5),
    "runs of backticks that grow": grow(lines, (i) => "`".repeat(i)).join("a"),
    "one definition, many references": `[a]: ${repeat("b", 0.5)}\n\n${repeat("[a]", 0.5)}`,
    "many definitions": grow(Math.ceil(size / 12), (i) => `[a${i}]: b`).join("\n"),
    "one word": repeat("a"),
    "only spaces": `${repeat(" ")}a`,
    "spaces within": `a${repeat(" ")}a`,
    "almost a rule": `${repeat("- ")}a`,
    "almost a rule of stars": `${repeat("* ")}a`,
    "almost a heading": `a\n${repeat("=")}a`,
    "heading with signs": `# a${repeat(" #")}b`,
    "a long fence": repeat("`"),
    "words behind a fence": `\`\`\` ${repeat("a")}`,
    "attributes": `<a ${repeat("b='c' ")}`,
    "an endless address": `https://a.b/${repeat("a")}`,
    "an address of brackets": `https://a.b/${repeat("(")}`,
    "an address that closes": `https://a.b/${repeat(")")}`,
    "an address of signs": `https://a.b/${repeat("!")}`,
    "addresses that close": repeat(`https://a.b/${")".repeat(1_900)} `),
    "an endless host": `https://${repeat("a.")}`,
    "mail": `${repeat("a")}@`,
    "mail of dots": `${repeat("a.")}@a`,
    "mail to dots": `a@${repeat("a.")}`,
    "a mention of dots": `@ana${repeat(".")}`,
    "a channel of dots": `#general${repeat(".")}`,
    "code in a language": `\`\`\`ts\n${repeat("const a = `${b}`;\n")}\`\`\``,
    "empty lines and a bullet": `${repeat("\n")}a •`,
    "hearts and a word": `${"❤️".repeat(39)}a`,
    "hearts": repeat("❤️"),
  };
  return [
    ...PIECES.map((piece): [string, string] => [JSON.stringify(piece), repeat(piece)]),
    ...Object.entries(shapes),
  ];
}
