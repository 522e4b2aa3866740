// Asking for a mail about an account. The mail itself is written by the job (job.ts), so what is queued here holds ids
// and no token, and nobody who calls can tell from the time whether a mail goes out.
import type { App } from "../../context.ts";

export const ACCOUNT_MAIL_JOB = "accounts.mail";

/** `held`: how often it was put off (held.ts). */
export type AccountMailJob =
  & { held?: number }
  & (
    | { kind: "invite"; id: string; organization_id: string }
    /** Whether there is such an account is found out by the job. */
    | { kind: "reset"; email: string; ip: string | null }
    | { kind: "first" | "confirm" | "approved"; user_id: string; organization_id: string }
    /** The account is gone: the mail says it to the address that it had. */
    | { kind: "refused"; organization_id: string; to: string; username: string; locale: string }
    /** To the address that the person had then. */
    | { kind: "password_changed"; user_id: string; organization_id: string; to?: string | null }
  );

/** @returns false when it could not be queued, or the server sends no mail */
export async function mailLater({ app }: { app: App }, job: AccountMailJob, singletonKey?: string): Promise<boolean> {
  if (!app.mailer.enabled) return false;
  try {
    await app.jobs.enqueue(ACCOUNT_MAIL_JOB, job, { singletonKey });
    return true;
  } catch (error) {
    app.log.warn("a mail about an account could not be queued", { error, kind: job.kind });
    return false;
  }
}
