// Everything of one person as an archive: what is in it, what of others is not, and who may have it.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { storeBytes } from "../../features/media/mod.ts";
import { ZipArchive } from "../../features/transfer/archives/zip.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { PNG } from "../support/transfer_hostile.ts";
import { until } from "../support/wait.ts";

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function exportOf(t: TestApp, who: Person): Promise<string> {
  const { id } = await ok(t, who, "POST", "/auth/me/export");
  await until(async () => {
    const { items } = await ok(t, who, "GET", "/auth/me/export");
    assert.notEqual(items[0].status, "failed", items[0].error);
    return items[0].status === "done";
  }, { timeoutMs: 60_000 });
  return id;
}

async function download(t: TestApp, who: Person, id: string): Promise<Response> {
  return await fetch(`${t.url}/api/v1/auth/me/export/${id}/download`, {
    headers: { authorization: `Bearer ${who.access}` },
  });
}

async function openZip<T>(response: Response, body: (zip: ZipArchive, all: string) => Promise<T>): Promise<T> {
  assert.equal(response.status, 200, response.statusText);
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(await response.arrayBuffer()));
  const zip = await ZipArchive.open(path);
  let all = "";
  for (const name of zip.names()) if (name.endsWith(".json")) all += new TextDecoder().decode(await zip.bytes(name));
  try {
    return await body(zip, all);
  } finally {
    zip.close();
    await Deno.remove(path);
  }
}

