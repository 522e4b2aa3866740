// What `serve` gives up is gone for the process and for every Worker that it makes afterwards.
import assert from "node:assert/strict";

const PROGRAM = `
import { dropPermissions, giveBackMemory } from ${
  JSON.stringify(new URL("../../server/privileges.ts", import.meta.url).href)
};
const quiet = { debug() {}, info() {}, error() {}, warn: (text, more) => console.log("WARNING", text, more), child: () => quiet };
const attempt = "async () => { const out = {};" +
  "try { await new Deno.Command(Deno.execPath(), { args: ['--version'], stdout: 'null' }).output(); out.run = 'yes'; } catch (e) { out.run = e.name; }" +
  "try { Deno.dlopen('libc.so.6', {}).close(); out.ffi = 'yes'; } catch (e) { out.ffi = e.name; }" +
  "out.import = Deno.permissions.querySync({ name: 'import' }).state; return out; }";
giveBackMemory();
const before = await eval(attempt)();
dropPermissions(quiet);
const after = await eval(attempt)();
const source = URL.createObjectURL(new Blob(["postMessage(await (" + attempt + ")());"], { type: "text/javascript" }));
const worker = new Worker(source, { type: "module" });
const inWorker = await new Promise((resolve) => worker.onmessage = (event) => resolve(event.data));
worker.terminate();
console.log(JSON.stringify({ before, after, inWorker }));
`;

Deno.test("serve cannot run programs, load libraries or import from the network, nor can its Workers", async () => {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(file, PROGRAM);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--config", new URL("../../deno.json", import.meta.url).pathname, file],
    stdout: "piped",
  });
  const { stdout } = await child.output();
  await Deno.remove(file);
  // "prompt" without anybody to ask is a no: the start command and the compiled file have --no-prompt.
  const none = { run: "NotCapable", ffi: "NotCapable", import: "prompt" };
  const { before, after, inWorker } = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(before.run, "yes");
  if (Deno.build.os === "linux") assert.equal(before.ffi, "yes");
  assert.deepEqual(after, none);
  assert.deepEqual(inWorker, none);
});
