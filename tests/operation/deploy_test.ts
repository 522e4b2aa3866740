// The deployment files: settings that exist, and proxies that let sockets and streams through.
import assert from "node:assert/strict";
import { SETTINGS } from "../../kernel/config.ts";
import { findProgram } from "../../tools/requirements.ts";
import { freePort } from "../support/child_server.ts";
import { nginx, runNginx } from "../support/nginx.ts";
import { openSocket } from "../support/socket_client.ts";
import { openStream } from "../support/stream_client.ts";
import { WsTransport } from "../../realtime/ws_transport.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

Deno.test("compose, image, unit and example settings name only settings that exist", () => {
  const known = new Set<string>(Object.values(SETTINGS).map((s) => s.env));
  // What compose itself needs, and Caddy.
  for (const name of ["PULPO_DOMAIN", "PULPO_VERSION", "PULPO_UPSTREAM", "PULPO_UPSTREAM_PORT"]) known.add(name);
  for (
    const path of [
      "compose.yaml",
      ".env.example",
      "Dockerfile",
      "deploy/Caddyfile",
      "deploy/nginx.conf",
      "deploy/kubernetes.yaml",
      "packaging/pulpo.service",
    ]
  ) {
    for (const [name] of read(path).matchAll(/\b(PULPO_[A-Z_]+|DATABASE_URL|REDIS_URL)\b/g)) {
      assert.ok(known.has(name), `${path} names ${name}`);
    }
  }
});

/** Paths that the sources of the program and of the console load, as seen from the root. */
async function* loadedPaths(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory && name !== "dist") yield* loadedPaths(`${folder}${name}/`);
    if (!/\.tsx?$/.test(name) || name.includes("_test.")) continue;
    for (const [, path] of read(folder + name).matchAll(/from "(\.[^"]+)"/g)) {
      yield new URL(path!, new URL(folder + name, ROOT)).pathname.slice(ROOT.pathname.length);
    }
  }
}

Deno.test("the image's build gets every file that the program and the console load", async () => {
  const left = read(".dockerignore").split("\n").filter(Boolean).map((line) => line.replace(/\/$/, ""));
  const folders = [
    "agent",
    "cli",
    "clients/typescript/src",
    "console",
    "db",
    "features",
    "kernel",
    "protocol",
    "realtime",
  ];
  let found = 0;
  for (const folder of [...folders, "routes", "server", "workers"]) {
    for await (const path of loadedPaths(`${folder}/`)) {
      found++;
      for (const out of left) assert.ok(path !== out && !path.startsWith(`${out}/`), `${folder}/ loads ${path}`);
    }
  }
  assert.ok(found > 1000, `${found}`);
});

