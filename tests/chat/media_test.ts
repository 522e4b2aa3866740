// Files over HTTP: every way to upload, cut connections, ranges, rights, sharing of equal content, quota, and what is left
// on disk afterwards (nothing that is not named).
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { findUploads, readMedia, storeBytes } from "../../features/media/mod.ts";
import { removeAbandoned, removeGarbage, removeUnused } from "../../features/media/remove.ts";
import { fetchBytes, postForm, put, randomBytes, upload } from "../support/media_app.ts";
import { png } from "../support/picture_files.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const hex = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();

/** Files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) out.push(...await filesIn(path));
    else out.push(path);
  }
  return out;
}
const stored = (t: TestApp) => filesIn(`${t.dataDir}/files`).catch(() => []);
const parts = (t: TestApp) => filesIn(`${t.dataDir}/uploads`).catch(() => []);

for (const db of testedKinds()) {
  Deno.test(`${db}: a file goes up as a form and as a body, and comes back whole, in part and not at all`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person();
    const bytes = randomBytes(300_000);
    const sha256 = await hex(bytes);
    const made = await postForm(t, ana.access, bytes, "plan.bin", "application/octet-stream", { sha256 });
    assert.equal(made.status, 201, made.text);
    const { id, ...rest } = made.body;
    assert.deepEqual(
      { ...rest, created_at: "" },
      {
        filename: "plan.bin",
        mime_type: "application/octet-stream",
        size: 300_000,
        width: null,
        height: null,
        kind: "file",
        sha256,
        url: `/api/v1/media/${id}`,
        thumbnail_url: null,
        created_at: "",
      },
    );
    const whole = await fetchBytes(t, `/media/${id}`, ana.access);
    assert.deepEqual(whole.bytes, bytes);
    assert.equal(whole.headers.get("content-length"), "300000");
    assert.equal(whole.headers.get("cache-control"), "private, no-cache, no-transform");
    const etag = whole.headers.get("etag")!;

    const ask = (headers: Record<string, string>, method = "GET") =>
      fetchBytes(t, `/media/${id}`, ana.access, { method, headers });
    const same = await ask({ "if-none-match": `W/"x", ${etag}` });
    assert.deepEqual([same.status, same.bytes.length, same.headers.get("etag")], [304, 0, etag]);
    for (
      const [range, from, to] of [["bytes=0-0", 0, 0], ["bytes=100-199999", 100, 199_999], [
        "bytes=299000-",
        299_000,
        299_999,
      ], [
        "bytes=-10",
        299_990,
        299_999,
      ], ["bytes=5-999999999", 5, 299_999]] as const
    ) {
      const part = await ask({ range });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get("content-range"), `bytes ${from}-${to}/300000`);
      assert.deepEqual(part.bytes, bytes.slice(from, to + 1));
    }
    const behind = await ask({ range: "bytes=300000-" });
    assert.deepEqual([behind.status, behind.headers.get("content-range")], [416, "bytes */300000"]);
    for (const range of ["bytes=1-2,5-6", "lines=1-2", "bytes=9-3"]) assert.equal((await ask({ range })).status, 200);
    assert.equal((await ask({ range: "bytes=0-9", "if-range": '"other"' })).status, 200);
    assert.equal((await ask({ range: "bytes=0-9", "if-range": etag })).status, 206);
    const head = await ask({}, "HEAD");
    assert.deepEqual([head.status, head.bytes.length, head.headers.get("content-length")], [200, 0, "300000"]);

    const raw = await put(t, ana.access, "/media/upload?filename=b.txt", "¡hola!", { "content-type": "text/plain" });
    assert.deepEqual([raw.status, raw.body.mime_type, raw.body.size], [201, "text/plain", 7]);
    const text = await fetchBytes(t, `/media/${raw.body.id}`, ana.access);
    assert.equal(text.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(new TextDecoder().decode(text.bytes), "¡hola!");
    const empty = await put(t, ana.access, "/media/upload?filename=empty", new Uint8Array(0));
    assert.deepEqual([empty.status, empty.body.size], [201, 0]);
    assert.equal((await fetchBytes(t, `/media/${empty.body.id}`, ana.access)).bytes.length, 0);
    assert.deepEqual(await parts(t), []);
  });

  Deno.test(`${db}: an upload goes on where the connection was cut, and a lost last answer is found again`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person(), bob = await t.person();
    const bytes = randomBytes(900_000);
    const begun = await t.call("POST", "/media/uploads", {
      token: ana.access,
      body: { filename: "film.bin", size: bytes.length, sha256: await hex(bytes) },
    });
    assert.equal(begun.status, 201, begun.text);
    const id = begun.body.upload_id;
    const state = async () => (await t.call("GET", `/media/uploads/${id}`, { token: ana.access })).body;

    // A sender that dies in the middle of its request, without a word.
    const { hostname, port } = new URL(t.url);
    const socket = await Deno.connect({ hostname, port: Number(port) });
    const head = [
      `PUT /api/v1/media/uploads/${id} HTTP/1.1`,
      `host: ${hostname}`,
      `authorization: Bearer ${ana.access}`,
      `content-range: bytes 0-${bytes.length - 1}/${bytes.length}`,
      `content-length: ${bytes.length}`,
      "\r\n",
    ].join("\r\n");
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(head));
    await writer.write(bytes.slice(0, 400_000));
    await until(async () => (await state()).offset === 400_000, { what: "the first bytes are on disk" });
    socket.close();

    const offset = (await state()).offset;
    assert.equal(offset, 400_000);
    const part = (from: number, to: number, path = `/media/uploads/${id}`) =>
      put(t, ana.access, path, bytes.slice(from, to), { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` });
    const far = await part(500_000, 600_000);
    assert.deepEqual([far.status, far.body.code, far.headers.get("upload-offset")], [409, "conflict", "400000"]);
    const some = await part(offset, 700_000);
    assert.deepEqual([some.status, some.body.offset, some.body.media], [200, 700_000, null]);
    const asked = await put(t, ana.access, `/media/upload?upload_id=${id}`, "", {
      "content-range": `bytes */${bytes.length}`,
    });
    assert.equal(asked.body.offset, 700_000);
    for (
      const wrong of ["bytes 700000-899999/900001", "bytes 700000-900000/900000", "bytes 7-3/900000", "octets 1-2/3"]
    ) {
      const refused = await put(t, ana.access, `/media/uploads/${id}`, bytes.slice(700_000), {
        "content-range": wrong,
      });
      assert.equal(refused.status, 422, wrong);
    }
    assert.equal((await t.call("GET", `/media/uploads/${id}`, { token: bob.access })).status, 404);
    const last = await part(700_000, 900_000, `/media/upload?upload_id=${id}`);
    assert.equal(last.status, 201, last.text);
    const again = await part(700_000, 900_000);
    assert.deepEqual([again.status, again.body.media.id], [201, last.body.media.id]);
    assert.deepEqual((await fetchBytes(t, `/media/${last.body.media.id}`, ana.access)).bytes, bytes);
    assert.equal((await t.app.db.rows(sql`select id from media`)).length, 1);
    assert.deepEqual(await parts(t), []);
  });

  Deno.test(`${db}: parts by PUT /media/upload alone; a wrong checksum; an upload that is given up`, async () => {
    await using t = await createTestApp({ db });
    const { access } = await t.person();
    const bytes = randomBytes(1000);
    const first = await put(t, access, "/media/upload?filename=a.bin", bytes.slice(0, 600), {
      "content-range": "bytes 0-599/1000",
    });
    assert.deepEqual([first.status, first.body.offset], [200, 600]);
    const last = await put(t, access, "/media/upload", bytes.slice(600), {
      "content-range": "bytes 600-999/1000",
      "upload-id": first.body.upload_id,
    });
    assert.deepEqual([last.status, last.body.media.sha256], [201, await hex(bytes)]);

    const sha256 = "0".repeat(64);
    assert.equal((await put(t, access, `/media/upload?sha256=${sha256}`, bytes)).body.code, "validation_failed");
    const lied = await t.call("POST", "/media/uploads", { token: access, body: { filename: "a", size: 1000, sha256 } });
    const path = `/media/uploads/${lied.body.upload_id}`;
    const refused = await put(t, access, path, bytes, { "content-range": "bytes 0-999/1000" });
    assert.deepEqual([refused.status, refused.body.errors[0].path], [422, "sha256"]);
    assert.equal((await t.call("GET", path, { token: access })).body.offset, 0);
    await put(t, access, path, bytes.slice(0, 10), { "content-range": "bytes 0-9/1000" });
    assert.equal((await t.call("DELETE", path, { token: access })).status, 204);
    assert.equal((await t.call("GET", path, { token: access })).status, 404);
    assert.deepEqual(await parts(t), []);
  });

  Deno.test(`${db}: equal content is stored once, counted once, and goes with the last file that has it`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const ana = await t.person(), bob = await t.person(), eve = await t.stranger();
    const bytes = randomBytes(50_000);
    const all = await Promise.all([ana, ana, bob, bob, ana].map((p, i) => upload(t, p.access, bytes, `copy${i}.bin`)));
    assert.equal(new Set(all.map((m) => m.id)).size, 5);
    const organization =
      (await t.app.db.one(sql`select organization_id from users where id = ${ana.id}`)).organization_id;
    const usage = async () =>
      (await t.app.db.one(sql`select bytes from media_usage where organization_id = ${organization}`)).bytes;
    await removeGarbage(t.app);
    assert.deepEqual([(await stored(t)).length, await usage()], [1, 50_000]);
    await upload(t, eve.access, bytes, "elsewhere.bin"); // another organisation shares nothing
    assert.equal((await stored(t)).length, 2);

    assert.equal((await t.call("DELETE", `/media/${all[0]!.id}`, { token: bob.access })).status, 404);
    for (const [i, medium] of all.entries()) {
      const who = i === 2 || i === 3 ? bob : ana;
      const other = await fetchBytes(t, `/media/${all.at(-1)!.id}`, ana.access);
      assert.deepEqual(other.bytes, bytes);
      assert.equal((await t.call("DELETE", `/media/${medium.id}`, { token: who.access })).status, 204);
    }
    assert.deepEqual([(await stored(t)).length, await usage()], [1, 0]);
    assert.equal((await fetchBytes(t, `/media/${all[0]!.id}`, ana.access)).status, 404);
    assert.equal(
      (await t.app.db.one(sql`select count(*)::int as n from audit_log where action = 'media.deleted'`)).n,
      5,
    );
  });

  Deno.test(`${db}: who may read: the owner, the readers of the message, nobody else`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const ana = await t.person(), bob = await t.person(), mia = await t.person(), eve = await t.stranger();
    const medium = await upload(t, ana.access, await png(600, 300), "map.png", "image/png");
    const statusFor = async (person: { access: string }) =>
      (await fetchBytes(t, `/media/${medium.id}?size=thumb`, person.access)).status;
    for (const person of [bob, eve, owner]) assert.equal(await statusFor(person), 404);
    assert.equal((await fetch(t.url + medium.url).then(async (r) => (await r.body?.cancel(), r))).status, 401);

    const channel = await t.call("POST", "/channels", {
      token: ana.access,
      body: { name: "maps", type: "private", user_ids: [bob.id] },
    });
    assert.equal(channel.status, 201, channel.text);
    const sent = await t.call("POST", `/channels/${channel.body.id}/messages`, {
      token: ana.access,
      body: { content: "here", attachments: [medium.id] },
    });
    assert.equal(sent.status, 201, sent.text);
    assert.equal(sent.body.attachments[0].id, medium.id);
    assert.deepEqual([await statusFor(bob), await statusFor(mia), await statusFor(eve)], [200, 404, 404]);
    const used = await t.call("DELETE", `/media/${medium.id}`, { token: ana.access });
    assert.deepEqual([used.status, used.body.code], [409, "conflict"]);

    // The console's <img>: the cookie is enough for reading.
    const { username, password } = bob;
    const login = await t.call("POST", "/auth/login", {
      body: { username, password },
      headers: { "x-pulpo-session": "cookie" },
    });
    const cookie = login.headers.getSetCookie().map((c) => c.split(";")[0]).join("; ");
    assert.match(cookie, /pulpo_access=/);
    const image = await fetch(t.url + medium.url, { headers: { cookie } });
    await image.body?.cancel();
    assert.equal(image.status, 200);
    await t.call("DELETE", `/messages/${sent.body.id}`, { token: ana.access });
    assert.equal(await statusFor(bob), 404);
  });

  Deno.test(`${db}: what nobody refers to for a day goes, also from the disk; what is referred to stays`, async () => {
    let now = new Date();
    await using t = await createTestApp({ db, now: () => now });
    const ana = await t.person();
    const kept = await upload(t, ana.access, randomBytes(1000), "kept.bin");
    await upload(t, ana.access, randomBytes(1000), "forgotten.bin");
    const channel = await t.call("POST", "/channels", { token: ana.access, body: { name: "files" } });
    const sent = await t.call("POST", `/channels/${channel.body.id}/messages`, {
      token: ana.access,
      body: { content: "", attachments: [kept.id] },
    });
    assert.equal(sent.status, 201, sent.text);
    const begun = await put(t, ana.access, "/media/upload", new Uint8Array(10), { "content-range": "bytes 0-9/20" });
    const sweep = async () => {
      const unused = await removeUnused(t.app), abandoned = await removeAbandoned(t.app);
      await removeGarbage(t.app);
      return [unused, abandoned];
    };
    assert.deepEqual(await sweep(), [0, 0]);
    assert.deepEqual([(await stored(t)).length, (await parts(t)).length], [2, 1]);
    const path = (await parts(t))[0]!;
    await Deno.utime(path, now, now);
    now = new Date(now.getTime() + 24 * 3_600_000 + 1000);
    assert.deepEqual(await sweep(), [1, 1]);
    assert.deepEqual([(await stored(t)).length, (await parts(t)).length], [1, 0]);
    const ids = (await t.app.db.rows(sql`select id from media`)).map((row) => row.id);
    assert.deepEqual(ids, [kept.id]);
    assert.ok(begun.body.upload_id);
    // The message goes: a day later so does the file.
    await t.app.db.run(sql`update messages set deleted_at = ${now} where id = ${sent.body.id}`);
    now = new Date(now.getTime() + 24 * 3_600_000 + 1000);
    assert.deepEqual(await sweep(), [1, 0]);
    assert.deepEqual(await stored(t), []);
  });

  Deno.test(`${db}: too large, over the quota, too many open: refused, and nothing stays`, async () => {
    const settings = { "media-limit-bytes": "100000", "media-quota-bytes": "150000", "media-refused": "exe,.bat" };
    await using t = await createTestApp({ db, settings });
    const { access } = await t.person();
    const code = (answer: { status: number; body: { code: string } }) => [answer.status, answer.body.code];
    const large = randomBytes(100_001);
    assert.deepEqual(code(await postForm(t, access, large, "a")), [413, "too_large"]);
    assert.deepEqual(code(await postForm(t, access, randomBytes(5_000_000), "a")), [413, "too_large"]);
    assert.deepEqual(code(await put(t, access, "/media/upload", large)), [413, "too_large"]);
    const chunked = new Blob([large]).stream(); // without a length
    assert.deepEqual(code(await put(t, access, "/media/upload", chunked)), [413, "too_large"]);
    const body = { filename: "a", size: 100_001 };
    assert.deepEqual(code(await t.call("POST", "/media/uploads", { token: access, body })), [413, "too_large"]);
    for (const name of ["run.EXE", "x.bat"]) {
      assert.deepEqual(code(await postForm(t, access, randomBytes(10), name)), [422, "unsupported_file"]);
    }
    await upload(t, access, randomBytes(90_000));
    // Two at once would both fit by themselves.
    const two = await Promise.all(
      [1, 2].map(() => put(t, access, "/media/upload", new Blob([randomBytes(50_000)]).stream())),
    );
    assert.deepEqual(two.map((a) => a.status).sort(), [201, 413]);
    assert.deepEqual(code(await put(t, access, "/media/upload", randomBytes(20_000))), [413, "too_large"]);
    await removeGarbage(t.app);
    assert.deepEqual([(await stored(t)).length, (await parts(t)).length], [2, 0]);
    assert.equal((await t.call("GET", "//health")).body.services.storage.kind, "file");
  });

  Deno.test(`${db}: other features store, find and read files`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person(), bob = await t.person();
    const organization =
      (await t.app.db.one(sql`select organization_id from users where id = ${ana.id}`)).organization_id;
    const bytes = randomBytes(70_000);
    const row = await storeBytes(
      t.app,
      organization,
      null,
      { filename: "../../etc/preview.bin" },
      new Blob([bytes]).stream(),
    );
    assert.deepEqual([row.filename, row.owner_id, row.size], ["preview.bin", null, 70_000]);
    const { stream } = await readMedia(t.app, organization, row.id);
    assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), bytes);
    const a = await upload(t, ana.access, randomBytes(10)), b = await upload(t, ana.access, randomBytes(10));
    const c = await upload(t, bob.access, randomBytes(10));
    const found = await t.app.db.withTx((tx) =>
      findUploads(tx, organization, ana.id, [b.id, c.id, crypto.randomUUID(), a.id])
    );
    assert.deepEqual(found.map((m) => m.id), [b.id, a.id]);
    await assert.rejects(readMedia(t.app, crypto.randomUUID(), row.id), /not_found/);
  });
}

Deno.test("200 MB go through without being held in memory", async () => {
  const total = 200 * 1024 * 1024;
  await using t = await createTestApp({ settings: { "media-limit-bytes": String(total) } });
  const { access } = await t.person();
  const chunk = randomBytes(1024 * 1024);
  let left = total / chunk.length;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk.slice());
      else controller.close();
    },
  }, { highWaterMark: 0 });
  const before = Deno.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 20);
  let size = 0;
  try {
    const made = await put(t, access, "/media/upload?filename=big.bin", stream);
    assert.deepEqual([made.status, made.body?.size], [201, total], made.text);
    const response = await fetch(`${t.url}${made.body.url}`, { headers: { authorization: `Bearer ${access}` } });
    for await (const part of response.body!) size += part.length;
  } finally {
    clearInterval(watch);
  }
  assert.equal(size, total);
  // Sender and server are one process here: both sides' buffers count, and no multiple of the file.
  assert.ok(peak - before < 180 * 1024 * 1024, `grew by ${((peak - before) / 1e6).toFixed(0)} MB`);
});
