// docs/adding_a_feature.md is true: the feature in docs/examples/dice (a channel, a frame, a route, a page, a gauge) is added to a copy
// of the tree by its own folders and one line in each of two lists; the copy keeps the rules, compiles, and its server has it all.
import assert from "node:assert/strict";
import { channels } from "../../protocol/wire/channels.ts";
import { assertCalm, DESK, haveBrowser, launch, openPage, overflow, PHONE } from "../support/browser.ts";
import { ADMIN, freePort, startChild } from "../support/child_server.ts";
import { openSocket } from "../support/socket_client.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const TOY = `${ROOT}docs/examples/dice/`;
/** What a server needs, and whatever the rules look at. */
const PARTS =
  "main.ts deno.json deno.lock bench cli clients console db features kernel protocol realtime routes server tests tools workers";
/** The one line each: what is imported, from where, and what it is put behind. */
const LISTS = [
  ["features/mod.ts", "diceFeature", "./dice/mod.ts"],
  ["console/areas.ts", "dice", "./areas/dice/area.ts"],
] as const;

async function run(program: string, args: string[], cwd: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, env: { NO_COLOR: "1" } }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).slice(-5000);
  assert.ok(success, `${program} ${args.join(" ")}\n${text(stdout)}${text(stderr)}`);
}

async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`, `${prefix}${name}/`));
    else found.push(prefix + name);
  }
  return found.sort();
}

/** A copy of the tree with the toy in it. @returns its folder, with a slash, and the toy's files */
async function copyWithToy(): Promise<{ copy: string; files: string[] }> {
  const copy = `${await Deno.makeTempDir({ prefix: "pulpo-toy-" })}/`;
  await run("cp", ["-r", ...PARTS.split(" "), copy], ROOT);
  const files = await filesBelow(TOY);
  for (const file of files) {
    await assert.rejects(Deno.stat(copy + file), Deno.errors.NotFound, `${file} is the toy's own`);
  }
  await run("cp", ["-r", `${TOY}.`, copy], ROOT);
  for (const [list, name, from] of LISTS) {
    const text = await Deno.readTextFile(copy + list);
    const end = text.lastIndexOf("]");
    const before = text.slice(0, end).trimEnd().replace(/,$/, "");
    const added = `import { ${name} } from "${from}";\n${before}, ${name}${text.slice(end)}`;
    await Deno.writeTextFile(copy + list, added);
  }
  return { copy, files };
}

Deno.test({
  name: "a feature is added by its own folders and one line in each of two lists",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { copy, files } = await copyWithToy();
    const dataDir = await Deno.makeTempDir({ prefix: "pulpo-toy-data-" });
    try {
      const deno = (...args: string[]) => run(Deno.execPath(), args, copy);
      await deno("fmt", "--check", ...files);
      await deno("lint", ...files);
      await Promise.all([
        deno("run", "-A", "tools/check_imports.ts"),
        deno("check", ...files, ...LISTS.map(([list]) => list)),
        deno("run", "-A", "tools/build_console.ts"),
      ]);
      const program = ["--no-check", "--config", `${copy}deno.json`, `${copy}main.ts`, "serve"];
      const server = await startChild({ PULPO_DATA_DIR: dataDir }, freePort(), program);
      try {
        await everythingWorks(server.url);
      } finally {
        await server.kill();
      }
    } finally {
      for (const folder of [copy, dataDir]) await Deno.remove(folder, { recursive: true });
    }
  },
});

async function everythingWorks(url: string): Promise<void> {
  const json = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, {
      ...init,
      headers: { "content-type": "application/json", ...init.headers },
    });
    return { status: response.status, body: await response.json() };
  };
  const login = { email: ADMIN.email, password: ADMIN.password };
  const { access_token: access } =
    (await json("/api/v1/auth/login", { method: "POST", body: JSON.stringify(login) })).body;
  const headers = { authorization: `Bearer ${access}` };
  const roll = (body: unknown) => json("/api/v1/dice/rolls", { method: "POST", body: JSON.stringify(body), headers });

  // The route, and its rules.
  const first = await roll({ sides: 20 });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.ok(first.body.value >= 1 && first.body.value <= 20);
  assert.equal((await roll({ sides: 1 })).status, 422);
  assert.equal((await json("/api/v1/dice/rolls", { method: "POST", body: "{}" })).status, 401);

  // The channel and the frame.
  await using socket = await openSocket(`${url}/ws?token=${access}&channels=dice`);
  assert.deepEqual((await socket.wait((f) => f.type === "rolled")).data, first.body, "the newest is there at once");
  const answer = await socket.ask({ type: "roll", sides: 2 });
  assert.equal(answer.type, "ack", JSON.stringify(answer));
  await socket.wait((f) => f.type === "rolled" && f.data.sides === 2);
  assert.equal((await socket.ask({ type: "roll", sides: 1000 })).code, "validation_failed");

  // The gauge, the documents, the reserved word.
  const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
  assert.match(metrics, /^pulpo_dice_rolls 2$/m);
  const { channels: shown } = (await json("/asyncapi.json")).body;
  assert.ok(shown.dice.messages.rolled && shown.socket.messages.roll && shown[channels.broadcast.kind]);
  assert.ok((await json("/openapi.json")).body.paths["/api/v1/dice/rolls"]);
  const notify = { type: "roll", message: "x" };
  const refused = await json("/notify", { method: "POST", body: JSON.stringify(notify), headers });
  assert.equal(refused.body.code, "reserved_type");

  if (haveBrowser()) await pageWorks(url, () => roll({ sides: 100 }));
}

/** The page: found in the navigation, tells of others' rolls, rolls itself; in both languages, on a desk and on a phone. */
async function pageWorks(url: string, rollElsewhere: () => Promise<{ body: { value: number } }>): Promise<void> {
  await using browser = await launch();
  for (const [size, locale, label] of [[DESK, "en-US", "Dice"], [PHONE, "es-ES", "Dados"]] as const) {
    const watched = await openPage(browser, url, { ...size, locale });
    const { page } = watched;
    await page.goto(`${url}/login?next=/dice`);
    await page.locator("input[autocomplete=username]").fill(ADMIN.email);
    await page.locator("input[autocomplete=current-password]").fill(ADMIN.password);
    await page.locator("button[type=submit]").click();
    await page.locator("main h1", { hasText: label }).waitFor();
    if (size === DESK) await page.locator("nav a[href='/dice']").first().waitFor();
    await page.locator(".link-live").first().waitFor({ state: "attached" });
    const said = page.locator("main [aria-live]", { hasText: /100/ });
    const { body } = await rollElsewhere();
    await said.filter({ hasText: String(body.value) }).waitFor();
    await page.locator("main .card button").click();
    await page.locator("main [aria-live]", { hasText: /\b6\./ }).waitFor();
    assert.equal(await overflow(page), 0);
    assertCalm(watched);
    await watched.context.close();
  }
}

Deno.test("docs/adding_a_feature.md quotes the toy as it is", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/adding_a_feature.md`);
  const quoted = [...page.matchAll(/\[`[^`]+`\]\(examples\/dice\/([^)]+)\)[^`]*```tsx?\n([\s\S]*?)```/g)];
  assert.deepEqual(quoted.map(([, file]) => file).sort(), await filesBelow(TOY), "every file is shown");
  for (const [, file, text] of quoted) {
    assert.equal(text, await Deno.readTextFile(TOY + file), file!);
  }
});
