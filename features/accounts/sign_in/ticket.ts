// The ticket of a sign-in that waits for its second step: who has proved what, under a MAC, for ten minutes.
import { constantTimeEqual, isUuid } from "../../../kernel/ids.ts";
import type { App } from "../../context.ts";
import type { UserRow } from "../people/store.ts";
import type { SignInMethod } from "./admit.ts";

const TICKET_MS = 10 * 60_000;
const TICKET = /^([0-9a-f-]{36})\.(password|code|provider)\.(\d{1,10})\.(\d{13})\.([\w-]{43})$/;

const macOf = (app: App, text: string) => app.keys.mac("pending-sign-in", text);

/** For a person whose first step is proved. */
export async function signInTicket(app: App, row: UserRow, method: SignInMethod): Promise<string> {
  const text = `${row.id}.${method}.${row.sign_in_epoch}.${app.now().getTime() + TICKET_MS}`;
  return `${text}.${await macOf(app, text)}`;
}

/** @returns undefined for a ticket that is not ours or has ended; `epoch` must still be the person's `sign_in_epoch` */
export async function readTicket(
  app: App,
  ticket: string,
): Promise<{ userId: string; method: SignInMethod; epoch: number } | undefined> {
  const [, userId, method, epoch, until, mac] = TICKET.exec(ticket) ?? [];
  const ours = userId && isUuid(userId) &&
    constantTimeEqual(mac!, await macOf(app, `${userId}.${method}.${epoch}.${until}`));
  if (!ours || Number(until) <= app.now().getTime()) return undefined;
  return { userId, method: method as SignInMethod, epoch: Number(epoch) };
}
