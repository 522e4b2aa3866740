// `pulpo backup --files` and `pulpo restore --files` with real processes: out of a folder, into a folder and into a bucket.
import assert from "node:assert/strict";
import { ADMIN, post, pulpo, startChild } from "../support/child_server.ts";
import { randomBytes } from "../support/media_app.ts";
import { png } from "../support/picture_files.ts";
import { S3_KEYS, startS3 } from "../support/s3_stand_in.ts";

type Bytes = Uint8Array<ArrayBuffer>;

async function signIn(url: string): Promise<string> {
  return (await post(`${url}/api/v1/auth/login`, ADMIN)).body.access_token;
}

async function upload(url: string, token: string, name: string, type: string, bytes: Bytes): Promise<string> {
  const response = await fetch(`${url}/api/v1/media/upload?filename=${name}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": type },
    body: bytes,
  });
  assert.equal(response.status, 201);
  return (await response.json()).id;
}

async function download(url: string, token: string, path: string): Promise<Bytes> {
  const response = await fetch(`${url}/api/v1/media/${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

/** Paths below a folder → bytes. */
async function tree(folder: string, prefix = ""): Promise<Map<string, Bytes>> {
  const found = new Map<string, Bytes>();
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [key, bytes] of await tree(path, `${prefix}${entry.name}/`)) found.set(key, bytes);
    } else found.set(prefix + entry.name, await Deno.readFile(path));
  }
  return found;
}

Deno.test("files go with a backup and come back, into a folder or a bucket", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pulpo-files-" });
  const data = ["--data-dir", `${dir}/data`];
  const save = (...more: string[]) =>
    pulpo(["backup", `${dir}/backup.gz`, "--files", `${dir}/files`, ...data, ...more]);
  const restore = (to: string, env: Record<string, string> = {}) =>
    pulpo(["restore", `${dir}/backup.gz`, "--files", `${dir}/files`, "--data-dir", `${dir}/${to}`], env);
  try {
    const plan = randomBytes(300_000), late = randomBytes(5_000), photo = await png(900, 600);
    let planId = "", photoId = "", stored: Bytes, thumb: Bytes;
    const server = await startChild({ PULPO_DATA_DIR: `${dir}/data` });
    try {
      const token = await signIn(server.url);
      planId = await upload(server.url, token, "plan.bin", "application/octet-stream", plan);
      photoId = await upload(server.url, token, "photo.png", "image/png", photo);
      stored = await download(server.url, token, photoId);
      thumb = await download(server.url, token, `${photoId}?size=thumb`);
      const first = await save();
      assert.equal(first.code, 0, first.err);
      assert.match(first.out, /files: 3, of which 3 copied now/);
      // The next night: one file more, the others are there.
      await upload(server.url, token, "late.bin", "application/octet-stream", late);
      const second = await save();
      assert.match(second.out, /files: 4, of which 1 copied now/);
      assert.deepEqual(await tree(`${dir}/files`), await tree(`${dir}/data/files`));
    } finally {
      await server.stop();
    }
    // Without a running server, and nothing new.
    assert.match((await save()).out, /files: 4, of which 0 copied now/);
    assert.equal((await pulpo(["backup", `${dir}/b.gz`, "--files", ...data])).code, 2); // --files without a folder

    const restored = await restore("second");
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /files: 4, of which 4 copied now/);
    const second = await startChild({ PULPO_DATA_DIR: `${dir}/second` });
    try {
      const token = await signIn(second.url);
      assert.deepEqual(await download(second.url, token, planId), plan);
      assert.deepEqual(await download(second.url, token, photoId), stored);
      assert.deepEqual(await download(second.url, token, `${photoId}?size=thumb`), thumb);
    } finally {
      await second.stop();
    }

    await using s3 = startS3();
    const bucket = { PULPO_STORAGE: s3.storage, PULPO_S3_ACCESS_KEY: S3_KEYS.id, PULPO_S3_SECRET_KEY: S3_KEYS.secret };
    assert.equal((await restore("third", bucket)).code, 0);
    const sizes = (files: Map<string, Bytes>) => [...files.values()].map((bytes) => bytes.length).sort();
    assert.deepEqual(sizes(s3.objects), sizes(await tree(`${dir}/files`)));
    assert.deepEqual(s3.refused, []);

    // A database that is in use takes nothing, no files either.
    s3.objects.clear();
    assert.equal((await restore("third", bucket)).code, 1);
    assert.equal(s3.objects.size, 0);

    // What is lost or was changed is named, and the rest is restored.
    const [planKey] = [...await tree(`${dir}/files`)].find(([, bytes]) => bytes.length === plan.length)!;
    const [lateKey] = [...await tree(`${dir}/files`)].find(([, bytes]) => bytes.length === late.length)!;
    await Deno.remove(`${dir}/files/${lateKey}`);
    await Deno.writeFile(`${dir}/files/${planKey}`, randomBytes(plan.length));
    const partly = await restore("fourth");
    assert.equal(partly.code, 1);
    assert.match(partly.out, /restored \d+ rows/);
    assert.ok(partly.out.includes(`NOT FOUND: 1 (${lateKey})`), partly.out);
    assert.ok(partly.out.includes(`DAMAGED: 1 (${planKey})`), partly.out);
    assert.deepEqual([...(await tree(`${dir}/fourth/files`)).keys()].length, 2);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
