// Groups by SCIM are the organisation's groups of people (people/groups.ts): mentioned, added to channels, used for rights.
// A group that is made here gets a handle from its name. Invariants: members are people of the organisation, and who is switched off stays one (mentions pass them over); two
// changes at the same moment both hold (the group's row is locked); every change has its line in the audit log.
import { notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, joinSql, type Queryable, rawSql, type Sql, sql, type Tx } from "../../../db/sql.ts";
import {
  SCIM_GROUP,
  type ScimGroup,
  type ScimGroupInput,
  type ScimPatch,
  type ScimQuery,
} from "../../../protocol/accounts/scim.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { isReservedName } from "../registration/register.ts";
import { requireProvisioner } from "./access.ts";
import { badFilter, badValue, ScimError } from "./errors.ts";
import { type Condition, parseFilter } from "./filter.ts";
import { type GroupDraft, groupDraftOf, patchGroup } from "./group_draft.ts";
import { saveScimNames } from "./user_rows.ts";

const MAX_GROUPS = 1000;
const MAX_HANDLE = 32;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface GroupRow {
  id: string;
  name: string;
  handle: string;
  created_at: Date;
  updated_at: Date;
  external_id: string | null;
  members: { value: string; display: string }[];
}

const FROM = rawSql(
  "from user_groups g left join scim_resources x on x.resource_id = g.id and x.organization_id = g.organization_id",
);

const columns = (withMembers: boolean): Sql =>
  sql`g.id, g.name, g.handle, g.created_at, g.updated_at, x.external_id, ${
    rawSql(
      withMembers
        ? `coalesce((select json_agg(json_build_object('value', u.id, 'display', u.display_name) order by u.id)
            from user_group_members m join users u on u.id = m.user_id where m.group_id = g.id), '[]')`
        : "'[]'::json",
    )
  } as members`;

/** @throws ScimError invalidFilter */
function meaning({ attribute, value }: Condition): Sql {
  switch (attribute) {
    case "displayname":
      return sql`lower(g.name) = lower(${value})`;
    case "externalid":
      return sql`x.external_id = ${value}`;
    case "id":
      return UUID.test(value) ? sql`g.id = ${value}` : rawSql("false");
    case "members":
    case "members.value":
      return UUID.test(value)
        ? sql`exists (select from user_group_members m where m.group_id = g.id and m.user_id = ${value})`
        : rawSql("false");
  }
  throw badFilter(`Filtering by ${attribute} is not supported.`);
}

export async function listScimGroups(
  ctx: Ctx,
  query: ScimQuery,
): Promise<{ total: number; items: ScimGroup[] }> {
  const { organizationId } = requireProvisioner(ctx);
  const conditions = query.filter ? parseFilter(query.filter).map(meaning) : [];
  const where = joinSql([sql`g.organization_id = ${organizationId}`, ...conditions], " and ");
  const { total } = await ctx.app.db.one<{ total: number }>(sql`select count(*)::int as total ${FROM} where ${where}`);
  const withMembers = !/(^|,)\s*members\s*(,|$)/i.test(query.excludedAttributes ?? "");
  const rows = query.count === 0 ? [] : await ctx.app.db.rows<GroupRow>(sql`
    select ${columns(withMembers)} ${FROM} where ${where}
    order by g.id limit ${query.count} offset ${query.startIndex - 1}`);
  return { total, items: rows.map((row) => toScim(ctx, row)) };
}

/** @throws AppError `not_found` */
export async function getScimGroup(ctx: Ctx, id: string): Promise<ScimGroup> {
  const { organizationId } = requireProvisioner(ctx);
  return toScim(ctx, await groupRow(ctx.app.db, organizationId, id));
}

async function groupRow(q: Queryable, organizationId: string, id: string): Promise<GroupRow> {
  const row = UUID.test(id)
    ? await q.maybe<GroupRow>(sql`select ${columns(true)} ${FROM}
        where g.organization_id = ${organizationId} and g.id = ${id}`)
    : undefined;
  if (!row) throw notFound("group");
  return row;
}

/** @throws ScimError uniqueness, invalidValue */
export async function createScimGroup(ctx: Ctx, input: ScimGroupInput): Promise<ScimGroup> {
  const { app } = ctx;
  const { organizationId } = requireProvisioner(ctx);
  const draft = groupDraftOf(input);
  const id = newId(), now = app.now();
  return await app.db.withTx(async (tx) => {
    const { n } = await tx.one<{ n: number }>(sql`select count(*)::int as n from user_groups
      where organization_id = ${organizationId}`);
    if (n >= MAX_GROUPS) throw new ScimError("conflict", "uniqueness", `There are ${MAX_GROUPS} groups already.`);
    const handle = await freeHandle(tx, organizationId, draft.displayName);
    await tx.run(sql`insert into user_groups (id, organization_id, name, handle, created_at, updated_at)
      values (${id}, ${organizationId}, ${draft.displayName}, ${handle}, ${now}, ${now})`);
    await setMembers(tx, organizationId, id, draft.members);
    await saveNames(tx, organizationId, id, draft);
    const details = { name: draft.displayName, handle, people: draft.members.size, by: "scim" };
    await writeAudit(tx, ctx, { action: "group.created", subject_type: "group", subject_id: id, details });
    return toScim(ctx, await groupRow(tx, organizationId, id));
  }).catch(rethrowTaken);
}

/** @throws AppError `not_found`; ScimError */
export function replaceScimGroup(ctx: Ctx, id: string, input: ScimGroupInput): Promise<ScimGroup> {
  return change(ctx, id, () => groupDraftOf(input));
}

