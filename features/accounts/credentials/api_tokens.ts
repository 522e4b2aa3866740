// API tokens of a person, for programs, and single-use tickets for sockets. A token never holds more than its owner does
// at the moment of use: its scopes are cut with the owner's role on every check (authenticate.ts). A token that makes
// another one gives it no more time than it has, and takes it along when it is deleted or ends.
import { authorize, requireUser, sessionIdOf, tokenIdOf } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { isUuid, newId, sha256Hex } from "../../../kernel/ids.ts";
import { grantableScopes } from "../../../kernel/permissions.ts";
import type { Row } from "../../../db/sql.ts";
import type { ApiToken, CreateTokenInput } from "../../../protocol/accounts/accounts.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { emitControl } from "../sessions/revocation.ts";
import {
  apiTokenRows,
  countApiTokens,
  deleteApiTokenRows,
  insertApiToken,
  insertTicket,
  lockApiToken,
} from "../sessions/store.ts";
import { newApiTokenText, newTicketText, TICKET_SECONDS } from "./tokens.ts";

const MAX_TOKENS = 200;
/** `pulpo_` and six characters: enough to recognise a token, far too little to guess it. */
const PREFIX_LENGTH = 12;

/** Scopes that the caller may give to a token. */
export function listScopes(ctx: Ctx): string[] {
  return grantableScopes(ctx.actor.permissions);
}

/** @returns the token's text, which is not stored and never shown again. @throws AppError `forbidden`, `validation_failed` */
export async function createApiToken(ctx: Ctx, input: CreateTokenInput): Promise<ApiToken & { token: string }> {
  authorize(ctx.actor, "tokens.manage");
  return await createTokenOf(ctx, { userId: requireUser(ctx.actor), permissions: ctx.actor.permissions }, input);
}

/** Makes a token that belongs to `owner`; the caller has checked that the actor may. @throws as `createApiToken` */
export async function createTokenOf(
  ctx: Ctx,
  owner: { userId: string; permissions: ReadonlySet<string> },
  input: CreateTokenInput,
): Promise<ApiToken & { token: string }> {
  const { app, actor } = ctx;
  const { userId } = owner;
  const now = app.now();
  // Of a token that has an end: what it makes ends with it at the latest.
  const parentId = tokenIdOf(actor) ?? null;
  const end = parentId ? actor.expiresAt : undefined;
  const wanted = input.expires_at ?? end;
  const expiresAt = wanted === undefined ? null : new Date(wanted);
  if (end !== undefined && expiresAt!.getTime() > end) {
    const message = `must not be after the end of the token that makes it, ${new Date(end).toISOString()}`;
    throw new AppError("forbidden", `expires_at: ${message}.`, { errors: [{ path: "expires_at", message }] });
  }
  if (expiresAt && expiresAt <= now) {
    const message = "must be in the future";
    throw new AppError("validation_failed", `expires_at: ${message}`, { errors: [{ path: "expires_at", message }] });
  }
  const scopes = [...new Set(input.scopes)];
  checkScopes(ctx, scopes, owner.permissions);
  const text = newApiTokenText();
  const row = { id: newId(), name: input.name, prefix: text.slice(0, PREFIX_LENGTH), scopes };
  const hash = await sha256Hex(text);
  await app.db.withTx(async (tx) => {
    if (await countApiTokens(tx, actor.organizationId, userId) >= MAX_TOKENS) {
      throw new AppError("conflict", `There are ${MAX_TOKENS} API tokens already. Delete some first.`);
    }
    // Locked, so that it is not deleted meanwhile: what it made ends with it.
    if (parentId && !await lockApiToken(tx, actor.organizationId, parentId)) throw notFound("token");
    await insertApiToken(tx, { ...row, organizationId: actor.organizationId, userId, hash, now, expiresAt, parentId });
    const details = { name: row.name, prefix: row.prefix, scopes };
    await writeAudit(tx, ctx, { action: "token.created", subject_type: "api_token", subject_id: row.id, details });
  });
  return { ...item({ ...row, created_at: now, last_used_at: null, expires_at: expiresAt }), token: text };
}

