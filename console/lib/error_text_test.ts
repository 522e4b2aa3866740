// Failures in the person's language: every code, every problem of a field that the server's sources can name, every kind
// of zod's own; and nothing of the server's English in a Spanish console.
import assert from "node:assert/strict";
import { z } from "zod";
import { ERROR_STATUS } from "../../protocol/errors.ts";
import { messages } from "../messages.ts";
import "../../tests/support/console_texts.ts";
import SERVER_TEXTS from "../messages/server_texts.ts";
import { LANGUAGES } from "../messages/texts.ts";
import { ApiError, toError } from "./api.ts";
import { errorText, problemText } from "./error_text.ts";
import { language } from "./i18n.ts";
import { serverText } from "./server_texts.ts";

Deno.test("every error code has a text and a next step in every language", () => {
  for (const code of Object.keys(ERROR_STATUS)) {
    for (const key of [`error.${code}`, `error.${code}.next`]) {
      // `internal` has the server's own next step: its request id.
      if (key !== "error.internal.next") assert.ok(key in messages, `${key} is missing`);
    }
  }
});

Deno.test("the sentences: both languages, with the parts that vary", () => {
  for (const [from, text] of Object.entries(SERVER_TEXTS)) {
    for (const lang of LANGUAGES) {
      assert.ok(text[lang].trim(), from);
      for (const [part] of text[lang].matchAll(/\{\d\}/g)) assert.ok(from.includes(part), `${from}: ${part}`);
    }
    // Each one finds itself: no pattern before it swallows it.
    const words = from.replaceAll("{0}", "7").replaceAll("{1}", "8").replaceAll("{2}", "items");
    const expected = text.es.replaceAll("{0}", "7").replaceAll("{1}", "8").replaceAll("{2}", "items");
    assert.equal(serverText(words, "es"), expected, from);
  }
});

/** Problems of fields as the sources of the server write them: templates with `7` in the place of what varies. */
async function fieldProblems(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const plain = (text: string) => text.replace(/\$\{[^}]*\}/g, "7").replace(/\\(.)/g, "$1");
  const note = (text: string | undefined, path: string) => text && found.set(plain(text), path);
  const walk = async (dir: URL): Promise<void> => {
    for await (const entry of Deno.readDir(dir)) {
      const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), dir);
      if (entry.isDirectory) await walk(url);
      else if (entry.name.endsWith(".ts") && !/_test\.ts$|examples\.ts$/.test(entry.name)) {
        const text = await Deno.readTextFile(url);
        const path = url.pathname.split("/").slice(-3).join("/");
        const quoted = String.raw`(?:"((?:[^"\\]|\\.)*)"|${"`"}((?:[^${"`"}\\]|\\.)*)${"`"})`;
        // { path: …, message: "…" } in either order, and what `refine` is given
        for (const m of text.matchAll(new RegExp(`\\{\\s*path: [^{}]*?message: ${quoted}`, "g"))) {
          note(m[1] ?? m[2], path);
        }
        if (url.pathname.includes("/protocol/")) {
          for (const m of text.matchAll(new RegExp(`\\{\\s*message: ${quoted}`, "g"))) note(m[1] ?? m[2], path);
          for (const m of text.matchAll(new RegExp(`\\.(?:regex|min|max|email|url)\\([^\\n]*?, ${quoted}\\)`, "g"))) {
            note(m[1] ?? m[2], path);
          }
        }
        // search_query.ts: problem(position, "…")
        for (const m of text.matchAll(new RegExp(`throw problem\\(\\w+, ${quoted}\\)`, "g"))) note(m[1] ?? m[2], path);
        // const message = "…"; throw new AppError(…, { errors: [{ path, message }] })
        if (/errors: \[\{ path[^\]]*\bmessage(: \w+)? \}\]/.test(text)) {
          for (const m of text.matchAll(new RegExp(`const message = ${quoted}`, "g"))) note(m[1] ?? m[2], path);
        }
      }
    }
  };
  for (const dir of ["protocol/", "features/", "routes/"]) await walk(new URL(`../../${dir}`, import.meta.url));
  return found;
}

