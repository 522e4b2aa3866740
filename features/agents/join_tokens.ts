// Tokens with which agents come in: stored hashed, with an end and a number of uses. A token holds as long as whoever made it may
// manage agents; its uses are judged by the rights of that moment (enroll.ts). One that was made with an API token ends with it.
import { authorize, requireUser, tokenIdOf } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { isUuid, newId, randomToken, sha256Hex } from "../../kernel/ids.ts";
import type { JoinToken, JoinTokenInput, NewJoinToken } from "../../protocol/agents/agents.ts";
import type { Page, PageQuery } from "../../protocol/common.ts";
import { lockApiToken } from "../accounts/mod.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import {
  countOpenJoinTokens,
  deleteJoinTokenRow,
  insertJoinToken,
  joinTokenRows,
  type ListedJoinToken,
} from "./join_token_store.ts";

/** Open tokens of one organisation. */
const MAX_OPEN = 1000;

/**
 * Makes a join token. Needs `agents.manage`. Made with an API token, it ends no later than that.
 * @returns with its text, which is not stored and never shown again @throws AppError `forbidden`, `conflict`, `unauthenticated`
 */
export async function createJoinToken(ctx: Ctx, input: JoinTokenInput): Promise<NewJoinToken> {
  const { app, actor } = ctx;
  authorize(actor, "agents.manage");
  const createdBy = requireUser(actor);
  const id = newId(), now = app.now(), token = `join_${randomToken(32)}`, hash = await sha256Hex(token);
  const { name = null, labels, capabilities, uses } = input;
  const parentId = tokenIdOf(actor) ?? null, end = parentId === null ? undefined : actor.expiresAt;
  const expiresAt = new Date(Math.min(now.getTime() + input.expires_in * 1000, end ?? Infinity));
  await app.db.withTx(async (tx) => {
    if (await countOpenJoinTokens(tx, actor.organizationId, now) >= MAX_OPEN) {
      throw new AppError("conflict", `There are ${MAX_OPEN} open join tokens. Delete some of them first.`);
    }
    // Locked, so that it is not deleted meanwhile.
    if (parentId && !await lockApiToken(tx, actor.organizationId, parentId)) {
      throw new AppError("unauthenticated", "The API token does not exist any more.");
    }
    const row = {
      id,
      organization_id: actor.organizationId,
      created_by: createdBy,
      name,
      labels,
      capabilities,
      uses,
      uses_left: uses,
      created_at: now,
      expires_at: expiresAt,
    };
    await insertJoinToken(tx, row, hash, parentId);
    const details = { ...(name === null ? {} : { name }), uses, capabilities };
    await writeAudit(tx, ctx, { action: "agent.token_created", subject_type: "join_token", subject_id: id, details });
  });
  const command = `pulpo agent --server ${app.publicUrl()} --join-token ${token}`;
  return { id, token, command, expires_at: expiresAt.toISOString() };
}

/** The newest first. Needs `agents.manage`. */
export async function listJoinTokens(ctx: Ctx, query: PageQuery): Promise<Page<JoinToken>> {
  const { app, actor } = ctx;
  authorize(actor, "agents.manage");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  if (before !== undefined && !isUuid(before)) throw new AppError("validation_failed", "This cursor is not ours.");
  const rows = await joinTokenRows(app.db, actor.organizationId, { before, limit: query.limit + 1 });
  return toPage(rows, query.limit, (row) => [row.id], (row) => view(row, app.now()));
}

function view(row: ListedJoinToken, now: Date): JoinToken {
  return {
    id: row.id,
    name: row.name,
    labels: row.labels,
    capabilities: row.capabilities,
    uses: row.uses,
    uses_left: row.uses_left,
    created_by: { id: row.created_by, username: row.author_username, display_name: row.author_display_name },
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    state: row.expires_at <= now ? "over" : row.uses_left === 0 ? "used_up" : "open",
  };
}

/** Nobody comes in with it any more; who came already stays. Needs `agents.manage`. @throws AppError `not_found` */
export async function deleteJoinToken(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "agents.manage");
  await app.db.withTx(async (tx) => {
    const gone = await deleteJoinTokenRow(tx, actor.organizationId, id);
    if (!gone) throw notFound("join token");
    const details = { ...(gone.name === null ? {} : { name: gone.name }), uses_left: gone.uses_left };
    await writeAudit(tx, ctx, { action: "agent.token_revoked", subject_type: "join_token", subject_id: id, details });
  });
}
