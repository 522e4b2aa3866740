// Domains whose addresses come into an organisation by themselves (settings `sign_up.domains`). Where several organisations
// share a server nobody takes the people of another one's domain: each domain belongs to one organisation, and only somebody
// with a confirmed address of the domain may set it.
import { AppError } from "../../../kernel/errors.ts";
import { json, sql, type Tx } from "../../../db/sql.ts";
import type { OrganizationSettings } from "../../../protocol/accounts/organization_settings.ts";
import type { Ctx } from "../../context.ts";
import { userById } from "../people/store.ts";

/** @throws AppError `conflict`, `validation_failed` for a domain that is not for this organisation to take */
export async function checkDomains(
  tx: Tx,
  { actor }: Ctx,
  before: OrganizationSettings,
  after: OrganizationSettings,
): Promise<void> {
  const fresh = after.sign_up.domains.filter((domain) => !before.sign_up.domains.includes(domain));
  if (fresh.length === 0) return;
  const others = await tx.rows<{ settings: Record<string, unknown> }>(sql`
    select settings from organizations where id <> ${actor.organizationId} limit 1`);
  if (others.length === 0) return;
  const own = actor.userId ? await userById(tx, actor.organizationId, actor.userId) : undefined;
  for (const domain of fresh) {
    const taken = await tx.maybe(sql`
      select 1 as one from organizations
      where id <> ${actor.organizationId} and settings -> 'sign_up' -> 'domains' @> ${json([domain])} limit 1`);
    if (taken) throw refused("conflict", "Another organisation of this server has this domain.");
    const confirmed = own?.email_verified_at && own.email?.toLowerCase().endsWith(`@${domain}`);
    if (own && !confirmed) {
      throw refused("validation_failed", "Only somebody with a confirmed address of this domain may set it.");
    }
  }
}

function refused(code: "conflict" | "validation_failed", message: string): AppError {
  return new AppError(code, message, { errors: [{ path: "settings.sign_up.domains", message }] });
}
