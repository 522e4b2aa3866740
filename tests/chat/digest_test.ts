// The mail about what was missed: who gets one, when, what stands in it, and that it comes once. Over a real SMTP socket.
import assert from "node:assert/strict";
import { digestSendJob, digestSweepJob } from "../../features/chat/notify/digest.ts";
import { dueSince } from "../../features/chat/notify/digest_due.ts";
import { sql } from "../../db/sql.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

Deno.test("digest: when it is due", () => {
  const at = (text: string) => new Date(text);
  const due = (digest: "15m" | "hourly" | "daily", zone: string, now: string) =>
    dueSince(digest, zone, at(now)).toISOString();
  assert.equal(due("15m", "UTC", "2027-03-01T10:20:00Z"), "2027-03-01T10:05:00.000Z");
  assert.equal(due("hourly", "UTC", "2027-03-01T10:20:00Z"), "2027-03-01T09:20:00.000Z");
  assert.equal(due("daily", "UTC", "2027-03-01T10:20:00Z"), "2027-03-01T08:00:00.000Z");
  assert.equal(due("daily", "UTC", "2027-03-01T07:59:00Z"), "2027-02-28T08:00:00.000Z");
  assert.equal(due("daily", "America/Bogota", "2027-03-01T12:00:00Z"), "2027-02-28T13:00:00.000Z");
  assert.equal(due("daily", "Europe/Madrid", "2027-03-28T08:00:00Z"), "2027-03-28T06:00:00.000Z", "summer time");
});

const attempt = { id: "1", attempt: 1, lastAttempt: false };

