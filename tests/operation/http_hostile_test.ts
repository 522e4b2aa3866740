// Requests that no client of ours sends, byte by byte over TCP: methods, chunks.
import assert from "node:assert/strict";
import { createTestApp } from "../support/test_app.ts";

/** The status of the answer; 0: the connection was closed without one. */
async function raw(url: string, text: string): Promise<number> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(256);
  const n = await connection.read(buffer).catch(() => null);
  return n ? Number(/^HTTP\/1\.1 (\d{3})/.exec(new TextDecoder().decode(buffer.subarray(0, n)))?.[1]) : 0;
}

Deno.test("http: TRACE and its like are refused everywhere; broken chunks are never the server's failure", async () => {
  await using t = await createTestApp();
  for (const method of ["TRACE", "TRACK", "CONNECT", "PROPFIND", "FOO"]) {
    for (const path of ["/", "/api/v1/auth/me", "/health/live"]) {
      const status = await raw(t.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.ok(status === 405 || (method === "CONNECT" && status === 400), `${method} ${path}: ${status}`);
    }
  }
  const body = JSON.stringify({ username: "nobody", password: "a wrong guess" });
  const chunked = (extension: string, size = body.length.toString(16)) =>
    raw(
      t.url,
      "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n" +
        `Transfer-Encoding: chunked\r\n\r\n${size}${extension}\r\n${body}\r\n0\r\n\r\n`,
    );
  for (const good of ["", ";a=b", ';a="b"']) assert.equal(await chunked(good), 401, good);
  const broken = [";a\nb", ";a\x01b", ";\x00", ";a\rb", `;${"a".repeat(20_000)}`, ';a="b'];
  for (const extension of broken) {
    const status = await chunked(extension);
    assert.ok(status === 0 || (status >= 400 && status < 500), `${JSON.stringify(extension.slice(0, 10))}: ${status}`);
  }
  for (const size of ["zz", "-1", "ffffffffffffffffff"]) {
    const status = await chunked("", size);
    assert.ok(status === 0 || (status >= 400 && status < 500), `${size}: ${status}`);
  }
  assert.equal((await t.call("GET", "//health/live")).status, 200);
  assert.equal(t.logs.filter((line) => line.includes('"level":"error"')).length, 0);
});

Deno.test("http: a Host that would make another path of the request's is refused", async () => {
  await using t = await createTestApp();
  const get = (host: string, path: string) =>
    raw(t.url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  assert.equal(await get("x", "/health/live"), 200);
  for (const host of ["x/health/live?", "x/health/live#", "x?", "x#", "u@x", "x\\", "x y", "x\ty"]) {
    assert.equal(await get(host, "/nothing"), 400, host);
    assert.equal(await get(host, "/health/live"), 400, host);
  }
});

Deno.test("files: folders of the data directory are 0700 and files 0600, also those that were open before", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "pulpo-modes-" });
  try {
    await Deno.mkdir(`${dataDir}/uploads`, { mode: 0o755 });
    await Deno.chmod(`${dataDir}/uploads`, 0o755);
    await using t = await createTestApp({ dataDir });
    const { access: token } = await t.owner();
    const sent = await t.call("PUT", "/media/upload?filename=a.txt", {
      token,
      body: "some text",
      headers: { "content-type": "text/plain" },
    });
    assert.equal(sent.status, 201, sent.text);
    for await (const { name, isDirectory } of Deno.readDir(dataDir)) {
      const mode = (await Deno.stat(`${dataDir}/${name}`)).mode! & 0o777;
      assert.equal(mode.toString(8), isDirectory ? "700" : "600", name);
    }
    for (const folder of ["uploads", "files", "media"]) await modesBelow(`${dataDir}/${folder}`);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

async function modesBelow(folder: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isDirectory } of entries) {
    const path = `${folder}/${name}`;
    const mode = (await Deno.stat(path)).mode! & 0o777;
    assert.equal(mode.toString(8), isDirectory ? "700" : "600", path);
    if (isDirectory) await modesBelow(path);
  }
}
