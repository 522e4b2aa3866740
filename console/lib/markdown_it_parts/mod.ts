// Stands in the browser for two packages that markdown-it asks for (tools/console_plugins.ts puts it there): a table of all
// named characters, which the browser has by itself, and a finder of addresses, which is switched off here (the rules of
// areas/chat/lib/markdown_rules.ts find them). Together they are as large as markdown-it.

const box = globalThis.document?.createElement("textarea");
const known = new Map<string, string>();

/** One named or numbered character (`&eacute;`) as text; what is none stays as it is. */
export function decodeHTMLStrict(name: string): string {
  let text = known.get(name);
  if (text === undefined) {
    box!.innerHTML = name;
    text = box!.value;
    // The browser also takes names without their end: of `&notit;` it makes `¬it;`.
    if (text !== ";" && text.endsWith(";")) text = name;
    if (known.size < 5_000) known.set(name, text);
  }
  return text;
}

export class LinkifyIt {}
