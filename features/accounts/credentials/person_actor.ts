// A person as an actor without a credential: for what was asked for earlier and is done now (scheduled messages, answers
// that come later). The rights are those of this moment; whoever is switched off
// or banned is nobody.
import { type Actor, ROLES } from "../../../kernel/actor.ts";
import { type Queryable, sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { switchedOff } from "../organization/feature_switches.ts";
import { rightsOf, roleChangesIn } from "../roles/rights.ts";
import { USER_COLUMNS, type UserRow } from "../people/store.ts";

/** More people than this are not told of one thing. */
const MAX_TOLD = 500;

/** Active people who hold the permission now, those with the highest roles first. */
export async function peopleWho(app: App, organizationId: string, permission: string): Promise<UserRow[]> {
  const rows = await app.db.rows<UserRow>(sql`
    select ${USER_COLUMNS} from users u join organizations o on o.id = u.organization_id
    where u.organization_id = ${organizationId} and u.is_active
    order by array_position(${[...ROLES]}::text[], u.role), u.id limit ${MAX_TOLD}`);
  return rows.filter((row) => rightsOf(app, row).has(permission));
}

/** The actor with the rights that the person has now; undefined when the account is gone, switched off or banned. */
export async function personActor(
  app: App,
  organizationId: string,
  userId: string,
  q: Queryable = app.db,
): Promise<Actor | undefined> {
  const row = await q.maybe<UserRow>(sql`
    select ${USER_COLUMNS} from users u join organizations o on o.id = u.organization_id
    where u.id = ${userId} and u.organization_id = ${organizationId} and u.is_active and o.is_active
      and (u.banned_until is null or u.banned_until <= ${app.now()})`);
  return row && {
    kind: "person",
    organizationId,
    userId: row.id,
    username: row.username,
    role: row.role,
    roleChanges: roleChangesIn(row),
    permissions: rightsOf(app, row),
    switchedOff: switchedOff(row),
  };
}
