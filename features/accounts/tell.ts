// Telling people what happened to the safety of their account: an inbox entry and, where there is a mail server, a mail.
import { newId } from "../../kernel/ids.ts";
import { SECURITY_NOTICE_JOB, type SecurityNotice, type SecurityNoticeKind } from "../../kernel/security_notice.ts";
import type { GuestCtx } from "../context.ts";
import type { Owner } from "./second_factor_store.ts";

/**
 * Call it after COMMIT. What could not be queued is logged: the act itself stands, and the audit log has it.
 * @param details what the words of this kind need
 * @param mailTo the address that gets the mail, instead of the person's
 */
export async function tellOfSecurity(
  ctx: GuestCtx,
  person: Owner,
  kind: SecurityNoticeKind,
  details: SecurityNotice["details"] = {},
  mailTo?: string,
): Promise<void> {
  const { app } = ctx;
  const notice: SecurityNotice = {
    id: newId(),
    organization_id: person.organizationId,
    user_id: person.userId,
    kind,
    at: app.now().toISOString(),
    ip: ctx.ip,
    user_agent: ctx.userAgent,
    details,
    mail_to: mailTo,
  };
  await app.jobs.enqueue(SECURITY_NOTICE_JOB, notice).catch((error) =>
    app.log.warn("a person was not told about their account", { error, kind, user_id: person.userId })
  );
}
