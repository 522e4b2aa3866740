// Every rule of import_rules.ts with an example that breaks it and one that keeps it.
import assert from "node:assert/strict";
import { checkTree, MAX_LINES } from "./import_rules.ts";

/** Messages for one file in a small tree whose other files exist only to be imported. */
function check(path: string, text: string, others: Record<string, string> = {}): string[] {
  const files = new Map([...Object.entries(others), [path, text]] as [string, string][]);
  return checkTree(files).filter((p) => p.path === path).map((p) => p.message);
}

const bad: [name: string, path: string, text: string, expected: RegExp][] = [
  ["main reaches past cli", "main.ts", `import "./db/open.ts";`, /may not import db\/open\.ts/],
  ["the server knows a command", "server/a.ts", `import "../cli/flags.ts";`, /server\/ may import anything but cli\//],
  ["a feature knows the root", "features/chat/a.ts", `import "../../server/mod.ts";`, /may not import server\/mod\.ts/],
  ["a route knows the root", "routes/a.ts", `import "../server/http.ts";`, /may not import server\/http\.ts/],
  ["protocol imports kernel", "protocol/a.ts", `import { x } from "../kernel/ids.ts";`, /may not import kernel/],
  ["protocol uses another package", "protocol/a.ts", `import hono from "hono";`, /package hono: zod only/],
  [
    "a type import counts",
    "realtime/a.ts",
    `import type { X } from "../features/chat/mod.ts";`,
    /may not import features/,
  ],
  ["an import() type counts", "kernel/a.ts", `let x: import("../db/sql.ts").Sql;`, /may not import db\/sql\.ts/],
  ["a dynamic import counts", "kernel/a.ts", `await import("../db/sql.ts");`, /may not import db\/sql\.ts/],
  ["a re-export counts", "db/a.ts", `export * from "../workers/a.ts";`, /may not import workers/],
  ["realtime imports db", "realtime/a.ts", `import { x } from "../db/sql.ts";`, /may not import db/],
  ["a store of another feature", "features/chat/a.ts", `import "../accounts/store.ts";`, /only through their mod\.ts/],
  ["a higher tier", "features/accounts/a.ts", `import "../notifications/mod.ts";`, /tier 1 is not below tier 0/],
  ["the same tier", "features/accounts/a.ts", `import "../health/mod.ts";`, /tier 0 is not below tier 0/],
  ["a feature without tier", "features/chat/a.ts", `import "../unheard_of/mod.ts";`, /tier Infinity is not below/],
  ["endpoints elsewhere", "features/chat/a.ts", `import("../../routes/chat/mod.ts");`, /may not import routes/],
  ["a feature imports realtime", "features/chat/a.ts", `import "../../realtime/hub.ts";`, /may not import realtime/],
  [
    "a route reaches into a feature",
    "routes/a.ts",
    `import "../features/chat/store.ts";`,
    /may not import features\/chat\/store/,
  ],
  ["a route imports db", "routes/a.ts", `import "../db/sql.ts";`, /may not import db/],
  ["the console imports kernel", "console/a.tsx", `import "../kernel/ids.ts";`, /may not import kernel/],
  ["the console uses node", "console/a.tsx", `import "node:fs";`, /does not exist in a browser/],
  [
    "a client imports the product",
    "clients/typescript/a.ts",
    `import "../../protocol/frames.ts";`,
    /may not import protocol/,
  ],
  ["product code imports a tool", "kernel/a.ts", `import "../tools/test.ts";`, /does not use development code/],
  ["a test reaches anywhere", "kernel/a_test.ts", `import "../routes/app.ts";`, /may not import routes/],
  ["an unpinned package", "db/a.ts", `import pg from "npm:pg@8";`, /pinned in deno\.json/],
  ["a URL", "db/a.ts", `import "https://example.com/x.ts";`, /pinned in deno\.json/],
  ["an unknown folder", "stuff/a.ts", `import "../kernel/ids.ts";`, /no row for this folder/],
  ["Deno.env", "features/chat/a.ts", `Deno.env.get("X");`, /reads the environment/],
  ["process.env", "kernel/log.ts", `process.env.X;`, /reads the environment/],
  ["a channel literal", "features/chat/a.ts", `send({ channel: "broadcast" });`, /channel name "broadcast"/],
  [
    "a compared channel literal",
    "features/chat/a.ts",
    `if (event.channel === "broadcast") f();`,
    /channel name "broadcast"/,
  ],
  ["a channel template", "routes/a.ts", "send(`notify:${x}`);", /channel name "notify:{}"/],
  ["a channel in JSX", "console/a.tsx", `<Feed channel="user:me:notifications" />;`, /channel name "user:me/],
  ["a long file", "db/a.ts", "\n".repeat(MAX_LINES + 1), /401 lines/],
  ["an unused value", "db/a.ts", `export const lonely = 1; console.log(lonely);`, /exports lonely/],
  ["an unused type", "db/a.ts", `export interface Lonely {}`, /exports Lonely/],
  ["an unused function of a tool", "tools/a.ts", `export function lonely() {}`, /exports lonely/],
];

for (const [name, path, text, expected] of bad) {
  Deno.test(`import rules refuse: ${name}`, () => {
    const messages = check(path, text);
    assert.equal(messages.length, 1, messages.join("\n"));
    assert.match(messages[0]!, expected);
  });
}

const good: [name: string, path: string, text: string][] = [
  ["cli imports all", "cli/serve.ts", `import "../realtime/hub.ts"; Deno.env.get("X");`],
  ["the server imports the rest", "server/a.ts", `import "../routes/app.ts"; import "../realtime/hub.ts";`],
  ["zod in protocol", "protocol/a.ts", `import { z } from "zod"; import "./b.ts"; export const x = z.string();`],
  ["a feature's endpoints", "features/chat/mod.ts", `import("../../routes/chat/mod.ts");`],
  ["a feature without tier stands above", "features/unheard_of/a.ts", `import "../chat/mod.ts";`],
  [
    "a lower tier's mod",
    "features/notifications/a.ts",
    `import "../accounts/mod.ts"; import "../context.ts"; import "./b.ts";`,
  ],
  ["routes use mods", "routes/a.ts", `import "../features/accounts/mod.ts"; import "./app.ts";`],
  ["the list of features", "features/mod.ts", `import "./accounts/mod.ts"; import "./define.ts";`],
  [
    "a test beside the code",
    "features/chat/a_test.ts",
    `import "../../tests/wait.ts"; import "../../db/open.ts"; import "./a.ts"; Deno.env.get("X");`,
  ],
  [
    "names in comments and longer texts",
    "features/chat/a.ts",
    `/* "notify:x" */ log("broadcast"); key(\`user:\${id}\`); path("user:password@host");`,
  ],
  ["a test writes channels", "realtime/a_test.ts", `sub("broadcast");`],
  ["a reason for length", "db/a.ts", "// long file: one table of facts\n" + "\n".repeat(500)],
  ["a type used in its own file", "db/a.ts", `export interface Options {} export default (o: Options) => o;`],
  ["exports of a mod", "features/chat/mod.ts", `export const x = 1;`],
];

for (const [name, path, text] of good) {
  Deno.test(`import rules accept: ${name}`, () => assert.deepEqual(check(path, text), []));
}

Deno.test("import rules: an export counts as used by name, namespace, re-export or dynamic import", () => {
  const files = new Map([
    ["db/a.ts", "export const one = 1; export const two = 2; export const three = 3;"],
    ["db/all.ts", "export const four = 4;"],
    ["db/lazy.ts", "export const five = 5;"],
    [
      "cli/x.ts",
      `import { one as uno } from "../db/a.ts"; export { two } from "../db/a.ts"; import * as a from "../db/all.ts"; await import("../db/lazy.ts"); f(uno, a);`,
    ],
    ["cli/y.ts", `import { two } from "./x.ts"; f(two);`],
  ]);
  assert.deepEqual(checkTree(files).map((p) => p.message), ["exports three, which nothing imports"]);
});

const circles: [name: string, files: Record<string, string>, expected: string[]][] = [
  ["two files", {
    "db/a.ts": `import { b } from "./b.ts"; export const a = () => b;`,
    "db/b.ts": `import { a } from "./a.ts"; export const b = () => a;`,
  }, ["db/a.ts:1: db/a.ts → db/b.ts → db/a.ts"]],
  ["the shortest of several, and its line", {
    "db/a.ts": `import "./b.ts";`,
    "db/b.ts": `import "./c.ts";`,
    "db/c.ts": `import "./a.ts";\nimport { d } from "./d.ts"; d();`,
    "db/d.ts": `import "./c.ts"; export const d = () => 1;`,
  }, ["db/c.ts:2: db/c.ts → db/d.ts → db/c.ts"]],
  ["a re-export", {
    "db/a.ts": `export { b } from "./b.ts";`,
    "db/b.ts": `import "./a.ts"; export const b = 1;`,
    "db/c.ts": `import { b } from "./a.ts"; b;`,
  }, ["db/a.ts:1: db/a.ts → db/b.ts → db/a.ts"]],
  ["itself", { "db/a.ts": `import "./a.ts";` }, ["db/a.ts:1: db/a.ts → db/a.ts"]],
  ["each of two groups", {
    "db/a.ts": `import "./b.ts";`,
    "db/b.ts": `import "./a.ts"; import "./c.ts";`,
    "db/c.ts": `import "./d.ts";`,
    "db/d.ts": `import "./c.ts";`,
  }, ["db/a.ts:1: db/a.ts → db/b.ts → db/a.ts", "db/c.ts:1: db/c.ts → db/d.ts → db/c.ts"]],
  ["none: types alone, or loaded later", {
    "db/a.ts": `import type { B } from "./b.ts"; import { type C } from "./c.ts"; export type A = B | C;
      export type { B } from "./b.ts"; export const later = () => import("./c.ts"); later();`,
    "db/b.ts": `import { type A, later } from "./a.ts"; later(); export type B = A;`,
    "db/c.ts": `import "./b.ts"; export type C = 1;`,
  }, []],
];

for (const [name, files, expected] of circles) {
  Deno.test(`import rules find a circle: ${name}`, () => {
    const found = checkTree(new Map(Object.entries(files))).filter((p) => p.message.startsWith("imports in a circle"));
    const shown = found.map((p) => `${p.path}:${p.line}: ${/circle: (.*);/.exec(p.message)![1]}`);
    assert.deepEqual(shown, expected);
  });
}
