// Notifications by mail over a real SMTP socket: who gets one, when, how often, and how it reads.
import assert from "node:assert/strict";
import { notify, sendAsSystem, updatePreferences } from "../../features/notifications/mod.ts";
import { mailConsumer, mailSweepJob } from "../../features/notifications/mail/jobs.ts";
import { createMailer } from "../../workers/mailer.ts";
import { sql } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { note, openNotificationApp } from "../support/notification_app.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { testedKinds } from "../support/test_db.ts";

const MAIL = "notifications.mail";

for (const kind of testedKinds()) {
  Deno.test(`mail and quiet hours on ${kind}`, async (t) => {
    await using smtp = await startSmtp();
    await using it = await openNotificationApp(kind, {
      "smtp-url": smtp.url,
      "mail-from": "Pulpo <pulpo@example.org>",
    });
    const home = await it.addOrganization("Café & Co"), away = await it.addOrganization("Another");
    const sender = await it.addUser(home);
    const ana = await it.addUser(home, { email: "ana@example.org", locale: "es-CO" });
    const ben = await it.addUser(home, { email: "ben@example.org" });
    const eve = await it.addUser(away, { email: "eve@example.org" });
    const pushesTo = (ctx: typeof ana) =>
      it.pushes.filter((p) => p.channel === channels.userNotifications(ctx.actor.userId!) && p.offset);
    await updatePreferences(ana, { types: { reserva_creada: "email" } });
    await updatePreferences(eve, { default: "email" });

    await t.step("targeted: pushed and mailed, in the person's language, escaped", async () => {
      const message = "Reserva <b>nueva</b> & más\r\nBcc: evil@example.org";
      await notify(sender, note({ message, user_ids: [ana.actor.userId, ben.actor.userId] }));
      assert.equal(pushesTo(ana).length, 1);
      assert.equal(pushesTo(ben).length, 1);
      assert.equal(it.jobs.length, 1);
      await it.runJobs(MAIL);
      assert.equal(smtp.mails.length, 1);
      const [mail] = smtp.mails;
      assert.deepEqual([mail!.from, mail!.to], ["pulpo@example.org", ["ana@example.org"]]);
      const text = mailText(mail!);
      assert.match(text, /^Subject: Reserva creada: Reserva <b>nueva<\/b> & más\r\n/m);
      assert.match(text, /Reserva &lt;b&gt;nueva&lt;\/b&gt; &amp; más/);
      assert.match(text, /Café &amp; Co/);
      assert.match(text, /Abrir la bandeja: http:\/\/pulpo\.test:8080\/inbox/);
      assert.match(text, /^Auto-Submitted: auto-generated\r\n/m);
      assert.match(text, new RegExp(`^Message-ID: <[0-9a-f-]{36}\\.${ana.actor.userId}@pulpo\\.test>`, "mi"));
      assert.doesNotMatch(mail!.raw.split("\r\n\r\n")[0]!, /^Bcc:/mi);
    });

    await t.step(
      "what the server says about accounts is in the language that its receiver has when the mail goes",
      async () => {
        await updatePreferences(ana, { types: { sign_up_waiting: "email", security_notice: "email" } });
        const before = smtp.mails.length;
        const to = { user_ids: [ana.actor.userId!], persist: true };
        const message = "written in English";
        await sendAsSystem(it.app, home, "Pulpo", {
          ...to,
          message,
          type: "sign_up_waiting",
          data: { user_id: ben.actor.userId, username: "nuevo" },
        });
        const details = { name: "llave" };
        await sendAsSystem(it.app, home, "Pulpo", {
          ...to,
          message,
          type: "security_notice",
          data: { kind: "passkey_added", at: "2026-01-01T00:00:00.000Z", ip: null, user_agent: null, details },
        });
        // A person who names the type says what they say.
        await notify(sender, note({ ...to, type: "sign_up_waiting", message, data: { username: "x" } }));
        await it.runJobs(MAIL);
        const texts = smtp.mails.splice(before).map(mailText);
        for (const part of [/nuevo se ha registrado/, /Se añadió la llave de acceso «llave»/, /written in English/]) {
          assert.equal(texts.filter((text) => part.test(text)).length, 1, `${part}`);
        }
        await updatePreferences(ana, { types: { reserva_creada: "email" } });
      },
    );

    await t.step("a job that runs twice sends once", async () => {
      await notify(sender, note({ user_ids: [ana.actor.userId] }));
      const job = it.jobs[0]!;
      await it.runJobs(MAIL);
      it.jobs.push(job, job);
      await it.runJobs(MAIL);
      assert.equal(smtp.mails.length, 2);
    });

    await t.step("a server that refuses and then accepts: the same mail, once", async () => {
      smtp.refuse = 2;
      await notify(sender, note({ message: "stubborn", user_ids: [ana.actor.userId] }));
      const before = smtp.attempts;
      await assert.rejects(it.runJobs(MAIL), /try again later/);
      await assert.rejects(it.runJobs(MAIL, { attempt: 2 }), /try again later/);
      await it.runJobs(MAIL, { attempt: 3 });
      assert.equal(smtp.attempts, before + 3);
      assert.equal(smtp.mails.filter((m) => mailText(m).includes("stubborn")).length, 1);
      smtp.refuse = 1;
      await notify(sender, note({ message: "hopeless", user_ids: [ana.actor.userId] }));
      await assert.rejects(it.runJobs(MAIL, { attempt: 9, lastAttempt: true }));
      await it.runJobs(MAIL);
      const row = await it.app.db.one(sql`select * from notification_mails where error is not null`);
      assert.ok(row.done_at);
      assert.match(row.error, /try again later/);
    });

    await t.step("broadcast: the consumer mails those who want it, in their organisation, once", async () => {
      const before = smtp.mails.length;
      const { id } = await notify(sender, note({ message: "for all" }));
      await notify(sender, note({ message: "no mail", type: "tour_creado" }));
      await notify(sender, note({ message: "topic", channel: "notify:ops" }));
      await it.consume(mailConsumer);
      assert.deepEqual(it.jobs.map((j) => j.data.notification_id), [id]);
      const events = await it.app.db.rows(sql`
        select e.id, c.organization_id, c.channel, e.type, e.body from events e join event_channels c on c.id = e.channel_id`);
      await mailConsumer.handle(
        it.app,
        events.map((e) => ({
          id: e.id,
          organizationId: e.organization_id,
          channel: e.channel,
          type: e.type,
          push: JSON.parse(e.body),
        })),
      );
      assert.equal(it.jobs.length, 1, "a repeat of the consumer asks for nothing new");
      await it.runJobs(MAIL);
      assert.equal(smtp.mails.length, before + 1);
      assert.deepEqual(smtp.mails.at(-1)!.to, ["ana@example.org"]);
      await notify(eve, note({ message: "elsewhere" }));
      await it.consume(mailConsumer);
      await it.runJobs(MAIL);
      assert.deepEqual(smtp.mails.at(-1)!.to, ["eve@example.org"]);
    });

    await t.step("quiet hours: in the inbox, not pushed, mail at their end", async () => {
      const night = { enabled: true, start: "22:00", end: "07:00", timezone: "America/Bogota" };
      await updatePreferences(ana, { quiet_hours: night });
      it.clock.now = new Date("2027-03-02T04:30:00Z"); // 23:30 in Bogotá
      const before = pushesTo(ana).length, mails = smtp.mails.length;
      const result = await notify(sender, note({ message: "at night", user_ids: [ana.actor.userId] }));
      assert.equal(result.offset, null);
      assert.equal(pushesTo(ana).length, before);
      assert.equal(it.jobs.at(-1)!.options.delaySeconds, 7.5 * 3600);
      it.jobs.length = 0;
      const late = await notify(sender, note({ message: "broadcast at night" }));
      await it.consume(mailConsumer);
      assert.equal(it.jobs.find((j) => j.data.notification_id === late.id)!.options.delaySeconds, 7.5 * 3600);
      it.clock.now = new Date("2027-03-02T12:00:00Z");
      await notify(sender, note({ message: "by day", user_ids: [ana.actor.userId] }));
      assert.equal(pushesTo(ana).length, before + 1);
      assert.equal(smtp.mails.length, mails);
      it.jobs.length = 0;
    });

    await t.step("the sweep finds what was never enqueued", async () => {
      it.clock.now = new Date("2027-03-02T14:00:00Z");
      const before = smtp.mails.length;
      await mailSweepJob.handle(it.app, {}, { id: "1", attempt: 1, lastAttempt: true });
      await it.runJobs(MAIL);
      assert.deepEqual(
        smtp.mails.slice(before).map((m) => mailText(m).match(/^Subject: .*: (.*)\r$/m)?.[1]).sort(),
        ["at night", "broadcast at night", "by day"],
      );
      await mailSweepJob.handle(it.app, {}, { id: "2", attempt: 1, lastAttempt: true });
      assert.equal(it.jobs.length, 0);
    });

    await t.step("none: neither push nor mail", async () => {
      await updatePreferences(ana, {
        default: "none",
        types: {},
        quiet_hours: { enabled: false, start: "22:00", end: "07:00", timezone: "UTC" },
      });
      const before = pushesTo(ana).length;
      const result = await notify(sender, note({ user_ids: [ana.actor.userId] }));
      assert.equal(result.offset, null);
      assert.equal(pushesTo(ana).length, before);
      assert.equal(it.jobs.length, 0);
    });
  });
}

Deno.test("mailer: off without a server, and wrong credentials are an error without the password in it", async () => {
  const off = createMailer({ smtpUrl: undefined, mailFrom: "a@b.c" });
  assert.equal(off.enabled, false);
  await assert.rejects(off.send({ to: "a@b.c", subject: "s", text: "t" }), /PULPO_SMTP_URL/);
  await using smtp = await startSmtp();
  const wrong = createMailer({ smtpUrl: smtp.url.replace("p%2Fw", "secret123"), mailFrom: "a@b.c" });
  await assert.rejects(
    wrong.send({ to: "a@b.c", subject: "s", text: "t" }),
    (error: Error) => !`${error.message}${error.stack}`.includes("secret123"),
  );
  wrong.close();
});
