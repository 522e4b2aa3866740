// Who may provision by SCIM: an API token with the scope `scim`, made by somebody who still administers the organisation.
// Owners are out of its reach: a provider that is taken over must not take the organisation.
import { type Actor, authorize } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import type { Ctx } from "../../context.ts";

/** @throws AppError `forbidden` */
export function requireProvisioner(ctx: Ctx): Actor {
  authorize(ctx.actor, "scim.provision");
  if (ctx.actor.kind !== "token") {
    throw new AppError("forbidden", "Use an API token with the scope scim for this.");
  }
  return ctx.actor;
}

/** @throws AppError `forbidden` for owners */
export function refuseOwner(role: string): void {
  if (role === "owner") throw new AppError("forbidden", "Owners are not managed by SCIM.");
}
