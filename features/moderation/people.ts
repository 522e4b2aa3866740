// Who may act on whom, and names for ids. Nobody acts on themselves or on somebody of the same or a higher role.
import { type Actor, atLeast, type Role } from "../../kernel/actor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { type Queryable, sql, type Tx } from "../../db/sql.ts";
import type { ModerationPerson } from "../../protocol/chat/moderation.ts";
import { rolesHolding } from "../accounts/mod.ts";
import type { App } from "../context.ts";

export interface Target {
  id: string;
  username: string;
  role: Role;
}

/**
 * The person that a moderator wants to act on; the row stays locked, so that the role holds until COMMIT.
 * @throws AppError `not_found`, `forbidden`
 */
export async function lockTarget(tx: Tx, actor: Actor, userId: string): Promise<Target> {
  const target = await tx.maybe<Target>(sql`
    select id, username, role from users where id = ${userId} and organization_id = ${actor.organizationId} for update`);
  if (!target) throw notFound("user");
  if (target.id === actor.userId) throw new AppError("forbidden", "You cannot moderate yourself.");
  if (atLeast(target.role, actor.role)) {
    throw new AppError("forbidden", "You can only moderate people whose role is below yours.");
  }
  return target;
}

/** @returns for an id the person as moderators see them; somebody whose account is gone has no picture and this name */
export async function peopleById(
  db: Queryable,
  organizationId: string,
  ids: Iterable<string | null>,
): Promise<(id: string | null, goneName?: string) => ModerationPerson> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  const rows = wanted.length === 0 ? [] : await db.rows<ModerationPerson>(sql`
    select id, username, avatar_url from users
    where organization_id = ${organizationId} and id = any(${wanted}::uuid[])`);
  const found = new Map(rows.map((row) => [row.id, row]));
  return (id, goneName = "") => found.get(id) ?? { ...NOBODY, id, username: goneName };
}

/** Without a name: who it is must not be known. */
export const NOBODY: ModerationPerson = { id: null, username: "", avatar_url: null };

/** @throws AppError `validation_failed` when the person may not moderate */
export async function requireModerator(app: App, db: Queryable, organizationId: string, id: string): Promise<void> {
  const roles = await rolesHolding(app, db, organizationId, "chat.moderate");
  const found = await db.maybe(sql`
    select 1 from users where id = ${id} and organization_id = ${organizationId} and is_active
      and role = any(${roles}::text[])`);
  if (!found) {
    throw new AppError("validation_failed", "This person may not moderate.", {
      errors: [{ path: "assigned_to", message: "not somebody who may moderate" }],
    });
  }
}
