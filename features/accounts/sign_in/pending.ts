// A sign-in that waits for its second step, where the first cannot be sent again (a provider sends people back once). The
// ticket says who has proved what, under a MAC, for ten minutes; it opens nothing without a code of that person, and nothing any
// more once the person's ways in or sessions have changed (`sign_in_epoch`).
import { AppError } from "../../../kernel/errors.ts";
import { constantTimeEqual, isUuid } from "../../../kernel/ids.ts";
import type { SecondStepInput } from "../../../protocol/accounts/second_factor.ts";
import type { App, GuestCtx } from "../../context.ts";
import { admit, type SignInMethod, type TokenPair } from "./admit.ts";
import { guessGuard } from "./password.ts";
import { type UserRow, userToAdmit } from "../people/store.ts";

const TICKET_MS = 10 * 60_000;
const TICKET = /^([0-9a-f-]{36})\.(password|code|provider)\.(\d{1,10})\.(\d{13})\.([\w-]{43})$/;

const macOf = (app: App, text: string) => app.keys.mac("pending-sign-in", text);

/** Call it when `admit` has thrown `totp_required` for this person. */
export async function pendingSignIn(app: App, row: UserRow, method: SignInMethod): Promise<string> {
  const text = `${row.id}.${method}.${row.sign_in_epoch}.${app.now().getTime() + TICKET_MS}`;
  return `${text}.${await macOf(app, text)}`;
}

/**
 * The second step of a sign-in that waits.
 * @throws AppError `unauthenticated` for a ticket that is not ours or has ended, and what `admit` throws
 */
export async function finishSignIn(ctx: GuestCtx, ticket: string, given: SecondStepInput): Promise<TokenPair> {
  const { app } = ctx;
  const [, userId, method, epoch, until, mac] = TICKET.exec(ticket) ?? [];
  const ours = userId && isUuid(userId) &&
    constantTimeEqual(mac!, await macOf(app, `${userId}.${method}.${epoch}.${until}`));
  if (!ours || Number(until) <= app.now().getTime()) {
    throw over();
  }
  return await guessGuard(ctx, { account: userId }, async () => {
    const row = await userToAdmit(app.db, userId);
    if (!row || row.sign_in_epoch !== Number(epoch)) throw over();
    return await admit(ctx, row, method as SignInMethod, undefined, given);
  });
}

function over(): AppError {
  return new AppError("unauthenticated", "This sign-in has waited too long, or is over. Begin again.");
}