for (const db of testedKinds()) {
  Deno.test(`${db}: personal export: the own words and files, of others only the direct conversations`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const general = (await ok(t, owner, "POST", "/channels", { name: "plaza", type: "public" })).id;
    for (const who of [ana, ben]) await ok(t, who, "POST", `/channels/${general}/join`);
    await ok(t, ana, "POST", `/channels/${general}/messages`, { content: "ana in the plaza" });
    await ok(t, ben, "POST", `/channels/${general}/messages`, { content: "ben in the plaza" });
    const direct = (await ok(t, ana, "POST", "/channels", { type: "direct", user_ids: [ben.id] })).id;
    await ok(t, ben, "POST", `/channels/${direct}/messages`, { content: "ben to ana" });
    const foreign = (await ok(t, owner, "POST", "/channels", { type: "direct", user_ids: [ben.id] })).id;
    await ok(t, ben, "POST", `/channels/${foreign}/messages`, { content: "ben to the owner" });
    const gone = await ok(t, ana, "POST", `/channels/${general}/messages`, { content: "regretted words" });
    await ok(t, ana, "DELETE", `/messages/${gone.id}`);
    const organization = (await ok(t, owner, "GET", "/auth/me")).organization.id;
    const picture = await storeBytes(t.app, organization, ana.id, { filename: "pic.png" }, PNG);
    const theirs = await storeBytes(
      t.app,
      organization,
      ben.id,
      { filename: "other.txt" },
      new TextEncoder().encode("x"),
    );

    // What ana did to others is hers, what it says of them is not.
    const admin = await t.person("admin", "ada"), cleo = await t.person("member", "cleo");
    await ok(t, admin, "PUT", `/users/${cleo.id}`, { email: "secret-cleo@example.org" });
    await openZip(await download(t, admin, await exportOf(t, admin)), async (zip, all) => {
      const rows = await zip.json("activity.json") as { action: string; subject_id: string }[];
      assert.ok(rows.some((row) => row.action === "user.updated" && row.subject_id === cleo.id), JSON.stringify(rows));
      assert.ok(!all.includes("secret-cleo"));
    });

    await t.app.db.run(sql`insert into second_factors (user_id, organization_id, secret, created_at, enabled_at)
      values (${ana.id}, ${organization}, ${new TextEncoder().encode("sealed")}, now(), now())`);
    await t.app.db.run(sql`insert into recovery_codes (user_id, organization_id, code_mac)
      values (${ana.id}, ${organization}, 'mac-of-a-code')`);
    await t.app.db.run(sql`insert into passkeys (id, user_id, organization_id, credential_id, public_key, counter,
        transports, backed_up, name, created_at)
      values (${crypto.randomUUID()}, ${ana.id}, ${organization}, 'credential-1', ${
      new TextEncoder().encode("key")
    }, 0, '{}',
        true, 'Telephone of Ana', now())`);
    const id = await exportOf(t, ana);
    await openZip(await download(t, ana, id), async (zip, all) => {
      for (const name of ["profile", "sessions", "messages", "direct_messages", "notifications", "activity", "about"]) {
        assert.ok(zip.size(`${name}.json`), name);
      }
      const [app] = await zip.json("authenticator_apps.json") as Record<string, unknown>[];
      assert.deepEqual(Object.keys(app!), ["created_at", "enabled_at"]);
      const [passkey] = await zip.json("passkeys.json") as Record<string, unknown>[];
      assert.equal(passkey!.name, "Telephone of Ana");
      const [profile] = await zip.json("profile.json") as Record<string, unknown>[];
      assert.equal(profile!.email, "ana@example.org");
      assert.match(all, /ana in the plaza/);
      assert.match(all, /ben to ana/);
      for (
        const secret of [
          "ben in the plaza",
          "ben to the owner",
          "regretted words",
          "ben@example.org",
          "password_hash",
          "token_hash",
          "mac-of-a-code",
          "credential-1",
          "secret",
        ]
      ) {
        assert.ok(!all.includes(secret), secret);
      }
      assert.ok(zip.size(`files/${picture.id}.png`));
      assert.equal(zip.size(`files/${theirs.id}.txt`), undefined);
    });
    // Nobody else's, whatever the role; no token; a second one of another person does not wait.
    for (const other of [owner, ben]) {
      const refused = await download(t, other, id);
      assert.equal(refused.status, 404);
      await refused.body?.cancel();
      assert.equal((await t.call("DELETE", `/auth/me/export/${id}`, { token: other.access })).status, 404);
      assert.deepEqual((await ok(t, other, "GET", "/auth/me/export")).items, []);
    }
    const { token } = await ok(t, ana, "POST", "/auth/tokens", { name: "x", scopes: ["profile.manage"] });
    assert.equal((await t.call("POST", "/auth/me/export", { token })).status, 403);
    assert.equal((await t.call("GET", `/auth/me/export/${id}/download`, { token })).status, 403);
    assert.deepEqual((await ok(t, owner, "GET", "/admin/exports")).items, []);
    // Removed: gone, and not in the storage any more.
    await ok(t, ana, "DELETE", `/auth/me/export/${id}`);
    const removed = await download(t, ana, id);
    assert.equal(removed.status, 410);
    await removed.body?.cancel();
    await assert.rejects(t.app.storage.open(`exports/${organization}/${id}.zip`));
    for (let n = 1; n < 5; n++) await exportOf(t, ana);
    assert.equal((await t.call("POST", "/auth/me/export", { token: ana.access })).body.code, "rate_limited");
  });

  Deno.test(`${db}: personal export: one at a time for each person; the archive ends after seven days and with the account`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const both = await Promise.all([0, 1].map(() => t.call("POST", "/auth/me/export", { token: ana.access })));
    const codes = both.map(({ status }) => status).sort();
    assert.ok(codes[0] === 202 && (codes[1] === 409 || codes[1] === 202), codes.join());
    await exportOf(t, owner);
    await until(
      async () =>
        (await ok(t, ana, "GET", "/auth/me/export")).items.every((r: { status: string }) => r.status === "done"),
      {
        timeoutMs: 60_000,
      },
    );
    const [{ id }] = (await ok(t, ana, "GET", "/auth/me/export")).items;
    const organization = (await ok(t, owner, "GET", "/auth/me")).organization.id;
    await ok(t, ana, "DELETE", "/auth/me", { password: ana.password });
    const { transferFeature } = await import("../../features/transfer/mod.ts");
    const sweep = transferFeature.jobs!.find(({ name }) => name === "transfer.sweep")!;
    await sweep.handle(t.app, {}, { id: "", attempt: 1, lastAttempt: true });
    await assert.rejects(t.app.storage.open(`exports/${organization}/${id}.zip`));
    now += 8 * 24 * 3600_000;
    await sweep.handle(t.app, {}, { id: "", attempt: 1, lastAttempt: true });
    await sweep.handle(t.app, {}, { id: "", attempt: 1, lastAttempt: true });
    assert.deepEqual(await t.app.db.rows(sql`select id from transfer_runs`), []);
  });
}
