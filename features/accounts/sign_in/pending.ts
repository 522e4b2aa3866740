// A sign-in that waits for its second step, where the first cannot be sent again (a provider sends people back once). Its
// ticket (ticket.ts) opens nothing without a code of that person, and nothing any more once the person's ways in or sessions
// have changed (`sign_in_epoch`).
import { AppError } from "../../../kernel/errors.ts";
import type { SecondStepInput } from "../../../protocol/accounts/second_factor.ts";
import type { GuestCtx } from "../../context.ts";
import { admit, type TokenPair } from "./admit.ts";
import { guessGuard } from "./password.ts";
import { readTicket } from "./ticket.ts";
import { userToAdmit } from "../people/store.ts";

/**
 * The second step of a sign-in that waits.
 * @throws AppError `unauthenticated` for a ticket that is not ours or has ended, and what `admit` throws
 */
export async function finishSignIn(ctx: GuestCtx, ticket: string, given: SecondStepInput): Promise<TokenPair> {
  const { app } = ctx;
  const known = await readTicket(app, ticket);
  if (!known) throw over();
  const { userId, method, epoch } = known;
  return await guessGuard(ctx, { account: userId }, async () => {
    const row = await userToAdmit(app.db, userId);
    if (!row || row.sign_in_epoch !== epoch) throw over();
    return await admit(ctx, row, method, undefined, given);
  });
}

function over(): AppError {
  return new AppError("unauthenticated", "This sign-in has waited too long, or is over. Begin again.");
}
