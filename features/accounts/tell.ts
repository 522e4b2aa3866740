// Telling people what happened to the safety of their account: an inbox entry and, where there is a mail server, a mail.
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import { SECURITY_NOTICE_JOB, type SecurityNotice, type SecurityNoticeKind } from "../../kernel/security_notice.ts";
import type { App, GuestCtx } from "../context.ts";
import type { Owner } from "./second_factor/store.ts";

/**
 * Call it after COMMIT. What could not be queued is logged: the act itself stands, and the audit log has it.
 * @param details what the words of this kind need
 * @param mailTo the address that the person had before, where what happened has changed it; null: none
 */
export async function tellOfSecurity(
  ctx: GuestCtx,
  person: Owner,
  kind: SecurityNoticeKind,
  details: SecurityNotice["details"] = {},
  mailTo?: string | null,
): Promise<void> {
  const { app } = ctx;
  try {
    const notice: SecurityNotice = {
      id: newId(),
      organization_id: person.organizationId,
      user_id: person.userId,
      kind,
      at: app.now().toISOString(),
      ip: ctx.ip,
      user_agent: ctx.userAgent,
      details,
      // Now, not when the job runs: whoever has taken the account over may change the address next.
      mail_to: mailTo === undefined ? await addressOf(app, person) : mailTo,
    };
    await app.jobs.enqueue(SECURITY_NOTICE_JOB, notice);
  } catch (error) {
    app.log.warn("a person was not told about their account", { error, kind, user_id: person.userId });
  }
}

async function addressOf(app: App, { organizationId, userId }: Owner): Promise<string | null> {
  const row = await app.db.maybe<{ email: string | null }>(sql`
    select email from users where organization_id = ${organizationId} and id = ${userId}`);
  return row?.email ?? null;
}
