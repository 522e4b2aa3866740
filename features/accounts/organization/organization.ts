// The caller's organisation: its name and what it decides for its people.
import { authorize, isGuest, may } from "../../../kernel/actor.ts";
import { json, sql } from "../../../db/sql.ts";
import type { Organization, OrganizationInput } from "../../../protocol/accounts/accounts.ts";
import { readSettings } from "../../../protocol/accounts/organization_settings.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { checkDomains } from "./domains.ts";
import { emitControl } from "../sessions/revocation.ts";
import { stampSecondFactor } from "../second_factor/rule.ts";
import { organizationRow } from "../people/store.ts";

export async function getOrganization(ctx: Ctx): Promise<Organization> {
  const { app, actor } = ctx;
  const row = await organizationRow(app.db, actor.organizationId);
  // How many there are beside their channels is nothing that guests learn.
  if (isGuest(actor)) {
    row.users = 1 + (await app.acquaintances(app.db, actor.organizationId, actor.userId!)).length;
  }
  const settings = may(actor, "organization.manage") ? readSettings(row.settings) : undefined;
  const { id, name, domain, plan, users, created_at } = row;
  return { id, name, domain, plan, users, created_at: created_at.toISOString(), settings };
}

/**
 * Renames the organisation, and replaces the sections of its settings that are given. Needs `organization.manage`; for
 * maintenance `organization.close`, which owners have.
 */
export async function updateOrganization(ctx: Ctx, input: OrganizationInput): Promise<Organization> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  if (input.settings?.maintenance) authorize(actor, "organization.close");
  await app.db.withTx(async (tx) => {
    const before = await organizationRow(tx, actor.organizationId, { lock: true });
    const name = input.name ?? before.name, settings = { ...before.settings, ...input.settings };
    const second = input.settings?.second_factor;
    if (second) settings.second_factor = stampSecondFactor(readSettings(before.settings), second, app.now());
    const domain = input.domain === undefined ? before.domain : input.domain;
    const changes = {
      ...changesOf(before, { name, domain }),
      ...changesOf(readSettings(before.settings), readSettings(settings)),
    };
    if (Object.keys(changes).length === 0) return;
    await checkDomains(tx, ctx, readSettings(before.settings), readSettings(settings));
    await tx.run(sql`update organizations set name = ${name}, domain = ${domain}, settings = ${json(settings)},
        updated_at = ${app.now()}
      where id = ${actor.organizationId}`);
    const subject = { subject_type: "organization", subject_id: actor.organizationId };
    await writeAudit(tx, ctx, { action: "organization.updated", ...subject, details: changes });
    emitControl(app, tx, { kind: "organization_changed", organization_id: actor.organizationId, disabled: false });
  });
  return await getOrganization(ctx);
}
