// What belongs to an account whose address was only claimed, when the owner of the mailbox comes: whoever registered with somebody
// else's address may have prepared ways back in ("trojan identifiers", Sudhodanan and Paverd, 2022).
import type { Tx } from "../../../db/sql.ts";
import { type AuditInput, writeAudit } from "../../audit/mod.ts";
import type { GuestCtx } from "../../context.ts";
import { actorOf } from "./admit.ts";
import { setPhone } from "../codes/store.ts";
import { deleteIdentityRows } from "../providers/store.ts";
import { deletePasskeyRows, passkeyRows } from "../passkeys/store.ts";
import { emitControl } from "../sessions/revocation.ts";
import { deleteFactorRow } from "../second_factor/store.ts";
import { deleteApiTokensOf } from "../sessions/store.ts";
import type { UserRow } from "../people/store.ts";

/**
 * Takes away every way into the account but its mailbox: telephone, passkeys, accounts at providers, the second factor, and API
 * tokens with what was made with them. Password and sessions are the caller's.
 * @param row locked
 */
export async function removeUnprovenWays(tx: Tx, ctx: GuestCtx, row: UserRow): Promise<void> {
  const { app } = ctx;
  const person = { organizationId: row.organization_id, userId: row.id };
  const log = (action: AuditInput["action"], details?: AuditInput["details"]) =>
    writeAudit(tx, ctx, { action, subject_type: "user", subject_id: row.id, details }, actorOf(row));
  if (row.phone !== null) {
    await setPhone(tx, person.organizationId, person.userId, null, app.now());
    await log("user.phone_removed");
  }
  const passkeys = await passkeyRows(tx, person);
  await deletePasskeyRows(tx, person);
  for (const { name } of passkeys) await log("auth.passkey_removed", { name });
  for (const { provider } of await deleteIdentityRows(tx, person.organizationId, person.userId)) {
    await log("identity.unlinked", { provider });
  }
  if (await deleteFactorRow(tx, person) && row.has_totp) await log("auth.second_factor_disabled");
  for (const { id, name } of await deleteApiTokensOf(tx, person.organizationId, person.userId)) {
    emitControl(app, tx, { kind: "token_revoked", token_id: id });
    const entry = { action: "token.deleted", subject_type: "api_token", subject_id: id, details: { name } } as const;
    await writeAudit(tx, ctx, entry, actorOf(row));
  }
  const { userId: user_id, organizationId: organization_id } = person;
  emitControl(app, tx, { kind: "user_changed", user_id, organization_id, disabled: false });
}
