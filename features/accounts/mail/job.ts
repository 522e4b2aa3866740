// The job behind mails about accounts. It looks at what holds now: a mail about something that is over is not sent. Links
// for one person are made here, not where they are asked for; a second try makes a new one, and the one before it ends.
import { newId } from "../../../kernel/ids.ts";
import type { Mail } from "../../../kernel/ports.ts";
import type { App, GuestCtx } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { writeAudit } from "../../audit/mod.ts";
import { accountMail, type MailContent } from "./template.ts";
import { linkTo, linkToken } from "../links/tokens.ts";
import { heldWhileOff } from "./held.ts";
import { inviteById } from "../invites/store.ts";
import { CONFIRM_MS, FIRST_MS, makeLink, RESET_MS } from "../links/links.ts";
import { ACCOUNT_MAIL_JOB, type AccountMailJob } from "./queue.ts";
import { organizationRow, userById, userForLogin, type UserRow } from "../people/store.ts";

export const accountMailJob: JobRule<AccountMailJob> = {
  name: ACCOUNT_MAIL_JOB,
  retryLimit: 6,
  async handle(app, job, { id }) {
    if (!app.mailer.enabled) return;
    if (job.kind !== "reset" && await heldWhileOff(app, ACCOUNT_MAIL_JOB, job)) return;
    const mail = await mailOf(app, job, id);
    if (mail) await app.mailer.send(mail);
  },
};

async function mailOf(app: App, job: AccountMailJob, jobId: string): Promise<Mail | undefined> {
  if (job.kind === "invite") return await inviteMail(app, job);
  if (job.kind === "reset") return await resetMail(app, job, jobId);
  if (job.kind === "refused") return await refusedMail(app, job, jobId);
  const row = await userById(app.db, job.organization_id, job.user_id);
  if (!row) return undefined;
  switch (job.kind) {
    case "first":
      return row.is_active ? await linkMail(app, row, "first", FIRST_MS) : undefined;
    case "confirm":
      return row.pending === "email" ? await linkMail(app, row, "confirm", CONFIRM_MS) : undefined;
    case "password_changed":
      return mailTo(app, job.to === undefined ? row : { ...row, email: job.to }, {
        kind: job.kind,
        id: jobId,
        url: `${app.publicUrl()}/reset`,
        now: app.now(),
      });
    case "approved":
      return row.is_active
        ? mailTo(app, row, { kind: job.kind, id: jobId, url: `${app.publicUrl()}/login` })
        : undefined;
  }
}

async function inviteMail(app: App, { id, organization_id }: AccountMailJob & { kind: "invite" }) {
  const invite = await inviteById(app.db, organization_id, id);
  if (!invite?.email || invite.uses_left === 0 || invite.expires_at <= app.now()) return undefined;
  const author = invite.created_by ? await userById(app.db, organization_id, invite.created_by) : undefined;
  const organization = await organizationRow(app.db, organization_id);
  return accountMail({
    kind: "invite",
    to: invite.email,
    // Nothing is known of the person: the language of whoever invites is the best guess.
    locale: author?.locale ?? "en",
    id,
    url: linkTo(app, "/register", "invite", await linkToken(app, "invite-mail", id)),
    publicUrl: app.publicUrl(),
    values: { organization: String(organization.name), by: author?.display_name, until: invite.expires_at },
  });
}

async function refusedMail(app: App, job: AccountMailJob & { kind: "refused" }, id: string): Promise<Mail> {
  const { to, username, locale } = job;
  const organization = String((await organizationRow(app.db, job.organization_id)).name);
  const publicUrl = app.publicUrl();
  return accountMail({
    kind: "refused",
    to,
    locale,
    id,
    url: publicUrl,
    publicUrl,
    values: { organization, username },
  });
}

async function resetMail(app: App, job: AccountMailJob & { kind: "reset" }, jobId: string) {
  const row = await userForLogin(app.db, job.email);
  // Nobody has this address, or who has it does not come in with a password.
  if (!row || !row.organization_active || (!row.is_active && !row.pending)) return undefined;
  const ctx: GuestCtx = { app, requestId: jobId, ip: job.ip, userAgent: null, log: app.log };
  const who = { organizationId: row.organization_id, id: null, name: "", kind: "anonymous" as const };
  await writeAudit(app.db, ctx, { action: "auth.reset_requested", subject_type: "user", subject_id: row.id }, who);
  return await linkMail(app, row, "reset", RESET_MS);
}

async function linkMail(app: App, row: UserRow, kind: "first" | "reset" | "confirm", lifeMs: number) {
  const path = kind === "confirm" ? "/confirm" : "/reset";
  const { url, expiresAt } = await app.db.withTx((tx) => makeLink(app, tx, row, kind, lifeMs, path));
  return mailTo(app, row, { kind, id: newId(), url, until: expiresAt });
}

function mailTo(
  app: App,
  row: UserRow,
  { kind, id, url, until, now }: Pick<MailContent, "kind" | "id" | "url"> & { until?: Date; now?: Date },
): Mail | undefined {
  // A person who came by telephone has no address.
  if (row.email === null) return undefined;
  const values = { organization: row.organization_name, username: row.username, until, now };
  return accountMail({ kind, to: row.email, locale: row.locale, id, url, publicUrl: app.publicUrl(), values });
}
