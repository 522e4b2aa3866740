// Accounts of programs: they own API tokens and never sign in, so that a program goes on when the person who set it up
// leaves. In chat they are bots, in lists and counts they are nobody. Invariants: nobody gives a program more than they
// hold themselves (role and scopes); tokens are made by people who are signed in, never by tokens, whose end would mean
// nothing then.
import { type Actor, authorize } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { type Queryable, type Row, sql, type Tx } from "../../../db/sql.ts";
import type { ApiToken, CreateTokenInput } from "../../../protocol/accounts/accounts.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type {
  CreateServiceAccountInput,
  ServiceAccount,
  UpdateServiceAccountInput,
} from "../../../protocol/accounts/service_accounts.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { createTokenOf, deleteTokenOf, listTokensOf } from "../credentials/api_tokens.ts";
import { checkUsername, rethrowTaken } from "../registration/register.ts";
import { emitControl } from "../sessions/revocation.ts";
import { rightsOf } from "../roles/rights.ts";
import { requirePowerOver } from "../roles/roles.ts";
import { deleteUserRow, insertUser, updateUserRow, userById, type UserRow } from "./store.ts";

/** More are no help to anybody who has to look after them. */
const MAX_ACCOUNTS = 500;

function view(row: Row): ServiceAccount {
  return {
    id: row.id,
    username: row.username,
    display_name: row.display_name,
    role: row.role,
    is_active: row.is_active,
    tokens: row.tokens,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

function rows(q: Queryable, organizationId: string, which: { id?: string; after?: string; limit: number }) {
  return q.rows(sql`
    select u.id, u.username, u.display_name, u.role, u.is_active, u.created_at,
      (select count(*) from api_tokens t where t.user_id = u.id)::int as tokens,
      (select max(t.last_used_at) from api_tokens t where t.user_id = u.id) as last_used_at
    from users u where u.organization_id = ${organizationId} and u.is_service
      and (${which.id ?? null}::uuid is null or u.id = ${which.id ?? null}::uuid)
      and (${which.after ?? null}::text is null or lower(u.username) > ${which.after ?? null}::text)
    order by lower(u.username) limit ${which.limit}`);
}

/** Needs `users.manage`. */
export async function listServiceAccounts(ctx: Ctx, query: PageQuery): Promise<Page<ServiceAccount>> {
  authorize(ctx.actor, "users.manage");
  const after = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  const found = await rows(ctx.app.db, ctx.actor.organizationId, { after, limit: query.limit + 1 });
  return toPage(found, query.limit, (row) => [row.username.toLowerCase()], view);
}

async function one(ctx: Ctx, id: string): Promise<ServiceAccount> {
  const [row] = await rows(ctx.app.db, ctx.actor.organizationId, { id, limit: 1 });
  if (!row) throw notFound("service account");
  return view(row);
}

/** Needs `users.manage` and power over the role. @throws AppError `forbidden`, `conflict`, `validation_failed` */
export async function createServiceAccount(ctx: Ctx, input: CreateServiceAccountInput): Promise<ServiceAccount> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  authorize(actor, "users.manage");
  requirePowerOver(app, actor, input.role);
  checkUsername(input.username);
  const id = newId();
  try {
    await app.db.withTx(async (tx) => {
      const { count } = await tx.one<{ count: number }>(sql`
        select count(*) as count from users where organization_id = ${organizationId} and is_service`);
      if (count >= MAX_ACCOUNTS) throw new AppError("conflict", `There are ${MAX_ACCOUNTS} service accounts already.`);
      await insertUser(tx, {
        id,
        organizationId,
        email: null,
        username: input.username,
        displayName: input.display_name,
        passwordHash: null,
        role: input.role,
        service: true,
        now: app.now(),
      });
      await audit(tx, ctx, "service_account.created", id, { username: input.username, role: input.role });
    });
  } catch (error) {
    rethrowTaken(error);
  }
  return await one(ctx, id);
}

/** Needs `users.manage` and power over both roles. @throws AppError `not_found`, `forbidden`, `conflict` */
export async function updateServiceAccount(
  ctx: Ctx,
  id: string,
  input: UpdateServiceAccountInput,
): Promise<ServiceAccount> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  if (input.role) requirePowerOver(app, actor, input.role);
  if (input.username) checkUsername(input.username);
  try {
    await app.db.withTx(async (tx) => {
      const before = await managed(tx, ctx, id, true);
      await updateUserRow(tx, actor.organizationId, id, input, app.now());
      await audit(tx, ctx, "service_account.updated", id, {
        changed: Object.keys(input),
        ...changesOf(before, input),
      });
      tellChanged(tx, ctx, actor, id, input.is_active === false);
    });
  } catch (error) {
    rethrowTaken(error);
  }
  return await one(ctx, id);
}

/** Its tokens stop working everywhere at once; what it wrote stays. @throws AppError `not_found`, `forbidden` */
export async function deleteServiceAccount(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  await app.db.withTx(async (tx) => {
    const { username } = await managed(tx, ctx, id, true);
    await app.leave(tx, actor.organizationId, id);
    await deleteUserRow(tx, actor.organizationId, id);
    await audit(tx, ctx, "service_account.deleted", id, { username });
    tellChanged(tx, ctx, actor, id, true);
  });
}

export async function listServiceTokens(ctx: Ctx, id: string, query: PageQuery): Promise<Page<ApiToken>> {
  authorize(ctx.actor, "users.manage");
  await managed(ctx.app.db, ctx, id, false);
  return await listTokensOf(ctx, id, query);
}

/** @returns with the token's text, shown this once @throws AppError `not_found`, `forbidden`, `validation_failed`, `conflict` */
export async function createServiceToken(
  ctx: Ctx,
  id: string,
  input: CreateTokenInput,
): Promise<ApiToken & { token: string }> {
  const { app, actor } = ctx;
  authorize(actor, "users.manage");
  if (actor.kind === "token") throw new AppError("forbidden", "Sign in to make tokens for programs.");
  const row = await managed(app.db, ctx, id, false);
  return await createTokenOf(ctx, { userId: id, permissions: rightsOf(app, row) }, input);
}

/** @throws AppError `not_found`, `forbidden` */
export async function deleteServiceToken(ctx: Ctx, id: string, tokenId: string): Promise<void> {
  authorize(ctx.actor, "users.manage");
  await managed(ctx.app.db, ctx, id, false);
  await deleteTokenOf(ctx, id, tokenId);
}

/** The account of a program that the actor may manage. @throws AppError `not_found`, `forbidden` */
async function managed(q: Queryable, { app, actor }: Ctx, id: string, lock: boolean): Promise<UserRow> {
  const row = await userById(q, actor.organizationId, id, { lock });
  if (!row?.is_service) throw notFound("service account");
  requirePowerOver(app, actor, row.role);
  return row;
}

function tellChanged(tx: Tx, { app }: Ctx, actor: Actor, id: string, disabled: boolean): void {
  emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id: actor.organizationId, disabled });
}

type Did = "service_account.created" | "service_account.updated" | "service_account.deleted";

function audit(tx: Tx, ctx: Ctx, action: Did, id: string, details: Record<string, unknown>): Promise<void> {
  return writeAudit(tx, ctx, { action, subject_type: "user", subject_id: id, details });
}
