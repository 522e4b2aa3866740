// Groups of people. Whoever manages users makes them; everybody but guests sees them. Invariants: a handle is no name of a
// person of the organisation and the other way round (0032_user_groups.sql), and members are people of the organisation.
import { authorize, refuseGuest } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, joinSql, type Queryable, type Row, sql, type Tx } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import type {
  CreateUserGroupInput,
  UpdateUserGroupInput,
  UserGroup,
  UserGroupQuery,
} from "../../../protocol/accounts/user_groups.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { isReservedName } from "../registration/register.ts";

const MAX_GROUPS = 1000;

const COLUMNS = sql`g.id, g.name, g.handle, g.created_at, g.updated_at, coalesce((
  select json_agg(m.user_id order by m.user_id) from user_group_members m
  join users u on u.id = m.user_id and u.is_active where m.group_id = g.id), '[]') as user_ids`;

function view(row: Row): UserGroup {
  const { id, name, handle, user_ids, created_at, updated_at } = row;
  return { id, name, handle, user_ids, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}

/** Needs `users.read`; not for guests. By handle. */
export async function listUserGroups(ctx: Ctx, query: UserGroupQuery): Promise<Page<UserGroup>> {
  authorize(ctx.actor, "users.read");
  refuseGuest(ctx.actor);
  const conditions = [sql`g.organization_id = ${ctx.actor.organizationId}`];
  if (query.q) {
    const like = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`(g.handle ilike ${like} or g.name ilike ${like})`);
  }
  if (query.cursor) conditions.push(sql`g.handle > ${String(decodeCursor(query.cursor, 1)[0])}`);
  const rows = await ctx.app.db.rows(sql`
    select ${COLUMNS} from user_groups g where ${joinSql(conditions, " and ")}
    order by g.handle limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.handle], view);
}

/** @throws AppError `not_found` */
export async function getUserGroup(ctx: Ctx, id: string): Promise<UserGroup> {
  authorize(ctx.actor, "users.read");
  refuseGuest(ctx.actor);
  return view(await groupRow(ctx.app.db, ctx, id));
}

async function groupRow(q: Queryable, { actor }: Ctx, id: string): Promise<Row> {
  const row = await q.maybe(sql`
    select ${COLUMNS} from user_groups g where g.id = ${id} and g.organization_id = ${actor.organizationId}`);
  if (!row) throw notFound("group");
  return row;
}

async function lockGroup(tx: Tx, { actor }: Ctx, id: string): Promise<void> {
  await tx.run(sql`
    select id from user_groups where id = ${id} and organization_id = ${actor.organizationId} for update`);
}

/** Needs `users.manage`. @throws AppError `conflict` (the handle), `validation_failed` */
export async function createUserGroup(ctx: Ctx, input: CreateUserGroupInput): Promise<UserGroup> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  checkHandle(input.handle);
  const id = newId(), now = app.now();
  return await app.db.withTx(async (tx) => {
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*) as count from user_groups where organization_id = ${actor.organizationId}`);
    if (count >= MAX_GROUPS) throw new AppError("conflict", `There are ${MAX_GROUPS} groups already.`);
    await tx.run(sql`
      insert into user_groups (id, organization_id, name, handle, created_at, updated_at)
      values (${id}, ${actor.organizationId}, ${input.name}, ${input.handle}, ${now}, ${now})`);
    await setMembers(tx, ctx, id, input.user_ids);
    const { name, handle } = input;
    await audit(tx, ctx, "group.created", id, { name, handle, people: input.user_ids.length });
    return view(await groupRow(tx, ctx, id));
  }).catch(rethrowTaken);
}

/** Needs `users.manage`. @throws AppError `not_found`, `conflict` (the handle), `validation_failed` */
export async function updateUserGroup(ctx: Ctx, id: string, input: UpdateUserGroupInput): Promise<UserGroup> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  if (input.handle) checkHandle(input.handle);
  return await app.db.withTx(async (tx) => {
    await lockGroup(tx, ctx, id);
    const before = view(await groupRow(tx, ctx, id));
    const after = { name: input.name ?? before.name, handle: input.handle ?? before.handle };
    await tx.run(sql`
      update user_groups set name = ${after.name}, handle = ${after.handle}, updated_at = ${app.now()}
      where id = ${id} and organization_id = ${actor.organizationId}`);
    if (input.user_ids) {
      await setMembers(tx, ctx, id, input.user_ids);
      await app.regroup(ctx, tx, id);
    }
    const people = input.user_ids ? { people: { from: before.user_ids.length, to: input.user_ids.length } } : {};
    const { name, handle } = after;
    await audit(tx, ctx, "group.updated", id, { name, ...changesOf(before, { name, handle }), ...people });
    return view(await groupRow(tx, ctx, id));
  }).catch(rethrowTaken);
}

/** Needs `users.manage`. What was written with its handle stays. @throws AppError `not_found` */
export async function deleteUserGroup(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  await app.db.withTx(async (tx) => {
    await lockGroup(tx, ctx, id);
    const { name, handle } = await groupRow(tx, ctx, id);
    await tx.run(
      sql`delete from user_group_members where group_id = ${id} and organization_id = ${actor.organizationId}`,
    );
    await app.regroup(ctx, tx, id);
    await tx.run(sql`delete from user_groups where id = ${id} and organization_id = ${actor.organizationId}`);
    await audit(tx, ctx, "group.deleted", id, { name, handle });
  });
}

async function setMembers(tx: Tx, { actor }: Ctx, id: string, userIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(userIds.map((one) => one.toLowerCase()))];
  // Who is switched off is not shown and so not named: they stay, for when they are back.
  await tx.run(sql`
    delete from user_group_members m using users u
    where m.group_id = ${id} and m.organization_id = ${actor.organizationId} and u.id = m.user_id and u.is_active`);
  const added = await tx.rows<{ user_id: string }>(sql`
    insert into user_group_members (group_id, user_id, organization_id)
    select ${id}, u.id, u.organization_id from users u
    where u.organization_id = ${actor.organizationId} and u.id = any(${wanted}::uuid[]) and u.is_active
    returning user_id`);
  const known = new Set(added.map((row) => row.user_id));
  const missing = userIds.findIndex((one) => !known.has(one.toLowerCase()));
  if (missing >= 0) {
    throw new AppError("validation_failed", "Some of the users do not exist in this organisation.", {
      errors: [{ path: `user_ids.${missing}`, message: "no such user" }],
    });
  }
}

/** @throws AppError `validation_failed` for words that mean something else behind an @ */
function checkHandle(handle: string): void {
  if (!isReservedName(handle)) return;
  const message = "This name is reserved. Take another.";
  throw new AppError("validation_failed", message, { errors: [{ path: "handle", message }] });
}

function rethrowTaken(error: unknown): never {
  if (isUniqueViolation(error, "user_groups_handle_key")) {
    const message = "A group or a person has this name already.";
    throw new AppError("conflict", message, { errors: [{ path: "handle", message }] });
  }
  throw error;
}

type Did = "group.created" | "group.updated" | "group.deleted";

function audit(tx: Tx, ctx: Ctx, action: Did, id: string, details: Record<string, unknown>): Promise<void> {
  return writeAudit(tx, ctx, { action, subject_type: "group", subject_id: id, details });
}
