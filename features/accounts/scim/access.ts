// Who may provision by SCIM: an API token with the scope `scim`, made by somebody who still administers the organisation.
// Owners are out of its reach: a provider that is taken over must not take the organisation.
import { type Actor, authorize, type Role } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import type { Tx } from "../../../db/sql.ts";
import type { Ctx } from "../../context.ts";
import { personActor } from "../credentials/person_actor.ts";
import { hasPowerOver } from "../roles/roles.ts";

/** @throws AppError `forbidden` */
export function requireProvisioner(ctx: Ctx): Actor {
  authorize(ctx.actor, "scim.provision");
  if (ctx.actor.kind !== "token") {
    throw new AppError("forbidden", "Use an API token with the scope scim for this.");
  }
  return ctx.actor;
}

/**
 * Whoever made the token could do this themselves, with the rights of this moment: the token's one scope says nothing of them.
 * @throws AppError `forbidden` for owners, and for roles above that of the token's person or with more rights
 */
export async function requireReach({ app, actor }: Ctx, tx: Tx, role: Role): Promise<void> {
  if (role === "owner") throw new AppError("forbidden", "Owners are not managed by SCIM.");
  const person = actor.userId && await personActor(app, actor.organizationId, actor.userId, tx);
  if (!person || !hasPowerOver(app, person, role)) {
    throw new AppError("forbidden", `Whoever made this token may not manage the role "${role}".`);
  }
}
