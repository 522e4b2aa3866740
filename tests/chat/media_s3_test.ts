// Files in a bucket instead of a folder: the same calls, over real sockets, with signatures that the bucket checks.
import assert from "node:assert/strict";
import { S3Storage } from "../../features/media/s3_storage.ts";
import { fetchBytes, put, randomBytes, upload } from "../support/media_app.ts";
import { png } from "../support/picture_files.ts";
import { S3_KEYS, startS3 } from "../support/s3_stand_in.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

Deno.test("a bucket: put, read, range, small picture, removal, a bucket that fails and comes back", async () => {
  await using s3 = startS3();
  const keys = { "s3-access-key": S3_KEYS.id, "s3-secret-key": S3_KEYS.secret };
  await using t = await createTestApp({ settings: { storage: s3.storage, ...keys } });
  const { access } = await t.person();
  const bytes = randomBytes(2_000_000);
  const medium = await upload(t, access, bytes, "año + más.bin");
  assert.deepEqual([s3.refused, s3.objects.size], [[], 1]);
  assert.match([...s3.objects.keys()][0]!, /^\/files\/a%2Bb%20c\/[0-9a-f-]{36}\/[0-9a-f]{2}\/[0-9a-f]{64}-/);
  assert.deepEqual((await fetchBytes(t, `/media/${medium.id}`, access)).bytes, bytes);
  const part = await fetchBytes(t, `/media/${medium.id}`, access, { headers: { range: "bytes=1000000-1000009" } });
  assert.deepEqual([part.status, part.bytes], [206, bytes.slice(1_000_000, 1_000_010)]);

  const picture = await upload(t, access, await png(900, 600), "a.png", "image/png");
  assert.equal(
    (await fetchBytes(t, `/media/${picture.id}?size=thumb`, access)).headers.get("content-type"),
    "image/webp",
  );
  assert.equal(s3.objects.size, 3);

  s3.failNext = 1; // one refusal for the moment is tried again
  await upload(t, access, randomBytes(10));
  s3.failNext = 100;
  const failed = await put(t, access, "/media/upload", randomBytes(10));
  assert.deepEqual([failed.status, failed.body.code], [503, "unavailable"]);
  await until(async () => (await t.call("GET", "//health")).body.services.storage.status === "down");
  s3.failNext = 0;
  await until(async () => (await t.call("GET", "//health")).body.services.storage.status === "ok");
  assert.equal((await t.call("GET", "//health")).body.services.storage.kind, "s3");

  for (const { id } of [medium, picture]) {
    assert.equal((await t.call("DELETE", `/media/${id}`, { token: access })).status, 204);
  }
  assert.equal(s3.objects.size, 1);
  assert.deepEqual(s3.refused, []);
});

Deno.test("a bucket with a wrong secret says so, and keys of any characters are signed as they are sent", async () => {
  await using s3 = startS3();
  const storage = (s3SecretKey: string) => new S3Storage({ storage: s3.storage, s3AccessKey: S3_KEYS.id, s3SecretKey });
  await assert.rejects(storage("another secret").check(), /403/);
  const right = storage(S3_KEYS.secret);
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "hello");
  const about = {
    size: 5,
    sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    type: "text/plain",
  };
  for (const key of ["a+b", "ñ/€ (1)'*!~.txt", "a=b&c?d#e"]) {
    await right.put(key, path, about);
    assert.equal(await new Response(await right.open(key)).text(), "hello");
    await right.remove(key);
    await assert.rejects(right.open(key), /not_found/);
  }
  await Deno.remove(path);
  assert.equal(s3.objects.size, 0);
});
