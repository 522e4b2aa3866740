// What accounts answer that registered and are not in yet (sign_ups.ts).
import { AppError } from "../../../kernel/errors.ts";
import type { UserRow } from "../people/store.ts";

/** @throws AppError `email_unconfirmed`, `approval_pending`. Only for callers who have proved who they are. */
export function refusePending(row: Pick<UserRow, "pending">): void {
  if (row.pending === "email") {
    throw new AppError("email_unconfirmed", "Confirm your address first: open the link in the mail that you got.");
  }
  if (row.pending === "approval") throw approvalPending();
}

export function approvalPending(): AppError {
  return new AppError("approval_pending", "An administrator has to let you in first.");
}
