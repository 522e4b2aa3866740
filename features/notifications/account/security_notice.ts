// Notices about the safety of one's own account (kernel/security_notice.ts): an entry in the inbox and a mail, whatever the
// preferences say about mails. A repeat of the job finds the entry by its key, and mail programs find the mail by its
// Message-ID.
import { SECURITY_NOTICE_JOB, type SecurityNotice } from "../../../kernel/security_notice.ts";
import { sql } from "../../../db/sql.ts";
import { heldWhileOff } from "../../accounts/mod.ts";
import type { JobRule } from "../../define.ts";
import { sendAsSystem } from "../send/notify.ts";
import { securityMail, securitySentence } from "./security_texts.ts";

export const securityNoticeJob: JobRule<SecurityNotice> = {
  name: SECURITY_NOTICE_JOB,
  retryLimit: 6,
  retryDelaySeconds: 20,
  async handle(app, notice) {
    if (await heldWhileOff(app, SECURITY_NOTICE_JOB, notice)) return;
    const person = await app.db.maybe<{ email: string | null; locale: string; organization: string }>(sql`
      select u.email, u.locale, o.name as organization from users u join organizations o on o.id = u.organization_id
      where u.id = ${notice.user_id} and u.organization_id = ${notice.organization_id}`);
    if (!person) return;
    const { kind, at, ip, user_agent, details } = notice;
    await sendAsSystem(app, notice.organization_id, "Pulpo", {
      type: "security_notice",
      message: securitySentence(notice, person.locale),
      data: { kind, at, ip, user_agent, details },
      user_ids: [notice.user_id],
      persist: true,
      dedupe_key: notice.id,
    });
    // Notices from before an update of the server do not say.
    const email = notice.mail_to === undefined ? person.email : notice.mail_to;
    if (app.mailer.enabled && email) {
      await app.mailer.send(securityMail(notice, { ...person, email }, app.publicUrl()));
    }
  },
};
