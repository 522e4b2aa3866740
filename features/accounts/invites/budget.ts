// How many mails may invite people: a server that mails strangers for whoever asks is soon a sender of nothing but spam. 50 an hour
// and 200 a day by one person or program, 100 and 500 in one organisation. Spent before anything is written: a mail that is
// refused leaves no invitation and no account behind; what fails afterwards has cost one.
import type { Ctx } from "../../context.ts";
import { runtimeOf } from "../runtime.ts";

const TOO_MANY =
  "Too many invitations were mailed. Wait, or make one without an address and hand its link on yourself.";
const TOO_MANY_ACCOUNTS =
  "Too many invitations were mailed. Wait, or set a first password and tell the person yourself.";

/** Where the server sends no mail nothing is spent. @throws AppError `rate_limited` */
export async function spendInviteMail({ app, actor }: Ctx, what: "invite" | "account"): Promise<void> {
  if (!app.mailer.enabled) return;
  const detail = what === "invite" ? TOO_MANY : TOO_MANY_ACCOUNTS;
  const { guesses, inviteMails } = runtimeOf(app);
  const keys = { inviter: actor.userId ?? "server", organization: actor.organizationId };
  // One after the other, so that what is looked at is what is spent.
  await guesses.run(`invite mails ${actor.organizationId}`, async () => {
    for (const { limiter, of } of inviteMails) await limiter.check(keys[of], detail);
    for (const { limiter, of } of inviteMails) await limiter.consume(keys[of], detail);
  });
}
