// The server with no more permissions than `deno task start` gives it and `serve` keeps: everything works, and nothing outside
// of its own folders can be read or written, not even with the help of the command line.
import assert from "node:assert/strict";
import { available, startPostgres, startRedis } from "../../tools/services.ts";
import { post, pulpo } from "../support/child_server.ts";
import { png } from "../support/picture_files.ts";
import { startPushService } from "../support/push_service.ts";
import { S3_KEYS, startS3 } from "../support/s3_stand_in.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { type Attempts, startAsDocumented, type StartedServer } from "../support/start_command.ts";
import { slackExport, zipOf } from "../support/transfer_archives.ts";
import { until } from "../support/wait.ts";

const OWNER = { email: "owner@example.org", username: "owner", password: "a long enough word" };

const REFUSED: Attempts = Object.fromEntries(
  [
    ...[
      "read outside",
      "list outside",
      "write outside",
      "copy out",
      "move out",
      "link out",
      "link to outside",
      "climb",
    ],
    ...["read /etc/passwd", "read /proc/self/environ", "write the code", "run", "ffi", "import"],
  ].map((name) => [name, "refused"]),
);

async function emptyFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-narrow-" });
  await Deno.mkdir(`${folder}/outside`);
  await Deno.writeTextFile(`${folder}/outside/mine`, "nobody's business");
  return folder;
}

/** Sign-up with the printed link, and sign-in. */
async function signUp(server: StartedServer): Promise<string> {
  const link = () => /\/setup#token=(\S+)/.exec(server.output())?.[1];
  await until(() => link() !== undefined, { what: "the link is printed" });
  const made = await post(`${server.url}/api/v1/setup`, { token: link(), ...OWNER, organization_name: "Casa" });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return (await post(`${server.url}/api/v1/auth/login`, OWNER)).body.access_token;
}

/** A message with a picture, whose small copy is made by a Worker. @returns id of the picture */
async function chat({ url }: StartedServer, token: string): Promise<string> {
  const channel = await post(`${url}/api/v1/channels`, { name: "bookings" }, token);
  const upload = await fetch(`${url}/api/v1/media/upload?filename=photo.png`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "image/png" },
    body: await png(900, 600),
  });
  const medium = await upload.json();
  assert.equal(upload.status, 201, JSON.stringify(medium));
  const content = "# Hola\n**todos**, esto es `código`";
  const path = `${url}/api/v1/channels/${channel.body.id}/messages`;
  const sent = await post(path, { content, media_ids: [medium.id] }, token);
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  const thumb = await fetch(`${url}/api/v1/media/${medium.id}?size=thumb`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(thumb.status, 200);
  assert.ok((await thumb.arrayBuffer()).byteLength > 100);
  return medium.id;
}

