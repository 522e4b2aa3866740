// Who may give which role, and who may manage whom.
import { type Actor, atLeast, authorize, type Role, ROLES } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { permissionsOf } from "../../kernel/permissions.ts";
import type { App, Ctx } from "../context.ts";

export function listRoles(ctx: Ctx): { role: Role; permissions: string[] }[] {
  authorize(ctx.actor, "users.read");
  return ROLES.map((role) => ({ role, permissions: [...permissionsOf(ctx.app.permissionTable, role)] }));
}

/**
 * Nobody gives, takes away or manages a role above the own. A token also needs every permission of that role: one that
 * may only manage users must not make itself an owner's account.
 * @throws AppError `forbidden`
 */
export function requirePowerOver(app: App, actor: Actor, role: Role): void {
  const enough = atLeast(actor.role, role) &&
    (actor.kind !== "token" || [...permissionsOf(app.permissionTable, role)].every((p) => actor.permissions.has(p)));
  if (!enough) throw new AppError("forbidden", `Your role or token is not enough to manage the role "${role}".`);
}