Deno.test("the image is built with the Deno that the other files name", () => {
  const image = /deno:debian-([\d.]+)/.exec(read("Dockerfile"))?.[1];
  const ci = /DENO_VERSION=([\d.]+)/.exec(read(".ci/run"))?.[1];
  assert.equal(image, ci);
  for (const path of ["scripts/deno.sh", "scripts/start.ps1", "pulpo.cmd", "README.md"]) {
    const named = [...read(path).matchAll(/(?:deno@|DENO_VERSION=|DenoVersion = ')(\d[\d.]+)/g)].map((match) =>
      match[1]
    );
    assert.deepEqual([...new Set(named)], [ci], path);
  }
});

const caddy = findProgram("caddy");
Deno.test({ name: "Caddy accepts deploy/Caddyfile", ignore: !caddy }, async () => {
  const { code, stderr } = await new Deno.Command(caddy!, {
    args: ["validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"],
    cwd: ROOT,
    env: { PULPO_DOMAIN: "pulpo.example.org" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test({ name: "Caddy ends its idle connections first, also under a path", ignore: !caddy }, async () => {
  const text = read("deploy/Caddyfile");
  const example = [...text.matchAll(/^#\t(.*)$/gm)].map(([, line]) => line).join("\n");
  const folder = await Deno.makeTempDir();
  try {
    for (const config of [text, `example.org {\n${example}\n}\n`]) {
      const path = `${folder}/Caddyfile`;
      await Deno.writeTextFile(path, config);
      const args = ["adapt", "--adapter", "caddyfile", "--config", path];
      const { stdout } = await new Deno.Command(caddy!, { args }).output();
      const proxies = new TextDecoder().decode(stdout).split('"handler":"reverse_proxy"').slice(1);
      assert.equal(proxies.length, config === text ? 2 : 1, "the file has one for sockets and one for everything else");
      for (const proxy of proxies) assert.match(proxy, /"keep_alive":\{"idle_timeout":30000000000\}/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(
  { name: "nginx accepts deploy/nginx.conf with a certificate", ignore: !nginx || !findProgram("openssl") },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const made = await new Deno.Command("openssl", {
        args: [
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-subj",
          "/CN=x",
          "-keyout",
          "key.pem",
          "-out",
          "cert.pem",
        ],
        cwd: folder,
        stderr: "null",
      }).output();
      assert.ok(made.success);
      const site = read("deploy/nginx.conf")
        .replace("/etc/ssl/pulpo/fullchain.pem", `${folder}/cert.pem`)
        .replace("/etc/ssl/pulpo/privkey.pem", `${folder}/key.pem`);
      const { code } = await (await runNginx(folder, site, ["-t"])).status;
      assert.equal(code, 0, await Deno.readTextFile(`${folder}/error.log`).catch(() => ""));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** A socket gets through to the second listener, and everything else to the one port. */
async function passesOn(t: TestApp, url: string): Promise<void> {
  await until(() => fetch(`${url}/health/live`).then((r) => r.body?.cancel().then(() => r.ok)).catch(() => false));
  const { access } = await t.owner();
  const headers = { authorization: `Bearer ${access}` };
  for (const path of ["/ws", "/api/v1/ws", "/ws/admin"]) {
    await using socket = await openSocket(`${url}${path}?channels=broadcast`, { headers });
    await socket.wait((f) => f.type === "ack");
    const [connection] = t.hub.connections;
    assert.ok(connection!.transport instanceof WsTransport, path);
    assert.equal(connection!.peer.ip, "127.0.0.1");
  }
  await using socket = await openSocket(`${url}/ws?channels=broadcast`, { headers });
  await socket.wait((f) => f.type === "ack");
  await using stream = await openStream(`${url}/sse?channels=broadcast`, headers);
  await stream.wait((event) => event.event === "ack");
  const sent = await fetch(`${url}/notify`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ type: "proxied", message: "hello" }),
  });
  assert.equal(sent.status, 202, await sent.text());
  assert.equal((await socket.wait((f) => f.type === "proxied")).message, "hello");
  assert.equal((await stream.wait((event) => event.event === "proxied")).data.message, "hello");
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
  // As a browser does it: the cookie counts when the page is of this very site.
  const cookie = { cookie: `pulpo_access=${access}`, origin: url };
  await using page = await openSocket(`${url}/ws`, { headers: cookie });
  assert.equal((await page.ask({ type: "ping" })).type, "pong");
  await using foreign = await openSocket(`${url}/ws`, { headers: { ...cookie, origin: "https://evil.example" } });
  foreign.send({ type: "ping" });
  assert.equal((await foreign.waitClosed()).code, 4401);
}

for (const kind of ["port", "Unix socket"]) {
  Deno.test({ name: `sockets and streams pass through deploy/nginx.conf, by ${kind}`, ignore: !nginx }, async () => {
    const folder = await Deno.makeTempDir();
    const wsPort = kind === "port" ? "0" : `${folder}/ws.sock`;
    await using t = await createTestApp({ settings: { "trust-proxy": "true", "ws-port": wsPort } });
    const port = freePort();
    // Without TLS: a test client would have to trust a certificate made a second ago.
    const site = read("deploy/nginx.conf")
      .replace("listen 80;", `listen 127.0.0.1:${freePort()};`)
      .replace("listen 443 ssl http2;", `listen 127.0.0.1:${port};`)
      .replaceAll("Host $host;", "Host $http_host;")
      .replace(/^\s*ssl_.*$/gm, "")
      .replace("server 127.0.0.1:8080;", `server ${new URL(t.url).host};`)
      .replace(
        "server 127.0.0.1:8081;",
        `server ${kind === "port" ? new URL(t.socketUrl!).host : `unix:${wsPort}`};`,
      );
    const process = await runNginx(folder, site, []);
    try {
      await passesOn(t, `http://127.0.0.1:${port}`);
    } finally {
      process.kill("SIGTERM");
      await process.status;
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test({ name: "sockets and streams pass through deploy/Caddyfile", ignore: !caddy }, async () => {
  const folder = await Deno.makeTempDir();
  await using t = await createTestApp({ settings: { "trust-proxy": "true", "ws-port": "0" } });
  const url = `http://127.0.0.1:${freePort()}`;
  await Deno.writeTextFile(
    `${folder}/Caddyfile`,
    read("deploy/Caddyfile").replace("{\n\tservers {", "{\n\tadmin off\n\tservers {"),
  );
  const process = new Deno.Command(caddy!, {
    args: ["run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`],
    env: {
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      PULPO_DOMAIN: url,
      PULPO_UPSTREAM: "127.0.0.1",
      PULPO_UPSTREAM_PORT: new URL(t.url).port,
      PULPO_WS_PORT: new URL(t.socketUrl!).port,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await passesOn(t, url);
  } finally {
    process.kill("SIGTERM");
    await process.status;
    await Deno.remove(folder, { recursive: true });
  }
});
