// Who acts, and what they may do. Every action starts with `authorize`; HTTP, WebSocket, jobs and the command line
// all build an Actor and then obey the same rule.
import { AppError } from "./errors.ts";

export const ROLES = ["owner", "admin", "moderator", "member", "viewer", "guest"] as const;
export type Role = typeof ROLES[number];

/** What an actor may do, and until when. */
interface Rights {
  organizationId: string;
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
  /** When the credential ends (milliseconds since 1970); absent: it does not. */
  expiresAt?: number;
}

/** A person by a session of theirs. */
export interface PersonActor extends Rights {
  kind: "person";
  userId: string;
  /** Absent: what the person asked for earlier is done now, without a credential. */
  sessionId?: string;
  /** The credential came in the console's cookie: unsafe methods need the CSRF header. */
  viaCookie?: boolean;
}

/** A program by an API token. */
export interface TokenActor extends Rights {
  kind: "token";
  /** Whose token it is: a person or a service account. */
  userId: string;
  tokenId: string;
}

/** The agent on a managed machine, by its own key (features/agents). It holds no permission: only frames made for agents take it. */
export interface AgentActor extends Rights {
  kind: "agent";
  userId: null;
  agentId: string;
}

/** The server itself: jobs, command line. */
export interface SystemActor extends Rights {
  kind: "system";
  userId: null;
}

/** `userId` is there on all kinds, since rows remember who made them; whether two actors are the same says `sameIdentity` alone. */
export type Actor = PersonActor | TokenActor | AgentActor | SystemActor;

/**
 * Who acts, as one word: the programs of somebody are one, whichever of the owner's tokens they come with, so that a token can
 * be renewed. Ids are unique in the installation; the server acts for one organisation at a time.
 */
export type Identity = `${Actor["kind"]}:${string}`;

export const agentIdentity = (agentId: string): Identity => `agent:${agentId}`;

/** The id in it. */
export const idOf = (identity: Identity): string => identity.slice(identity.indexOf(":") + 1);

export function identityOf(actor: Actor): Identity {
  switch (actor.kind) {
    case "person":
      return `person:${actor.userId}`;
    case "token":
      return `token:${actor.userId}`;
    case "agent":
      return agentIdentity(actor.agentId);
    case "system":
      return `system:${actor.organizationId}`;
  }
}

/** The session that the credential is of; undefined for programs and for what is done later. */
export function sessionIdOf(actor: Actor): string | undefined {
  return actor.kind === "person" ? actor.sessionId : undefined;
}

export function tokenIdOf(actor: Actor): string | undefined {
  return actor.kind === "token" ? actor.tokenId : undefined;
}

export function viaCookie(actor: Actor): boolean {
  return actor.kind === "person" && actor.viaCookie === true;
}

/** The one place that says whether two credentials are of the same one. */
export function sameIdentity(a: Actor, b: Actor): boolean {
  return a.organizationId === b.organizationId && identityOf(a) === identityOf(b);
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

/** The user id of a person or of a person's token. @throws AppError `forbidden` for agents and the system. */
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

export function systemActor(organizationId: string): SystemActor {
  return {
    kind: "system",
    organizationId,
    userId: null,
    username: "system",
    role: "owner",
    permissions: new Set(["*"]),
  };
}
