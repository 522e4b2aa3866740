// A person's accounts at providers. What adds one is in providers.ts.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import type { Page } from "../../../protocol/common.ts";
import type { Identity, SignInWays } from "../../../protocol/wire/identities.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { codeWays } from "../codes/codes.ts";
import { requireFreshProof } from "../sessions/fresh_proof.ts";
import { deleteIdentityRow, identityRows } from "./store.ts";
import { requireOwnSession } from "../codes/phone.ts";
import { tellOfSecurity } from "../tell.ts";
import { endSignIns } from "../people/store.ts";
import { requireOtherWayIn } from "../sign_in/ways_in.ts";

/** What the sign-in page can offer. */
export function signInWays(app: App): SignInWays {
  return {
    items: app.config.oidc.map(({ id, label }) => ({ id, label })),
    codes: codeWays(app),
    registration: app.config.registration,
  };
}

export async function listIdentities(ctx: Ctx): Promise<Page<Identity>> {
  authorize(ctx.actor, "profile.manage");
  const rows = await identityRows(ctx.app.db, ctx.actor.organizationId, requireUser(ctx.actor));
  const labels = new Map(ctx.app.config.oidc.map(({ id, label }) => [id, label]));
  const items = rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    label: labels.get(row.provider) ?? row.provider,
    name: row.name,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }));
  return { items, next_cursor: null };
}

/** @throws AppError `not_found`, `last_way_in`, `recent_sign_in_required`, `forbidden` for API tokens */
export async function deleteIdentity(ctx: Ctx, id: string): Promise<void> {
  const userId = requireOwnSession(ctx);
  await requireFreshProof(ctx);
  const { organizationId } = ctx.actor;
  const provider = await ctx.app.db.withTx(async (tx) => {
    const gone = await deleteIdentityRow(tx, organizationId, userId, id);
    if (!gone) throw notFound("linked account");
    await endSignIns(tx, organizationId, userId);
    await requireOtherWayIn(ctx.app, tx, { organizationId, userId });
    const details = { provider: gone.provider };
    await writeAudit(tx, ctx, { action: "identity.unlinked", subject_type: "user", subject_id: userId, details });
    return gone.provider;
  });
  const label = ctx.app.config.oidc.find(({ id }) => id === provider)?.label ?? provider;
  await tellOfSecurity(ctx, { organizationId, userId }, "identity_unlinked", { provider: label });
}
