import assert from "node:assert/strict";
import { flagsHelp, readFlags, UsageError } from "./flags.ts";

const FLAGS = {
  name: { type: "text", value: "TEXT", help: "how it is called" },
  seed: { type: "number", value: "N", help: "a number" },
  small: { type: "switch", help: "less" },
} as const;

const taken: [argv: string, words: string[], values: object, settings: object][] = [
  ["", [], {}, {}],
  ["FILE --small --seed 7 more", ["FILE", "more"], { small: true, seed: 7 }, {}],
  ["--small FILE --name=--odd", ["FILE"], { small: true, name: "--odd" }, {}],
  ["--name= --port 0", [], { name: "" }, { port: "0" }],
  ["--trust-proxy --data-dir=/d", [], {}, { "trust-proxy": true, "data-dir": "/d" }],
  ["--trust-proxy false FILE", ["FILE"], {}, { "trust-proxy": "false" }],
  ["--trust-proxy=no --config x.toml", [], {}, { "trust-proxy": "no", config: "x.toml" }],
  ["--nonsense 1 --port eighty", [], {}, { nonsense: "1", port: "eighty" }],
  ["--nonsense", [], {}, { nonsense: true }],
  // What every object has is not declared by that.
  ["--constructor=5 --toString", [], {}, { constructor: "5", toString: true }],
];
for (const [argv, words, values, settings] of taken) {
  Deno.test(`flags: pulpo ${argv}`, () => {
    const parsed = readFlags(argv.split(" ").filter(Boolean), FLAGS);
    assert.deepEqual(
      { ...parsed, values: { ...parsed.values }, settings: { ...parsed.settings } },
      { words, values, settings },
    );
  });
}

const refused: [argv: string, told: RegExp][] = [
  ["--name", /^--name takes a value: --name=TEXT$/],
  ["--name --small", /^--name takes a value/],
  ["--port", /^--port takes a value/],
  ["--seed many", /^--seed takes a whole number\.$/],
  ["--small=yes", /^--small takes no value\.$/],
  ["-x", /^There is no flag -x\.$/],
];
for (const [argv, told] of refused) {
  Deno.test(`flags refuse: pulpo ${argv}`, () => {
    assert.throws(() => readFlags(argv.split(" "), FLAGS), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, told);
      assert.equal(error.status, 2);
      return true;
    });
  });
}

Deno.test("the help says what a command declares", () => {
  assert.equal(
    flagsHelp(FLAGS),
    "  --name TEXT          how it is called\n  --seed N             a number\n  --small              less\n",
  );
});