Deno.test("every problem of a field that the server can name stands in the table", async () => {
  const found = await fieldProblems();
  assert.ok(found.size > 40, `only ${found.size} were found: the search has lost its way`);
  const missing = [...found].filter(([words]) =>
    /[a-z]{4}/.test(words.replace("(at character 7)", "")) && serverText(words, "es") === undefined
  );
  assert.deepEqual(missing, []);
});

Deno.test("every kind of problem that zod words itself stands in the table", () => {
  const failing: [z.ZodType, unknown][] = [
    [z.string(), undefined],
    [z.string(), 5],
    [z.string().min(1), ""],
    [z.string().min(3), "a"],
    [z.string().max(3), "abcd"],
    [z.string().regex(/^a$/), "b"],
    [z.string().startsWith("a"), "b"],
    [z.number(), "5"],
    [z.number().int(), 1.5],
    [z.number().min(3), 2],
    [z.number().gt(3), 2],
    [z.number().max(3), 4],
    [z.number().lt(3), 4],
    [z.number().multipleOf(5), 4],
    [z.array(z.string()).min(1), []],
    [z.array(z.string()).min(2), []],
    [z.array(z.string()).max(1), ["a", "b"]],
    [z.enum(["a", "b"]), "c"],
    [z.literal("a"), "c"],
    [z.union([z.string(), z.number()]), true],
    [z.uuid(), "x"],
    [z.url(), "x"],
    [z.email(), "x"],
    [z.iso.date(), "x"],
    [z.iso.datetime(), "x"],
    [z.strictObject({}), { a: 1 }],
    [z.strictObject({}), { a: 1, b: 2 }],
    [z.record(z.string().regex(/^a$/), z.string()), { b: "x" }],
    [z.boolean(), "x"],
    [z.object({}), null],
  ];
  for (const [schema, value] of failing) {
    const parsed = schema.safeParse(value);
    assert.ok(!parsed.success, `${JSON.stringify(value)} is fine`);
    const [issue] = parsed.error.issues;
    assert.ok(serverText(issue!.message, "es"), `no text for: ${issue!.message}`);
  }
});

Deno.test("nothing of the server's English stands in a Spanish console", async () => {
  const answer = (code: string, status: number, detail: string, errors?: { path: string; message: string }[]) =>
    toError(
      new Response(JSON.stringify({ code, detail, request_id: "r1", errors }), { status }),
    );
  language.value = "es";
  try {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      const error = await answer(code, status, "Words that nobody has translated", [{ path: "x", message: "neither" }]);
      for (const text of [errorText(error).title, errorText(error).next, problemText(error)]) {
        assert.doesNotMatch(text, /Words|translated/, code);
      }
      assert.equal(error.options.fields?.x, "Este valor no se acepta.");
    }
    assert.doesNotMatch(problemText(await answer("a_code_of_tomorrow", 409, "Words")), /Words/);
    const taken = await answer("conflict", 409, "This name is taken.", [{
      path: "username",
      message: "This name is taken.",
    }]);
    assert.equal(errorText(taken).title, "Este nombre ya existe.");
    assert.equal(taken.options.fields?.username, "Este nombre ya existe.");
    const long = await answer("validation_failed", 422, "content: at most 40000 bytes");
    assert.equal(problemText(long), "Es demasiado largo: como máximo 40.000 bytes.");
    assert.equal(errorText(new ApiError("network", 0, "x")).title, messages["error.network"].es);
  } finally {
    language.value = "en";
  }
  assert.equal(problemText(await answer("conflict", 409, "Words of a detail")), "Words of a detail");
});

Deno.test("errors: numbers in the server's sentences are written as the language writes them", () => {
  assert.equal(serverText("Too big: expected string to have <=16384 characters", "en"), "At most 16,384 characters.");
  assert.equal(serverText("at most 16384 bytes", "es"), "Es demasiado largo: como máximo 16.384 bytes.");
  assert.equal(serverText("at most 140 characters", "en"), "At most 140 characters.");
});
