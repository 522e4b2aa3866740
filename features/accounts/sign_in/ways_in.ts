// How a person can sign in. The last way is never taken away: an account that nobody can enter is lost.
import { AppError } from "../../../kernel/errors.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { lockPerson } from "../people/store.ts";

/**
 * Refuses to take a way in away when no other is left. A mailbox counts where the server can send mail: a password can be set
 * anew through it. Call it in the transaction that takes the way away: of two that take the last two, one waits and is refused.
 * @throws AppError `last_way_in`
 */
export async function requireOtherWayIn(
  app: App,
  tx: Tx,
  who: { organizationId: string; userId: string },
  without: { phone?: true } = {},
): Promise<void> {
  await lockPerson(tx, who.organizationId, who.userId);
  const providers = app.config.oidc.map(({ id }) => id);
  const row = await tx.maybe(sql`select 1 as one from users u
    where u.organization_id = ${who.organizationId} and u.id = ${who.userId} and (
      u.password_hash is not null
      or exists (select from passkeys k where k.user_id = u.id)
      or (${app.mailer.enabled} and u.email is not null)
      or (${app.sms.enabled && !without.phone} and u.phone is not null)
      or exists (select from user_identities i where i.user_id = u.id and i.provider = any(${providers}::text[]))
    )`);
  if (row) return;
  throw new AppError(
    "last_way_in",
    "This is the last way into your account. Add another one first, such as a password.",
  );
}