/** Unknown scopes are a mistake (422), scopes beyond the owner's rights are refused (403). */
function checkScopes(ctx: Ctx, scopes: string[], held: ReadonlySet<string>): void {
  const grantable = new Set(grantableScopes(held));
  const known = new Set([...Object.keys(ctx.app.permissionTable), ...grantableScopes(allPermissions(ctx))]);
  const unknown = scopes.filter((s) => !known.has(s));
  if (unknown.length > 0) {
    const errors = unknown.map((s) => ({ path: "scopes", message: `unknown scope: ${s}` }));
    throw new AppError("validation_failed", "There is no such scope. GET /api/v1/auth/scopes lists them.", { errors });
  }
  const beyond = scopes.filter((s) => !grantable.has(s));
  if (beyond.length > 0) {
    throw new AppError("forbidden", `A token cannot hold what its owner does not: ${beyond.join(", ")}.`);
  }
}

function allPermissions(ctx: Ctx): ReadonlySet<string> {
  return new Set(Object.keys(ctx.app.permissionTable));
}

export async function listApiTokens(ctx: Ctx, query: PageQuery): Promise<Page<ApiToken>> {
  authorize(ctx.actor, "tokens.manage");
  return await listTokensOf(ctx, requireUser(ctx.actor), query);
}

/** The tokens of a person or program; the caller has checked that the actor may see them. */
export async function listTokensOf(ctx: Ctx, userId: string, query: PageQuery): Promise<Page<ApiToken>> {
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : null;
  if (before !== null && !isUuid(before)) throw new AppError("validation_failed", "This cursor is not ours.");
  const { organizationId } = ctx.actor;
  const rows = await apiTokenRows(ctx.app.db, organizationId, userId, query.limit + 1, before);
  return toPage(rows, query.limit, (r) => [r.id], item);
}

function item(r: Row): ApiToken {
  return {
    id: r.id,
    name: r.name,
    prefix: r.prefix,
    scopes: r.scopes,
    created_at: r.created_at.toISOString(),
    last_used_at: r.last_used_at?.toISOString() ?? null,
    expires_at: r.expires_at?.toISOString() ?? null,
  };
}

/** Deletes one of the caller's own tokens and those that were made with it; they stop working everywhere at once. @throws AppError `not_found` */
export async function deleteApiToken(ctx: Ctx, id: string): Promise<void> {
  authorize(ctx.actor, "tokens.manage");
  await deleteTokenOf(ctx, requireUser(ctx.actor), id);
}

/** Deletes a token of a person or program; the caller has checked that the actor may. @throws AppError `not_found` */
export async function deleteTokenOf(ctx: Ctx, userId: string, id: string): Promise<void> {
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const deleted = await deleteApiTokenRows(tx, actor.organizationId, userId, id);
    if (deleted.length === 0) throw notFound("token");
    for (const { id, name } of deleted) {
      emitControl(app, tx, { kind: "token_revoked", token_id: id });
      await writeAudit(tx, ctx, {
        action: "token.deleted",
        subject_type: "api_token",
        subject_id: id,
        details: { name },
      });
    }
  });
}

/** A stand-in for the caller's credential, good once and for 30 s on any instance: for addresses of sockets and streams. */
export async function createTicket(ctx: Ctx): Promise<{ ticket: string; expires_in: number }> {
  const { app, actor } = ctx;
  const text = newTicketText();
  await insertTicket(app.db, await sha256Hex(text), {
    user_id: requireUser(actor),
    session_id: sessionIdOf(actor) ?? null,
    api_token_id: tokenIdOf(actor) ?? null,
    expires_at: new Date(app.now().getTime() + TICKET_SECONDS * 1000),
    credential_expires_at: actor.expiresAt === undefined ? null : new Date(actor.expiresAt),
  });
  return { ticket: text, expires_in: TICKET_SECONDS };
}
