// Retention on both databases: the preview says what will go, the run takes exactly that with all that hangs on it, files
// leave the storage, threads and unread counts stay right, statistics stay, the space is given back.
import assert from "node:assert/strict";
import { storeBytes } from "../../features/media/mod.ts";
import { reclaimJob, retentionJob, runRetention } from "../../features/analytics/retention_job.ts";
import { rollUp, sweep } from "../../features/analytics/rollup.ts";
import { sql } from "../../db/sql.ts";
import { makeChannel, makeMessages, react } from "../support/analytics_data.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const DAY_MS = 86_400_000;

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    bytes += entry.isDirectory ? await folderBytes(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}

for (const kind of testedKinds()) {
  Deno.test(`retention on ${kind}`, async (test) => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner(), ana = await t.person("member", "ana"), eve = await t.stranger("eve");
    const { db } = t.app;
    const { organization_id: org } = await db.one<{ organization_id: string }>(sql`
      select organization_id from users where id = ${owner.id}`);
    const { organization_id: away } = await db.one<{ organization_id: string }>(sql`
      select organization_id from users where id = ${eve.id}`);
    const day = (age: number) => new Date(Date.now() - age * DAY_MS);
    const general = await makeChannel(db, org, "plaza", { members: [owner.id, ana.id] });
    const kept = await makeChannel(db, org, "kept", { members: [owner.id] });
    const short = await makeChannel(db, org, "short", { type: "private", members: [ana.id] });
    const theirs = await makeChannel(db, away, "theirs", { members: [eve.id] });
    const store = async (size: number) =>
      (await storeBytes(
        t.app,
        org,
        ana.id,
        { filename: "a.bin", mimeType: "application/octet-stream" },
        crypto.getRandomValues(new Uint8Array(size)),
      )).id;
    const [oldFile, newFile, sharedFile, agedFile] = [
      await store(50_000),
      await store(60_000),
      await store(1000),
      await store(2000),
    ];
    await db.run(sql`update media set created_at = ${day(20)} where id = ${agedFile}`);
    const ids = await makeMessages(db, org, general, [
      { at: day(40), user: ana.id, files: [oldFile] },
      { at: day(39), user: owner.id, files: [sharedFile] },
      { at: day(38), user: owner.id, content: "root" },
      { at: day(2), user: ana.id, files: [newFile, sharedFile], content: "" },
      { at: day(1), user: ana.id, files: [agedFile], content: "with text" },
      { at: day(1), user: ana.id, files: [agedFile], content: "" },
    ]);
    const replies = await makeMessages(db, org, general, [
      { at: day(37), user: ana.id, root: ids[2] },
      { at: day(3), user: ana.id, root: ids[2] },
    ]);
    await makeMessages(db, org, kept, [{ at: day(400), user: owner.id }]);
    await makeMessages(db, org, short, [{ at: day(8), user: ana.id }, { at: day(6), user: ana.id }]);
    await makeMessages(db, away, theirs, [{ at: day(400), user: eve.id }]);
    await react(db, org, ids[0]!, owner.id, day(40).toISOString());
    await db.run(sql`insert into message_edits (message_id, version, organization_id, channel_id, content, edited_at)
      values (${ids[0]}, 1, ${org}, ${general}, 'before', now())`);
    await db.run(sql`insert into message_mentions (channel_id, seq, message_id, organization_id, user_id)
      values (${general}, 1, ${ids[0]}, ${org}, ${owner.id})`);
    await sweep(t.app);
    await rollUp(t.app);
    const call = (method: string, path: string, who: Person, body?: unknown) =>
      t.call(method, path, { token: who.access, body });
    const rules = {
      messages_days: 30,
      files_days: null as number | null,
      per_channel: [{ channel_id: kept, days: null }, { channel_id: short, days: 7 }],
    };
    const left = async (channel: string) =>
      (await db.rows<{ id: string }>(sql`select id from messages where channel_id = ${channel} order by seq`)).map((
        r,
      ) => r.id);

    await test.step("only for those who may; channels must exist; it is audited", async () => {
      assert.equal((await call("PUT", "/admin/retention", ana, rules)).status, 403);
      assert.equal((await call("POST", "/admin/retention/preview", ana, rules)).status, 403);
      for (const channel of [crypto.randomUUID(), theirs]) {
        const answer = await call("PUT", "/admin/retention", owner, {
          per_channel: [{ channel_id: channel, days: 1 }],
        });
        assert.deepEqual([answer.status, answer.body.errors[0].path], [422, "per_channel.0.channel_id"]);
      }
      assert.equal((await call("PUT", "/admin/retention", owner, { messages_days: 0 })).status, 422);
      const saved = await call("PUT", "/admin/retention", owner, rules);
      assert.equal(saved.status, 200, saved.text);
      // The owner does not belong to the private channel: it is not named.
      assert.deepEqual(
        new Map(saved.body.per_channel.map((c: { channel_id: string; name: string }) => [c.channel_id, c.name])),
        new Map([[kept, "kept"], [short, null]]),
      );
      const audit = await call("GET", "/audit?action=retention.changed", owner);
      assert.deepEqual(audit.body.items[0].details.messages_days, { from: null, to: 30 });
      assert.deepEqual((await call("GET", "/admin/retention", eve)).body.messages_days, null);
    });

    await test.step("the preview is right and changes nothing", async () => {
      const before = await left(general);
      const { body } = await call("POST", "/admin/retention/preview", owner, rules);
      assert.deepEqual([body.messages, body.files, body.bytes], [5, 1, 50_000]);
      assert.ok(Math.abs(Date.parse(body.oldest) - day(40).getTime()) < 3_600_000, body.oldest);
      const everything = await call("POST", "/admin/retention/preview", owner, { ...rules, files_days: 10 });
      assert.deepEqual([everything.body.files, everything.body.bytes], [2, 52_000]);
      assert.deepEqual((await call("POST", "/admin/retention/preview", eve, { messages_days: 1 })).body.messages, 1);
      assert.deepEqual(await left(general), before);
    });

    await test.step("the run removes what the preview said, with everything that hangs on it", async () => {
      const storage = await folderBytes(t.dataDir);
      const removed = await runRetention(t.app);
      assert.deepEqual(removed, { messages: 5, files: 1, bytes: 50_000 });
      // The root of a thread with a younger reply stays as an empty tombstone.
      assert.deepEqual(await left(general), [ids[2], ids[3], ids[4], ids[5], replies[1]]);
      assert.deepEqual((await left(kept)).length, 1);
      assert.deepEqual((await left(short)).length, 1);
      assert.deepEqual((await left(theirs)).length, 1);
      const root = await db.one<{ content: string; deleted_at: Date; reply_count: number }>(sql`
        select content, deleted_at, reply_count from messages where id = ${ids[2]}`);
      assert.deepEqual([root.content, root.deleted_at instanceof Date, root.reply_count], ["", true, 1]);
      for (const table of ["message_reactions", "message_edits", "message_mentions"] as const) {
        const { count } = await db.one<{ count: number }>(
          table === "message_reactions"
            ? sql`select count(*)::int as count from message_reactions where message_id = ${ids[0]}`
            : table === "message_edits"
            ? sql`select count(*)::int as count from message_edits where message_id = ${ids[0]}`
            : sql`select count(*)::int as count from message_mentions where message_id = ${ids[0]}`,
        );
        assert.equal(count, 0, table);
      }
      const media = (await db.rows<{ id: string }>(sql`select id from media order by id`)).map((m) => m.id);
      assert.deepEqual(media, [newFile, sharedFile, agedFile].sort());
      assert.ok(storage - await folderBytes(t.dataDir) >= 50_000, "the bytes are gone");
      assert.deepEqual(await runRetention(t.app), { messages: 0, files: 0, bytes: 0 }, "a second time");
    });

    await test.step("nobody has unread what is gone; statistics stay", async () => {
      const unread = async (who: Person) => (await call("GET", `/channels/${general}`, who)).body.unread_count;
      assert.deepEqual([await unread(owner), await unread(ana)], [3, 0], "three of Ana's are left, none of others'");
      const stats = await call("GET", `/admin/stats?from=${day(60).toISOString()}&bucket=month`, owner);
      assert.equal(stats.body.totals.messages.value, 10);
      const state = (await call("GET", "/admin/retention", owner)).body.last_run;
      assert.deepEqual([state.messages, state.files, state.bytes], [0, 0, 0]);
      const ran = await call("GET", "/audit?action=retention.ran", owner);
      assert.deepEqual(ran.body.items.map((i: { details: unknown }) => i.details), [{
        messages: 5,
        files: 1,
        bytes: 50_000,
      }]);
    });

    await test.step("files that are too old go from messages that stay", async () => {
      await call("PUT", "/admin/retention", owner, { ...rules, files_days: 10 });
      assert.deepEqual(await runRetention(t.app), { messages: 0, files: 1, bytes: 2000 });
      const rows = await db.rows<{ content: string; attachments: unknown[]; gone: boolean }>(sql`
        select content, attachments, deleted_at is not null as gone from messages
        where id = any(${[ids[3], ids[4], ids[5]]}::uuid[]) order by seq`);
      assert.deepEqual(rows.map((r) => [r.content, r.attachments.length, r.gone]), [
        ["", 2, false],
        ["with text", 0, false],
        ["", 0, true],
      ]);
      assert.equal(
        await t.app.db.one<{ n: number }>(sql`select count(*)::int as n from media where id = ${agedFile}`)
          .then((r) => r.n),
        0,
      );
    });

    await test.step("space of removed messages is given back", async () => {
      const [big] = [await makeChannel(db, org, "big")];
      await db.run(sql`
        insert into messages (id, organization_id, channel_id, seq, root_no, message_type, content, created_at)
        select gen_random_uuid(), ${org}, ${big}, n, n, 'text', repeat(md5(n::text), 40), ${day(100)}
        from generate_series(1, 2500) n`);
      await db.run(sql`update channels set last_seq = 2500, root_count = 2500 where id = ${big}`);
      const size = async () =>
        (await db.one<{ bytes: number }>(sql`select pg_total_relation_size('messages')
          + pg_total_relation_size('search.messages') as bytes`)).bytes;
      const full = await size();
      const asked: string[] = [];
      const jobs = {
        enqueue: (name: string, data: object) => (asked.push(`${name} ${JSON.stringify(data)}`), Promise.resolve()),
      };
      const job = { id: "1", attempt: 1, lastAttempt: false };
      await retentionJob.handle({ ...t.app, jobs }, {}, job);
      assert.deepEqual(asked, ['analytics.reclaim {"messages":2500}']);
      await reclaimJob.handle(t.app, { messages: 2500 }, job);
      if (kind === "server") { for (const table of ["messages", "search.messages"]) await db.exec(`vacuum ${table}`); // as autovacuum
       }
      const after = await size();
      if (kind === "embedded") assert.ok(after < full / 5, `${full} → ${after}`);
      await db.run(sql`
        insert into messages (id, organization_id, channel_id, seq, root_no, message_type, content, created_at)
        select gen_random_uuid(), ${org}, ${big}, 10000 + n, n, 'text', repeat(md5(n::text), 40), now()
        from generate_series(1, 1000) n`);
      assert.ok(await size() <= full, "what comes next uses the space again");
    });
  });
}
