// Who acts, and what they may do. Every action starts with `authorize`; HTTP, WebSocket, jobs and the command line
// all build an Actor and then obey the same rule.
import { AppError } from "./errors.ts";

export const ROLES = ["owner", "admin", "moderator", "member", "viewer", "guest"] as const;
export type Role = typeof ROLES[number];

export interface Actor {
  /** `user`: a person's session; `token`: an API token; `system`: the server itself (jobs, command line). */
  kind: "user" | "token" | "system";
  organizationId: string;
  /** The person; for a token, the person who made it; null for the system. */
  userId: string | null;
  username: string;
  role: Role;
  /** What this actor may do, roles and token scopes already combined. */
  permissions: ReadonlySet<string>;
  /** How the organisation has changed its roles (permissions added and removed); absent: not at all. */
  roleChanges?: Readonly<
    Partial<Record<Role, { readonly add: readonly string[]; readonly remove: readonly string[] }>>
  >;
  /** Permissions that nobody of the organisation has, because it has switched that part of the product off. */
  switchedOff?: ReadonlySet<string>;
  sessionId?: string;
  tokenId?: string;
  /** When the credential ends (milliseconds since 1970); absent: it does not. */
  expiresAt?: number;
  /** The credential came in the console's cookie: unsafe methods need the CSRF header. */
  viaCookie?: boolean;
}

/** True when the actor holds the permission; `*` holds all, `chat.*` holds all of chat. */
export function may(actor: Actor, permission: string): boolean {
  const held = actor.permissions;
  if (held.has(permission) || held.has("*")) return true;
  const area = permission.slice(0, permission.indexOf("."));
  return held.has(`${area}.*`);
}

/** @throws AppError `feature_disabled` when the organisation does not use this, `forbidden` when the actor does not hold the permission. */
export function authorize(actor: Actor, permission: string): void {
  if (!may(actor, permission)) {
    if (actor.switchedOff?.has(permission)) {
      throw new AppError("feature_disabled", "Your organisation has switched this part of the product off.");
    }
    throw new AppError(
      "forbidden",
      `This needs the permission "${permission}", which your role or token does not have.`,
    );
  }
}

/** The user id of a person or of a person's token. @throws AppError `forbidden` for the system. */
export function requireUser(actor: Actor): string {
  if (!actor.userId) throw new AppError("forbidden", "Only a person can do this.");
  return actor.userId;
}

const RANK: Record<Role, number> = { owner: 4, admin: 3, moderator: 2, member: 1, viewer: 0, guest: -1 };

/** True when `role` is at least `minimum` (owner > admin > moderator > member > viewer > guest). */
export function atLeast(role: Role, minimum: Role): boolean {
  return RANK[role] >= RANK[minimum];
}

/** A guest sees the channels named to them and the people in these, and nothing else of the organisation. */
export function isGuest(actor: Pick<Actor, "role">): boolean {
  return actor.role === "guest";
}

/** For what concerns the organisation as a whole. @throws AppError `forbidden` for guests, whatever their permissions */
export function refuseGuest(actor: Pick<Actor, "role">): void {
  if (isGuest(actor)) throw new AppError("forbidden", "Guests see only the channels that they were invited to.");
}

export function systemActor(organizationId: string): Actor {
  return {
    kind: "system",
    organizationId,
    userId: null,
    username: "system",
    role: "owner",
    permissions: new Set(["*"]),
  };
}