async function askMail({ url }: StartedServer, token: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/notifications/preferences`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ default: "email" }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function assertConfined(server: StartedServer): Promise<void> {
  const { main, worker } = await server.attempts();
  for (const found of [main, worker]) {
    const { "write inside": write, "read inside": read, ...rest } = found;
    assert.deepEqual([write, read], ["done", "done"], JSON.stringify(found));
    assert.deepEqual(rest, REFUSED);
  }
}

Deno.test("as `deno task start` starts it: chat, files, mail, push, backup, export, import; and nothing outside", async () => {
  const folder = await emptyFolder(), data = ["--data-dir", `${folder}/data`];
  await using smtp = await startSmtp();
  await using push = startPushService();
  try {
    await using server = await startAsDocumented(folder, {
      PULPO_DATA_DIR: `${folder}/data`,
      PULPO_STORAGE: `file:${folder}/files`,
      PULPO_WS_PORT: `${folder}/ws.sock`,
      PULPO_SMTP_URL: smtp.url,
      PULPO_WEBHOOK_PRIVATE: "allow",
    });
    assert.doesNotMatch(server.output(), /may use all files/);
    const token = await signUp(server);
    await chat(server, token);

    const { body: me } = await get(server, token, "/auth/me");
    const { body: key } = await get(server, token, "/push/key");
    const browser = await push.browser(key.public_key);
    assert.equal((await post(`${server.url}/api/v1/push/subscriptions`, browser.subscription, token)).status, 201);
    await askMail(server, token);
    const notice = { type: "reserva_creada", message: "Nueva reserva", user_ids: [me.id] };
    assert.equal((await post(`${server.url}/notify`, notice, token)).status, 202);
    await until(() => smtp.mails.length > 0 && push.pushes.length > 0, { timeoutMs: 90_000, what: "mail and push" });
    assert.match(mailText(smtp.mails[0]!), /Nueva reserva/);
    assert.deepEqual(push.complaints, []);

    const health = await (await fetch(`${server.url}/health`)).json();
    assert.deepEqual(health.services.websocket, { status: "ok", transports: ["native", "ws"] });
    assert.match(await handshakeAt(`${folder}/ws.sock`), /^HTTP\/1\.1 101 /);

    // The console, the document of the API, metrics: files of the code.
    for (const path of ["/", "/docs", "/openapi.json"]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 200, path);
      await response.body?.cancel();
    }

    const saved = await pulpo(["backup", `${folder}/outside/backup.gz`, ...data]);
    assert.equal(saved.code, 0, saved.err);
    assert.match(saved.out, /wrote .*backup\.gz: \d+ rows of \d+ tables/);
    const restored = await pulpo(["restore", `${folder}/outside/backup.gz`, "--data-dir", `${folder}/second`]);
    assert.equal(restored.code, 0, restored.err);

    const exported = await pulpo(["export", `${folder}/outside/all.zip`, ...data]);
    assert.equal(exported.code, 0, exported.err);
    assert.equal((await pulpo(["import", "pulpo", `${folder}/outside/all.zip`, "--dry-run", ...data])).code, 0);
    await Deno.writeFile(`${folder}/outside/slack.zip`, await zipOf(slackExport()));
    const imported = await pulpo(["import", "slack", `${folder}/outside/slack.zip`, "--links", ...data]);
    assert.equal(imported.code, 0, imported.err);
    assert.match(imported.out, /^imported$/m);
    assert.deepEqual([...Deno.readDirSync(`${folder}/data/transfer`)], [], "what was brought is gone");

    await assertConfined(server);
    assert.deepEqual(
      [...Deno.readDirSync(`${folder}/outside`)].map((entry) => entry.name).sort(),
      ["all.zip", "backup.gz", "mine", "slack.zip"],
    );
    assert.equal(await server.stop(), 0, server.output());
    assert.doesNotMatch(server.output(), /NotCapable|Requires \w+ access/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What a Unix socket answers to the handshake of a WebSocket. */
async function handshakeAt(path: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  const head = ["GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"];
  const key = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""];
  await connection.write(new TextEncoder().encode([...head, ...key].join("\r\n")));
  const answer = new Uint8Array(4096);
  return new TextDecoder().decode(answer.subarray(0, await connection.read(answer) ?? 0));
}

async function get({ url }: StartedServer, token: string, path: string) {
  const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}

const { postgres, redis } = available();

Deno.test({
  name: "the same on PostgreSQL over a Unix socket, Redis and a bucket",
  ignore: !(postgres && redis) && Deno.env.get("CI") !== "true",
}, async () => {
  const folder = await emptyFolder();
  const database = await startPostgres(), bus = await startRedis();
  await using bucket = startS3();
  try {
    await Deno.mkdir(`${folder}/data`);
    await using server = await startAsDocumented(folder, {
      PULPO_DATA_DIR: `${folder}/data`,
      PULPO_SECRET: "a secret of the tests that is long enough",
      DATABASE_URL: `postgres://pulpo@${encodeURIComponent(database.folder)}:${database.port}/postgres`,
      REDIS_URL: bus.url,
      PULPO_STORAGE: bucket.storage,
      PULPO_S3_ACCESS_KEY: S3_KEYS.id,
      PULPO_S3_SECRET_KEY: S3_KEYS.secret,
    });
    await Deno.writeTextFile(`${folder}/data/secret`, "x");
    const token = await signUp(server);
    await chat(server, token);
    assert.ok(bucket.objects.size >= 2, "the picture and its small copy");
    const health = await (await fetch(`${server.url}/health`)).json();
    assert.equal(health.status, "ok", JSON.stringify(health));
    await assertConfined(server);
    assert.equal(await server.stop(), 0, server.output());
    assert.doesNotMatch(server.output(), /NotCapable|Requires \w+ access/);
  } finally {
    await database.close();
    await bus.close();
    await Deno.remove(folder, { recursive: true });
  }
});
