// The README's commands as they stand there, in a clean clone, on a machine that has Node but no Deno, with the data in a
// folder that is not the default one: the start, a token with ./pulpo from a second terminal, and the first notification.
import assert from "node:assert/strict";
import { findProgram } from "../../tools/requirements.ts";
import { freePort } from "../support/child_server.ts";
import { until } from "../support/wait.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** What a small Unix system has besides Node. */
const TOOLS = ["node", "npx", "npm", "git", "curl", "sh", "env", "sed", "dirname", "cat", "uname"];

const missing = TOOLS.filter((name) => !findProgram(name));

Deno.test({
  name: "README: with Node alone, from a clean clone to the first notification",
  ignore: Deno.build.os === "windows" || missing.length > 0,
}, async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const line = (start: string) => {
    const found = readme.split("\n").find((text) => text.startsWith(start));
    assert.ok(found, `README has no line that begins with: ${start}`);
    return found;
  };
  const folder = await Deno.makeTempDir({ prefix: "pulpo-readme-" });
  const bin = `${folder}/bin`, clone = `${folder}/pulpo`, port = freePort();
  await Deno.mkdir(bin);
  for (const name of TOOLS) await Deno.symlink(await Deno.realPath(findProgram(name)!), `${bin}/${name}`);
  const env = { HOME: Deno.env.get("HOME")!, PATH: bin };
  const shell = async (command: string, more: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command(`${bin}/sh`, {
      args: ["-c", command],
      cwd: clone,
      clearEnv: true,
      env: { ...env, ...more },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { code, out: text(stdout), err: text(stderr) };
  };
  const cloned = await new Deno.Command("git", { args: ["clone", "-q", ROOT, clone] }).output();
  assert.ok(cloned.success, new TextDecoder().decode(cloned.stderr));
  assert.notEqual((await shell("deno --version")).code, 0, "this machine has no deno");

  const server = new Deno.Command(`${bin}/sh`, {
    args: ["-c", `exec ${line("npx -y deno@")}`],
    cwd: clone,
    clearEnv: true,
    env: {
      ...env,
      PULPO_PORT: String(port),
      PULPO_HOST: "127.0.0.1",
      PULPO_DATA_DIR: `${folder}/my data`,
      PULPO_ADMIN_EMAIL: "owner@example.org",
      PULPO_ADMIN_PASSWORD: "correct horse battery",
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await shell(`curl -fs ${url}/health/ready`)).code === 0, {
      timeoutMs: 300_000,
      everyMs: 500,
      what: "the server is ready",
    });
    // A second terminal: the folder that was not named is not the server's.
    const wrong = await shell(line("./pulpo token create"));
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, new RegExp(`There is no Pulpo in ${clone}/data\\.`));
    assert.equal((await shell("cat data/secret")).code, 1, "nothing was created");

    const made = await shell(line("./pulpo token create"), { PULPO_DATA_DIR: `${folder}/my data` });
    assert.match(made.out, /^pulpo_\S+$/, made.err);
    const example = readme.match(/```sh\n(curl -X POST \$PULPO_URL\/notify[\s\S]*?)```/)![1]!;
    const sent = await shell(example, { PULPO_URL: url, PULPO_TOKEN: made.out });
    assert.match(sent.out, /"channel":"broadcast","offset":1/, sent.err);
    assert.match((await shell(line("./pulpo --help"))).out, /^Use: pulpo <command>/m);
  } finally {
    // npx, npm's shell and Deno hang on each other: the server's own process id is in its data folder.
    const pid = Number(await Deno.readTextFile(`${folder}/my data/pulpo.lock`).catch(() => "0"));
    if (pid > 0) Deno.kill(pid, "SIGTERM");
    else server.kill("SIGTERM");
    await server.status;
    await Deno.remove(folder, { recursive: true });
  }
});
