// The command line as a person uses it: real processes, one data folder, with and without a running server.
import assert from "node:assert/strict";
import { ADMIN, freePort, post, pulpo, startChild } from "../support/child_server.ts";

Deno.test("help, version, unknown commands and bad settings", async () => {
  const overview = await pulpo(["--help"]);
  assert.equal(overview.code, 0);
  const commands = [
    "serve",
    "migrate",
    "user",
    "organization",
    "token",
    "backup",
    "restore",
    "demo",
    "doctor",
    "bench",
    "version",
  ];
  for (const command of commands) assert.match(overview.out, new RegExp(`^  ${command} `, "m"));
  const helps = await Promise.all(commands.map((command) => pulpo([command, "--help"])));
  helps.forEach(({ code, out }, i) => {
    assert.equal(code, 0);
    assert.match(out, new RegExp(`pulpo ${commands[i]}`));
  });
  assert.match((await pulpo(["version"])).out, /^pulpo \d+\.\d+\.\d+/);
  const unknown = await pulpo(["dance"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /no command "dance"/);

  const bad = await pulpo(["serve", "--port", "eighty", "--nonsense", "1"], {
    PULPO_REGISTRATION: "maybe",
    DATABASE_URL: "mysql://user:hunter2@host/db",
    PULPO_SECRET: "short",
  });
  assert.equal(bad.code, 2);
  for (
    const part of [
      "--port = eighty",
      "PULPO_REGISTRATION = maybe",
      "DATABASE_URL = ***",
      "PULPO_SECRET = ***",
      "--nonsense",
    ]
  ) {
    assert.ok(bad.err.includes(part), `${part} in:\n${bad.err}`);
  }
  assert.equal(bad.err.includes("hunter2"), false);
});

Deno.test("accounts, tokens, doctor, backup and restore, with and without a running server", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pulpo-cli-" });
  const data = ["--data-dir", `${dir}/data`];
  try {
    // Where there is nothing yet, a command says where it looked and leaves nothing behind.
    const commands = [
      ["token", "create", "--user", "owner"],
      ["user", "setup-link"],
      ["user", "list"],
      ["backup", `${dir}/none.gz`],
      ["export", `${dir}/none.zip`],
    ];
    for (const answer of await Promise.all(commands.map((command) => pulpo([...command, ...data])))) {
      assert.equal(answer.code, 1);
      assert.match(answer.err, new RegExp(`There is no Pulpo in ${dir}/data\\..* --data-dir FOLDER`));
    }
    const looked = await pulpo(["doctor", ...data, "--port", String(freePort())]);
    assert.equal(looked.code, 0, looked.out);
    assert.match(looked.out, new RegExp(`none in ${dir}/data yet`));
    assert.deepEqual([...Deno.readDirSync(dir)], [], "nothing was created");

    const migrated = await pulpo(["migrate", ...data]);
    assert.equal(migrated.code, 0, migrated.err);
    // A database without its secret: a new one would lock the server's people out.
    const secretless = await pulpo(["token", "create", "--user", "owner", ...data]);
    assert.equal(secretless.code, 1);
    assert.match(secretless.err, new RegExp(`no secret in ${dir}/data`));
    assert.ok(![...Deno.readDirSync(`${dir}/data`)].some((entry) => entry.name === "secret"));
    await Deno.writeTextFile(`${dir}/data/secret`, "a secret of the tests that is long enough\n");
    const link = await pulpo(["user", "setup-link", ...data, "--public-url", "https://pulpo.example"]);
    assert.match(link.out, /^https:\/\/pulpo\.example\/setup#token=\S+\n$/, link.err);
    const none = await pulpo(["user", "list", ...data]);
    assert.equal(none.code, 1);
    assert.ok(none.err.includes(`no organisation in ${dir}/data yet`), none.err);
    assert.ok(none.err.includes(`./pulpo user setup-link --data-dir ${dir}/data`), none.err);

    const server = await startChild({ PULPO_DATA_DIR: `${dir}/data` });
    let token = "";
    try {
      const created = await pulpo([
        ...["user", "create", ...data, "--email", "bea@example.org", "--username", "bea"],
        ...["--password", "a long enough word", "--role", "moderator"],
      ]);
      assert.equal(created.code, 0, created.err);
      const weak = await pulpo(["user", "create", ...data, "--email", "x@example.org", "--password", "short"]);
      assert.equal(weak.code, 1);
      assert.match((await pulpo(["user", "list", ...data])).out, /^bea\s+moderator\s+active\s+bea@example\.org$/m);
      const nothing = await pulpo(["user", "reset-2fa", "bea", ...data]);
      assert.deepEqual([nothing.code, /has no second factor/.test(nothing.err)], [1, true], nothing.err);
      const made = await pulpo(["token", "create", ...data, "--user", "bea", "--scopes", "notify"]);
      token = made.out.trim();
      assert.match(token, /^pulpo_/, made.err);
      const sent = await post(`${server.url}/notify`, { type: "cli_test", message: "hello" }, token);
      assert.equal(sent.status, 202);
      const asked = await pulpo(["doctor", "--url", server.url]);
      assert.equal(asked.code, 0);
      assert.match(asked.out, /database\s+ok/);
      const saved = await pulpo(["backup", `${dir}/backup.gz`, ...data]);
      assert.equal(saved.code, 0, saved.err);
      assert.equal((await pulpo(["migrate", ...data])).code, 1); // the server has the data folder
      const operate = (...words: string[]) => pulpo(["organization", ...words, ...data]);
      const account = { email: "eva@example.net", password: "another long pass phrase" };
      const opened = await operate(
        "create",
        "--name",
        "Casa",
        "--email",
        account.email,
        "--password",
        account.password,
      );
      assert.match(opened.out, /^created Casa \(\S+\) with the owner eva$/m, opened.err);
      const signIn = () => post(`${server.url}/api/v1/auth/login`, account);
      assert.equal((await signIn()).status, 200);
      const changed = await operate("set", "--organization", "Casa", "--plan", "small", "--domain", "Casa.example");
      assert.equal(changed.out, "changed Casa\n", changed.err);
      assert.match((await operate("set", "--organization", "Casa", "--disable")).out, /disabled/);
      assert.equal((await signIn()).status, 401);
      assert.match((await operate("list")).out, /Casa\s+disabled\s+1 people\s+small\s+casa\.example$/m);
      assert.equal((await operate("set", "--organization", "Nowhere", "--enable")).code, 1);
      assert.match((await operate("set", "--organization", "Casa", "--domain", "no domain")).err, /--domain/);
      assert.match((await operate("set", "--organization", "Casa")).err, /say what to set/);
      // What the commands use to speak with the server is of no use without the secret.
      const forged = await post(`${server.url}/api/v1/system/commands`, { name: "user setup-link", flags: {} });
      assert.equal(forged.status, 404);
    } finally {
      await server.stop();
    }
    assert.equal((await pulpo(["doctor", "--url", server.url])).code, 1);
    assert.match((await pulpo(["migrate", ...data])).out, /up to date/);

    assert.equal((await pulpo(["restore", `${dir}/backup.gz`, ...data])).code, 1); // not empty
    const restored = await pulpo(["restore", `${dir}/backup.gz`, "--data-dir", `${dir}/second`]);
    assert.equal(restored.code, 0, restored.err);
    const second = await startChild({ PULPO_DATA_DIR: `${dir}/second` });
    try {
      const login = await post(`${second.url}/api/v1/auth/login`, {
        email: "bea@example.org",
        password: "a long enough word",
      });
      assert.equal(login.status, 200);
      const owner = await post(`${second.url}/api/v1/auth/login`, ADMIN);
      assert.equal(owner.body.user.role, "owner");
      const sent = await post(`${second.url}/notify`, { type: "cli_test", message: "again" }, token);
      assert.equal(sent.body.offset, 2, "offsets go on where the backup was taken");
    } finally {
      await second.stop();
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