for (const kind of testedKinds()) {
  Deno.test(`mail about what was missed on ${kind}`, async (t) => {
    await using smtp = await startSmtp();
    let moved = 0;
    await using app = await createTestApp({
      db: kind,
      now: () => new Date(Date.now() + moved),
      settings: {
        "smtp-url": smtp.url,
        "mail-from": "Pulpo <pulpo@example.org>",
        "public-url": "https://chat.example.org",
      },
    });
    const owner = await app.owner(), ana = await app.person("member", "ana"), ben = await app.person("member", "ben");
    const { id: organizationId } = (await app.call("GET", "/organization", { token: owner.access })).body;
    const login = async (person: Person) => (await app.login(person)).body.access_token as string;
    const made = await app.call("POST", "/channels", {
      token: owner.access,
      body: { name: "notes", user_ids: [ana.id, ben.id] },
    });
    const channel = made.body.id as string;
    const say = async (content: string): Promise<string> => {
      const sent = await app.call("POST", `/channels/${channel}/messages`, {
        token: await login(owner),
        body: { content },
      });
      assert.equal(sent.status, 201, sent.text);
      const id = sent.body.id;
      await until(async () =>
        (await app.app.db.rows(sql`select 1 from notifications where source_id = ${id}`)).length > 0
      );
      return id;
    };
    const sweep = (minutes = 0) => {
      moved += minutes * 60_000;
      return digestSweepJob.handle(app.app, {}, attempt);
    };
    const outbox = () => app.app.db.rows(sql`select id, done_at, error from chat_digests order by id`);
    const done = () => until(async () => (await outbox()).every((row) => row.done_at));
    await app.call("PUT", "/auth/me", { token: ana.access, body: { locale: "es" } });
    await app.call("PUT", "/chat/preferences", { token: ana.access, body: { digest: "15m" } });

    await t.step("not before its time; then one mail with all of it, in the person's language, escaped", async () => {
      await sweep(); // seen for the first time: the five minutes begin
      const first = await say("@ana <b>look</b> & reply");
      await say("@ana second\r\nBcc: evil@example.org");
      await sweep(10);
      assert.equal((await outbox()).length, 0);
      await sweep(6);
      assert.equal((await outbox()).length, 1);
      await done();
      await sweep();
      await done();
      assert.equal(smtp.mails.length, 1);
      const [mail] = smtp.mails, text = mailText(mail!);
      assert.deepEqual(mail!.to, ["ana@example.org"]);
      assert.match(text, /^Subject: 2 mensajes para ti en First\r?$/m);
      assert.match(text, /#notes/);
      assert.ok(text.includes(`https://chat.example.org/chat/${channel}/${first}`), text);
      assert.match(text, /@ana &lt;b&gt;look&lt;\/b&gt; &amp; reply/);
      assert.doesNotMatch(mail!.raw.split("\r\n\r\n")[0]!, /^Bcc:/mi);
      assert.match(text, /^List-Unsubscribe: <https:\/\/chat\.example\.org\/inbox\?tab=preferences>\r?$/mi);
      assert.match(text, /Cambiar o dejar de recibir estos correos/);
      assert.match(text, /^Message-ID: <[0-9a-f-]{36}\.digest@chat\.example\.org>/mi);
    });

    await t.step("nothing new: no mail; a job that runs twice sends once", async () => {
      await sweep(60);
      const [row] = await outbox();
      await digestSendJob.handle(app.app, { digest_id: row!.id }, attempt);
      assert.equal((await outbox()).length, 1);
      assert.equal(smtp.mails.length, 1);
    });

    await t.step("not while a console is open, nor within five minutes after", async () => {
      {
        await using _socket = await openSocket(`${app.url}/ws?token=${await login(ana)}`);
        await until(() => app.app.realtime.onlineUsers(organizationId).includes(ana.id));
        await say("@ana while you are here");
        await sweep(30);
        assert.equal((await outbox()).length, 1);
      }
      await until(() => !app.app.realtime.onlineUsers(organizationId).includes(ana.id));
      await sweep(4);
      assert.equal((await outbox()).length, 1);
      await sweep(2);
      assert.equal((await outbox()).length, 2);
      await done();
      assert.equal(smtp.mails.length, 2);
    });

    await t.step("what was read or deleted is not in it; when nothing is left there is no mail", async () => {
      const read = await say("@ana read me"), gone = await say("@ana delete me");
      await say("@ana keep me");
      await app.call("POST", "/notifications/read-all", { token: await login(ben) });
      const inbox = await app.call("GET", "/notifications", { token: await login(ana) });
      const item = inbox.body.items.find((i: { data: { message_id: string } }) => i.data.message_id === read);
      await app.call("POST", `/notifications/${item.id}/read`, { token: await login(ana) });
      await app.call("DELETE", `/messages/${gone}`, { token: await login(owner) });
      await sweep(20);
      await done();
      assert.equal(smtp.mails.length, 3);
      const text = mailText(smtp.mails[2]!);
      assert.match(text, /keep me/);
      assert.doesNotMatch(text, /read me|delete me/);
      await say("@ana all of it read");
      await app.call("POST", "/notifications/read-all", { token: await login(ana) });
      await sweep(20);
      await done();
      assert.equal(smtp.mails.length, 3);
    });

    await t.step("a mail server that is away: the same mail later, once", async () => {
      smtp.refuse = 1;
      await say("@ana stubborn");
      await sweep(20);
      await until(async () => (await outbox()).some((row) => row.error));
      const row = (await outbox()).find((r) => r.error)!;
      assert.equal(row.done_at, null);
      await digestSendJob.handle(app.app, { digest_id: row.id }, { ...attempt, attempt: 2 });
      await done();
      assert.equal(smtp.mails.filter((mail) => mailText(mail).includes("stubborn")).length, 1);
    });

    await t.step("who left the channel, was blocked or stopped it gets none; quiet hours wait", async () => {
      const before = smtp.mails.length;
      const quiet = (enabled: boolean) =>
        app.app.db.run(sql`
          insert into notification_preferences (user_id, organization_id, value, wants_email) values (${ana.id},
            ${organizationId}, jsonb_build_object('default', 'push', 'types', '{}'::jsonb, 'quiet_hours',
            jsonb_build_object('enabled', ${enabled}::boolean, 'start', '00:00', 'end', '23:59', 'timezone', 'UTC')), false)
          on conflict (user_id) do update set value = excluded.value`);
      await say("@ana at night");
      const rows = (await outbox()).length;
      moved += Math.max(
        0,
        Date.parse(`${new Date(Date.now() + moved).toISOString().slice(0, 10)}T12:00:00Z`) -
          Date.now() - moved,
      );
      await quiet(true);
      await sweep(20);
      assert.equal((await outbox()).length, rows);
      await quiet(false);
      await app.call("DELETE", `/channels/${channel}/members/${ana.id}`, { token: await login(owner) });
      await sweep(20);
      await done();
      assert.equal(smtp.mails.length, before);
    });
  });
}
