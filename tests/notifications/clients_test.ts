// The Python client as other people get it: installed with pip into a new environment, its pytest suite run against a
// real server.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findProgram } from "../../tools/requirements.ts";
import { createTestApp } from "../support/test_app.ts";

const CLIENT = fileURLToPath(new URL("../../clients/python", import.meta.url));
const python = findProgram("python3");

async function run(program: string, args: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, ...options, stdin: "null" }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert.ok(success, `${program.split("/").at(-1)} ${args.join(" ").replaceAll(CLIENT, "")} failed:\n${text}`);
  return text;
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (/^(__pycache__|\.|build$|.*\.egg-info$)/.test(entry.name)) continue;
    if (entry.isDirectory) await copyTree(`${from}/${entry.name}`, `${to}/${entry.name}`);
    else await Deno.copyFile(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}

Deno.test({ name: "the Python client against a server", ignore: python === undefined }, async () => {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-python-" });
  try {
    // A copy: pip builds inside the folder that it installs from.
    await copyTree(CLIENT, `${folder}/client`);
    await run(python!, ["-m", "venv", `${folder}/venv`]);
    const bin = `${folder}/venv/${Deno.build.os === "windows" ? "Scripts" : "bin"}`;
    const quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(`${bin}/python`, [...quiet, `${folder}/client[test]`]);

    await using server = await createTestApp();
    const { access } = await server.owner();
    const scopes = ["notify", "notifications.read", "chat.read", "chat.send", "chat.channels.create"];
    const made = await server.call("POST", "/auth/tokens", { token: access, body: { name: "python", scopes } });
    assert.equal(made.status, 201, made.text);
    const report = await run(`${bin}/python`, ["-m", "pytest"], {
      cwd: `${folder}/client`,
      env: { PULPO_TEST_URL: server.url, PULPO_TEST_TOKEN: made.body.token },
    });
    assert.match(report, /\d+ passed/);
    assert.doesNotMatch(report, /skipped/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