/** @throws AppError `not_found`; ScimError */
export function patchScimGroup(ctx: Ctx, id: string, { Operations }: ScimPatch): Promise<ScimGroup> {
  return change(ctx, id, (draft) => patchGroup(draft, Operations));
}

async function change(ctx: Ctx, id: string, make: (draft: GroupDraft) => GroupDraft): Promise<ScimGroup> {
  const { app } = ctx;
  const { organizationId } = requireProvisioner(ctx);
  return await app.db.withTx(async (tx) => {
    await lock(tx, organizationId, id);
    const row = await groupRow(tx, organizationId, id);
    const members = new Set(row.members.map(({ value }) => value));
    const wanted = make({ displayName: row.name, externalId: row.external_id, members });
    if (wanted.displayName.length > 100) throw badValue("displayName: at most 100 characters");
    await tx.run(sql`update user_groups set name = ${wanted.displayName}, updated_at = ${app.now()}
      where id = ${id} and organization_id = ${organizationId}`);
    await setMembers(tx, organizationId, id, wanted.members);
    await app.regroup(ctx, tx, id);
    await saveNames(tx, organizationId, id, wanted);
    const details = {
      name: wanted.displayName,
      ...changesOf(row, { name: wanted.displayName }),
      people: { from: members.size, to: wanted.members.size },
      by: "scim",
    };
    await writeAudit(tx, ctx, { action: "group.updated", subject_type: "group", subject_id: id, details });
    return toScim(ctx, await groupRow(tx, organizationId, id));
  }).catch(rethrowTaken);
}

/** What was written with its handle stays. @throws AppError `not_found` */
export async function deleteScimGroup(ctx: Ctx, id: string): Promise<void> {
  const { organizationId } = requireProvisioner(ctx);
  await ctx.app.db.withTx(async (tx) => {
    await lock(tx, organizationId, id);
    const { name, handle } = await groupRow(tx, organizationId, id);
    await tx.run(sql`delete from user_group_members where group_id = ${id} and organization_id = ${organizationId}`);
    await ctx.app.regroup(ctx, tx, id);
    await tx.run(sql`delete from user_groups where id = ${id} and organization_id = ${organizationId}`);
    await tx.run(sql`delete from scim_resources where resource_id = ${id} and organization_id = ${organizationId}`);
    const details = { name, handle, by: "scim" };
    await writeAudit(tx, ctx, { action: "group.deleted", subject_type: "group", subject_id: id, details });
  });
}

async function lock(tx: Tx, organizationId: string, id: string): Promise<void> {
  if (!UUID.test(id)) throw notFound("group");
  await tx.run(sql`select id from user_groups where id = ${id} and organization_id = ${organizationId} for update`);
}

/** @throws ScimError invalidValue when somebody is not of the organisation */
async function setMembers(tx: Tx, organizationId: string, id: string, members: ReadonlySet<string>): Promise<void> {
  const wanted = [...members];
  if (!wanted.every((one) => UUID.test(one))) throw badValue("A member is not a person of this organisation.");
  const known = await tx.rows(sql`select id from users
    where organization_id = ${organizationId} and id = any(${wanted}::uuid[]) and pending is null`);
  if (known.length < wanted.length) throw badValue("A member is not a person of this organisation.");
  await tx.run(sql`delete from user_group_members where group_id = ${id} and organization_id = ${organizationId}
    and not user_id = any(${wanted}::uuid[])`);
  await tx.run(sql`insert into user_group_members (group_id, user_id, organization_id)
    select ${id}, one, ${organizationId} from unnest(${wanted}::uuid[]) as one on conflict do nothing`);
}

function saveNames(tx: Tx, organizationId: string, id: string, { externalId }: GroupDraft): Promise<void> {
  return saveScimNames(tx, organizationId, id, "group", {
    externalId,
    userName: null,
    givenName: null,
    familyName: null,
  });
}

/** From the name, with a number when a person or a group has it. */
async function freeHandle(tx: Tx, organizationId: string, name: string): Promise<string> {
  const plain = name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "").slice(0, MAX_HANDLE);
  const base = plain.length >= 2 ? plain : "group";
  const names = [base, ...Array.from({ length: 200 }, (_, n) => `${base.slice(0, MAX_HANDLE - 4)}-${n + 2}`)];
  const taken = await tx.rows<{ name: string }>(sql`
    select handle as name from user_groups where organization_id = ${organizationId} and handle = any(${names}::text[])
    union select lower(username) from users where organization_id = ${organizationId}
      and lower(username) = any(${names}::text[])`);
  const gone = new Set(taken.map((row) => row.name));
  const found = names.find((one) => !gone.has(one) && !isReservedName(one));
  if (!found) throw new ScimError("conflict", "uniqueness", "There are too many groups of this name.");
  return found;
}

function rethrowTaken(error: unknown): never {
  if (isUniqueViolation(error, "user_groups_handle_key")) {
    throw new ScimError("conflict", "uniqueness", "A group or a person has this name already. Try again.");
  }
  throw error;
}

function toScim({ app }: Ctx, row: GroupRow): ScimGroup {
  const base = `${app.publicUrl()}/scim/v2`;
  return {
    schemas: [SCIM_GROUP],
    id: row.id,
    ...(row.external_id ? { externalId: row.external_id } : {}),
    displayName: row.name,
    members: row.members.map(({ value, display }) => ({ value, display, $ref: `${base}/Users/${value}` })),
    meta: {
      resourceType: "Group",
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location: `${base}/Groups/${row.id}`,
    },
  };
}
