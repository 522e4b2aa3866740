// Pictures of people: set, seen everywhere, kept by browsers, removed; and everything that is no picture, too large, somebody
// else's, or asked for from another organisation.
import assert from "node:assert/strict";
import { removeUnused } from "../../features/media/remove.ts";
import { decode } from "../../workers/image_codecs.ts";
import { fetchBytes, put, upload } from "../support/media_app.ts";
import { bomb, GPS_TEXT, jpeg, movingGif, png, rawPng, webp, withExif } from "../support/picture_files.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const path = (person: Person) => `/users/${person.id}/avatar`;
const setAvatar = (t: TestApp, by: Person, bytes: BodyInit, whose = by, type = "") =>
  put(t, by.access, path(whose), bytes, type ? { "content-type": type } : {});

for (const db of testedKinds()) {
  Deno.test(`${db}: avatars: set, seen everywhere and at once, cached, replaced, removed`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const ana = await t.person("viewer", "ana"), luis = await t.person("member", "luis");
    await using watcher = await openSocket(`${t.url}/ws?token=${luis.access}&channels=presence`);
    await watcher.wait((f) => f.type === "ack");

    // A wide picture that was taken with the phone turned, with a place in it.
    const done = await setAvatar(t, ana, withExif(await jpeg(1200, 800), 6));
    assert.equal(done.status, 200, done.text);
    const url = done.body.avatar_url as string;
    assert.match(url, /^\/api\/v1\/avatars\/[0-9a-f-]{36}$/);
    await watcher.wait((f) => f.type === "presence" && JSON.stringify(f.data).includes(url));

    const short = url.slice("/api/v1".length);
    const got = await fetchBytes(t, short, luis.access);
    assert.equal(got.status, 200);
    assert.equal(got.headers.get("content-type"), "image/webp");
    assert.equal(got.headers.get("cache-control"), "private, max-age=31536000, immutable, no-transform");
    assert.equal(got.headers.get("x-content-type-options"), "nosniff");
    assert.ok(!new TextDecoder("latin1").decode(got.bytes).includes(GPS_TEXT.slice(0, 12)), "EXIF has gone");
    const pixels = await decode(got.bytes, "image/webp");
    assert.deepEqual([pixels.width, pixels.height], [256, 256]);
    // Turned upright: what was the left half is above.
    const at = (x: number, y: number) => [...pixels.data.slice((y * 256 + x) * 4, (y * 256 + x) * 4 + 3)];
    const [r, , b] = at(20, 60), [r2, , b2] = at(20, 200);
    assert.ok(r! > 200 && b! < 60 && r2! < 60 && b2! > 200, JSON.stringify([at(20, 60), at(20, 200)]));
    const again = await fetchBytes(t, short, luis.access, { headers: { "if-none-match": got.headers.get("etag")! } });
    assert.equal(again.status, 304);

    // Every object that tells of a person has it.
    const channel = (await t.call("POST", "/channels", {
      token: owner.access,
      body: { name: "team", type: "public" },
    })).body;
    await t.call("POST", `/channels/${channel.id}/members`, {
      token: owner.access,
      body: { user_ids: [ana.id, luis.id] },
    });
    await setAvatar(t, owner, await png(300, 300));
    const mine = (await t.call("GET", "/auth/me", { token: owner.access })).body.avatar_url;
    const message = (await t.call("POST", `/channels/${channel.id}/messages`, {
      token: owner.access,
      body: { content: "hello @ana" },
    })).body;
    assert.equal(message.user.avatar_url, mine, "the author of a message");
    const look = async (address: string) => (await t.call("GET", address, { token: owner.access })).text;
    for (
      const address of [
        "/users?limit=200",
        `/users/${ana.id}`,
        `/channels/${channel.id}/members`,
        `/channels/${channel.id}/messages`,
        "/admin/users",
      ]
    ) {
      const text = await look(address);
      assert.ok(text.includes(/messages/.test(address) ? mine : url), `${address}: ${text.slice(0, 400)}`);
    }
    assert.ok((await t.login(ana)).text.includes(url), "signing in");

    // Also what moderators and auditors read: the author, who reported it, who decided, the neighbours, the actor.
    const said = await t.call("POST", `/channels/${channel.id}/messages`, {
      token: ana.access,
      body: { content: "x" },
    });
    assert.equal(said.status, 403, "a viewer does not write");
    const reason = { reason: "rude" };
    await t.call("POST", `/messages/${message.id}/report`, { token: ana.access, body: reason });
    const { items: [report] } = (await t.call("GET", "/admin/reports", { token: owner.access })).body;
    assert.equal(report.author.avatar_url, mine);
    const action = { user_id: ana.id, action_type: "warning", ...reason };
    const acted = await t.call("POST", "/admin/moderation/actions", { token: owner.access, body: action });
    assert.deepEqual([acted.body.user.avatar_url, acted.body.moderator.avatar_url], [url, mine]);
    const { items } = (await t.call("GET", "/audit", { token: owner.access })).body;
    assert.ok(items.some((entry: { actor_avatar_url: string }) => entry.actor_avatar_url === mine), "the audit log");
    // A profile that is sent back as it came keeps the picture.
    await t.call("PUT", "/auth/me", { token: ana.access, body: { avatar_url: url, display_name: "Ana M." } });
    await removeUnused(t.app);
    assert.equal((await fetchBytes(t, short, luis.access)).status, 200);

    const second = (await setAvatar(t, ana, await webp(90, 90))).body.avatar_url as string;
    assert.notEqual(second, url);
    assert.equal((await fetchBytes(t, short, luis.access)).status, 404, "the picture before is gone");
    assert.equal((await decode((await fetchBytes(t, second.slice(7), luis.access)).bytes, "image/webp")).width, 90);

    assert.equal((await t.call("DELETE", path(ana), { token: owner.access })).body.avatar_url, null, "a manager may");
    assert.equal((await fetchBytes(t, second.slice(7), luis.access)).status, 404);
    assert.equal((await t.call("DELETE", path(ana), { token: ana.access })).status, 200, "a second time");
    assert.equal((await setAvatar(t, owner, await png(64, 64), ana)).status, 200);
    const actions = (await t.call("GET", `/audit?subject_id=${ana.id}`, { token: owner.access })).body.items
      .map((entry: { action: string }) => entry.action);
    assert.ok(actions.includes("user.picture_changed") && actions.includes("user.picture_removed"));
  });

  Deno.test(`${db}: avatars: as a form; a picture that two have; the address of another site lets the kept one go`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const bytes = await png(400, 300);
    const form = new FormData();
    form.set("file", new File([bytes], "me.png", { type: "image/png" }));
    const made = await setAvatar(t, ana, form);
    assert.equal(made.status, 200, made.text);
    const other = (await setAvatar(t, luis, bytes)).body.avatar_url as string;
    assert.notEqual(made.body.avatar_url, other);
    await t.call("DELETE", path(ana), { token: ana.access });
    assert.equal((await fetchBytes(t, other.slice(7), ana.access)).status, 200, "the other one's stays");
    await t.call("PUT", "/auth/me", { token: luis.access, body: { avatar_url: "https://example.org/l.png" } });
    assert.equal((await fetchBytes(t, other.slice(7), ana.access)).status, 404);
  });

  Deno.test(`${db}: avatars: no pictures, too large ones, somebody else's, another organisation`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const stranger = await t.stranger();
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>`;
    const wrong: [string, BodyInit, string][] = [
      ["SVG", svg, "image/svg+xml"],
      ["SVG as PNG", svg, "image/png"],
      ["HTML", "<!doctype html><script>alert(1)</script>", "text/html"],
      ["HTML as JPEG", "<html><script>alert(1)</script></html>", "image/jpeg"],
      ["text", "hello", ""],
      ["nothing", "", ""],
      ["a GIF", movingGif(), "image/gif"],
      ["the beginning of a JPEG", (await jpeg(200, 200)).slice(0, 200), "image/jpeg"],
      ["a picture of 100,000 × 100,000", rawPng(100_000, 100_000, bomb(1)), "image/png"],
    ];
    for (const [name, body, type] of wrong) {
      const answer = await setAvatar(t, ana, body, ana, type);
      assert.equal(answer.status, 422, `${name}: ${answer.text}`);
      assert.equal(answer.body.code, "unsupported_file", name);
    }
    const huge = await setAvatar(t, ana, new Uint8Array(11 * 1024 * 1024));
    assert.equal(huge.status, 413, huge.text);
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).body.avatar_url, null);

    const fine = await png(64, 64);
    assert.equal((await setAvatar(t, luis, fine, ana)).status, 403, "somebody else's");
    assert.equal((await setAvatar(t, ana, fine, owner)).status, 403);
    assert.equal((await setAvatar(t, stranger, fine, ana)).status, 404);
    assert.equal((await t.call("DELETE", path(ana), { token: luis.access })).status, 403);
    assert.equal((await put(t, "", path(ana), fine)).status, 401);
    const admin = await t.person("admin", "adela");
    assert.equal((await setAvatar(t, admin, fine, owner)).status, 403, "above the own role");

    const { avatar_url } = (await setAvatar(t, ana, fine)).body;
    assert.equal((await fetchBytes(t, avatar_url.slice(7), stranger.access)).status, 404);
    const id = avatar_url.split("/").at(-1);
    assert.equal((await fetchBytes(t, `/media/${id}`, ana.access)).status, 404, "it is nobody's file");
    assert.equal((await t.call("DELETE", `/media/${id}`, { token: ana.access })).status, 404);
    assert.equal((await t.call("DELETE", `/media/${id}`, { token: owner.access })).status, 404);
    const file = (await upload(t, luis.access, fine, "private.png")).id;
    assert.equal((await fetchBytes(t, `/avatars/${file}`, ana.access)).status, 404, "a file is no picture of a person");
    await until(async () => (await fetchBytes(t, avatar_url.slice(7), luis.access)).status === 200);
  });
}
