// Who may give which role, and who may manage whom.
import { type Actor, atLeast, authorize, may, refuseGuest, type Role, ROLES } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import type { App, Ctx } from "../../context.ts";
import { rightsOfRole } from "./rights.ts";

/** The roles of the organisation as they are now. Needs `users.read`; not for guests. */
export function listRoles({ app, actor }: Ctx): { role: Role; permissions: string[] }[] {
  authorize(actor, "users.read");
  refuseGuest(actor);
  return ROLES.map((role) => ({ role, permissions: [...rightsOfRole(app, role, actor.roleChanges)] }));
}

/**
 * Nobody gives, takes away or manages a role above the own, nor one that holds what they do not: a token that may only
 * manage users must not make itself an owner's account, and who was narrowed not one of a role that was widened.
 * @throws AppError `forbidden`
 */
export function requirePowerOver(app: App, actor: Actor, role: Role): void {
  if (!hasPowerOver(app, actor, role)) {
    throw new AppError("forbidden", `Your role or token is not enough to manage the role "${role}".`);
  }
}

/** The same as an answer. */
export function hasPowerOver(app: App, actor: Actor, role: Role): boolean {
  return atLeast(actor.role, role) &&
    [...rightsOfRole(app, role, actor.roleChanges)].every((permission) => wouldHold(app, actor, permission));
}

/** Does the actor hold it, or would, were that part of the product not switched off? Nobody holds what is switched off. */
export function wouldHold(app: App, actor: Actor, permission: string): boolean {
  if (may(actor, permission)) return true;
  return actor.switchedOff?.has(permission) === true &&
    rightsOfRole(app, actor.role, actor.roleChanges).has(permission);
}
