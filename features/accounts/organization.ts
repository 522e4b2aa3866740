// The caller's organisation.
import { authorize } from "../../kernel/actor.ts";
import { sql } from "../../db/sql.ts";
import type { Organization } from "../../protocol/accounts.ts";
import { changesOf, writeAudit } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import { emitControl } from "./revocation.ts";
import { organizationRow } from "./user_store.ts";

export async function getOrganization(ctx: Ctx): Promise<Organization> {
  const row = await organizationRow(ctx.app.db, ctx.actor.organizationId);
  return { id: row.id, name: row.name, users: row.users, created_at: row.created_at.toISOString() };
}

/** Renames the organisation. Needs `organization.manage`. */
export async function updateOrganization(ctx: Ctx, name: string): Promise<Organization> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  await app.db.withTx(async (tx) => {
    const before = await organizationRow(tx, actor.organizationId);
    await tx.run(
      sql`update organizations set name = ${name}, updated_at = ${app.now()} where id = ${actor.organizationId}`,
    );
    const subject = { subject_type: "organization", subject_id: actor.organizationId };
    await writeAudit(tx, ctx, { action: "organization.updated", ...subject, details: changesOf(before, { name }) });
    emitControl(app, tx, { kind: "organization_changed", organization_id: actor.organizationId, disabled: false });
  });
  return await getOrganization(ctx);
}
