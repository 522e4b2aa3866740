// Roles widened and narrowed by the organisation. Invariants:
//  - nobody gives a permission, or gives one back, that they do not hold, nor changes a role above their own;
//  - the owner's role stays as it is: whatever was done can be undone by somebody;
//  - guests get nothing that is of the organisation as a whole;
//  - it holds for open sockets and checked credentials on every instance at once (control event `organization_changed`).
import { authorize, type Role, ROLES } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { GUEST_PERMISSIONS, permissionsOf } from "../../../kernel/permissions.ts";
import { json, type Queryable, sql } from "../../../db/sql.ts";
import type {
  OrganizationRoles,
  OrganizationRolesInput,
  RoleChange,
  RoleChanges,
} from "../../../protocol/accounts/role_changes.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { emitControl } from "../sessions/revocation.ts";
import { rightsOfRole } from "./rights.ts";
import { requirePowerOver, wouldHold } from "./roles.ts";

const NOTHING: RoleChange = { add: [], remove: [] };

/** How the organisation has changed its roles. */
async function roleChangesOf(db: Queryable, organizationId: string, lock = false): Promise<RoleChanges> {
  const row = await db.one<{ roles: RoleChanges | null }>(sql`
    select settings -> 'roles' as roles from organizations where id = ${organizationId} ${
    lock ? sql`for update` : sql``
  }`);
  return row.roles ?? {};
}

/** The roles of the organisation that hold a permission, as they are now. */
export async function rolesHolding(
  app: App,
  db: Queryable,
  organizationId: string,
  permission: string,
): Promise<Role[]> {
  const changes = await roleChangesOf(db, organizationId);
  return ROLES.filter((role) => rightsOfRole(app, role, changes).has(permission));
}

/** Needs `organization.manage`. */
export async function getRoleChanges(ctx: Ctx): Promise<OrganizationRoles> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  const changes = await roleChangesOf(app.db, actor.organizationId);
  return {
    roles: Object.fromEntries(ROLES.map((role) => [role, changes[role] ?? NOTHING])) as OrganizationRoles["roles"],
    permissions: Object.keys(app.permissionTable).sort().map((name) => ({
      name,
      roles: ROLES.filter((role) => permissionsOf(app.permissionTable, role).has(name)),
      for_guests: GUEST_PERMISSIONS.has(name),
    })),
  };
}

/** Needs `organization.manage`. @throws AppError `forbidden`, `validation_failed`; `errors` name the place */
export async function changeRoles(ctx: Ctx, input: OrganizationRolesInput): Promise<OrganizationRoles> {
  const { app, actor } = ctx;
  authorize(actor, "organization.manage");
  for (const role of ROLES) checkChange(app, role, input.roles[role]);
  await app.db.withTx(async (tx) => {
    const before = await roleChangesOf(tx, actor.organizationId, true);
    const after: RoleChanges = { ...before };
    const told: Record<string, { added: string[]; removed: string[] }> = {};
    for (const role of ROLES) {
      const given = input.roles[role];
      if (!given) continue;
      const change = essence(app, role, given);
      if (change.add.length + change.remove.length > 0) after[role] = change;
      else delete after[role];
      const old = rightsOfRole(app, role, before), now = rightsOfRole(app, role, after);
      const added = [...now].filter((one) => !old.has(one)), removed = [...old].filter((one) => !now.has(one));
      if (added.length + removed.length === 0) continue;
      requirePowerOver(app, { ...actor, roleChanges: before }, role);
      refuseBeyond(ctx, role, given, added);
      told[role] = { added, removed };
    }
    if (Object.keys(told).length === 0) return;
    await tx.run(sql`
      update organizations set settings = settings || ${json({ roles: after })}, updated_at = ${app.now()}
      where id = ${actor.organizationId}`);
    await writeAudit(tx, ctx, {
      action: "organization.roles_changed",
      subject_type: "organization",
      subject_id: actor.organizationId,
      details: told,
    });
    emitControl(app, tx, { kind: "organization_changed", organization_id: actor.organizationId, disabled: false });
  });
  return await getRoleChanges(ctx);
}

function checkChange(app: App, role: Role, change: RoleChange | undefined): void {
  if (!change) return;
  const errors: { path: string; message: string }[] = [];
  if (role === "owner" && change.add.length + change.remove.length > 0) {
    errors.push({ path: "roles.owner", message: "the owner's role cannot be changed" });
  }
  for (const list of ["add", "remove"] as const) {
    for (const [i, permission] of change[list].entries()) {
      const path = `roles.${role}.${list}.${i}`;
      if (!Object.hasOwn(app.permissionTable, permission)) {
        errors.push({ path, message: `unknown permission: ${permission}` });
      } else if (list === "add" && change.remove.includes(permission)) {
        errors.push({ path, message: "stands in both lists" });
      } else if (list === "add" && role === "guest" && !GUEST_PERMISSIONS.has(permission)) {
        errors.push({ path, message: "guests cannot hold this" });
      }
    }
  }
  if (errors.length > 0) {
    throw new AppError("validation_failed", "The roles cannot be changed like this.", { errors });
  }
}

/** Without what the role holds or lacks anyhow, in order. */
function essence(app: App, role: Role, change: RoleChange): RoleChange {
  const base = permissionsOf(app.permissionTable, role);
  return {
    add: [...new Set(change.add)].filter((one) => !base.has(one)).sort(),
    remove: [...new Set(change.remove)].filter((one) => base.has(one)).sort(),
  };
}

/** @throws AppError `forbidden` when something of what the role gains is not the actor's */
function refuseBeyond({ app, actor }: Ctx, role: Role, given: RoleChange, added: readonly string[]): void {
  const beyond = added.filter((permission) => !wouldHold(app, actor, permission));
  if (beyond.length === 0) return;
  throw new AppError("forbidden", `You cannot give what you do not hold: ${beyond.join(", ")}.`, {
    errors: beyond.map((permission) => {
      const at = given.add.indexOf(permission);
      return { path: at < 0 ? `roles.${role}.remove` : `roles.${role}.add.${at}`, message: "you do not hold this" };
    }),
  });
}
