// Words of the console that must be whole: each setting of the server has its name and a sentence in both languages, and no
// text has two meanings because its key stands in two tables.
import assert from "node:assert/strict";
import { messages } from "../../console/messages.ts";
import { SETTINGS, snake } from "../../kernel/config.ts";

Deno.test("settings: the console has words for each of them", () => {
  const texts = messages as Record<string, { en: string; es: string }>;
  const names = Object.keys(SETTINGS).map(snake);
  for (const name of names) {
    assert.ok(texts[`setting.${name}`], `console/messages/server_settings.ts lacks setting.${name}`);
    assert.match(texts[`setting.${name}.text`]?.en ?? "", /\.$/, name);
    assert.match(texts[`setting.${name}.text`]?.es ?? "", /\.$/, name);
  }
  const told = Object.keys(texts).flatMap((key) => /^setting\.(\w+)/.exec(key)?.[1] ?? []);
  assert.deepEqual([...new Set(told)].filter((name) => !names.includes(name)), []);
});

Deno.test("messages: no key stands in two tables", async () => {
  const folder = new URL("../../console/messages/", import.meta.url);
  const home = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    for (const [table, texts] of Object.entries(await import(new URL(name, folder).href) as Record<string, unknown>)) {
      if (!table.endsWith("Messages")) continue;
      for (const key of Object.keys(texts as object)) {
        assert.equal(home.get(key), undefined, `${key} stands in ${home.get(key)} and in ${name}`);
        home.set(key, name);
      }
    }
  }
  assert.ok(home.size > 1000, String(home.size));
});
