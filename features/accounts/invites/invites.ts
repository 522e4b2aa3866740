// Invitations into the organisation. Invariants:
//  - nobody invites to a role above the own, or into channels where they may not add people; both are judged again, by the
//    rights of that moment, when the invitation is used: with its author it ends;
//  - a use is taken in the transaction that makes the account: of two at once on the last use one wins, and a registration
//    that fails takes none;
//  - whatever is wrong with an invitation, the answer is the same.
// The token is derived from the id (links/tokens.ts) and stored hashed; no list tells it.
import { type Actor, authorize, may } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import type { Queryable, Tx } from "../../../db/sql.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type { Invite, InviteInput, InviteShown, NewInvite } from "../../../protocol/accounts/coming_in.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx, GuestCtx } from "../../context.ts";
import { linkTo, linkToken } from "../links/tokens.ts";
import { countOpenInvites, deleteInviteRow, insertInvite, inviteById, type InviteRow } from "./store.ts";
import { inviteRows, type ListedInvite, openInvite, takeInvite } from "./store.ts";
import { spendInviteMail } from "./budget.ts";
import { mailLater } from "../mail/queue.ts";
import { personActor } from "../credentials/person_actor.ts";
import { hasPowerOver, requirePowerOver } from "../roles/roles.ts";
import { organizationRow } from "../people/store.ts";

/** Open invitations of one organisation. */
const MAX_OPEN = 1000;

/**
 * Makes an invitation. Needs `users.invite`; with an address it is mailed, where the server sends mail.
 * @throws AppError `forbidden` for a role above the own, `registration_closed`, `validation_failed` (channels), `conflict`,
 * `rate_limited` when too many were mailed
 */
export async function createInvite(ctx: Ctx, input: InviteInput): Promise<NewInvite> {
  const { app, actor } = ctx;
  authorize(actor, "users.invite");
  requireOpenDoor(app);
  requirePowerOver(app, actor, input.role);
  const channelIds = [...new Set(input.channel_ids)];
  await requireChannels(app, app.db, actor, channelIds);
  const id = newId(), now = app.now();
  const token = await linkToken(app, "invite", id);
  const mailed = input.email !== undefined && app.mailer.enabled;
  if (mailed) await spendInviteMail(ctx, "invite");
  const expiresAt = new Date(now.getTime() + input.expires_in * 1000);
  await app.db.withTx(async (tx) => {
    await requireChannels(app, tx, actor, channelIds);
    if (await countOpenInvites(tx, actor.organizationId, now) >= MAX_OPEN) {
      throw new AppError("conflict", `There are ${MAX_OPEN} open invitations. Revoke some of them first.`);
    }
    await insertInvite(tx, {
      id,
      organization_id: actor.organizationId,
      created_by: actor.userId,
      token_hash: await sha256Hex(token),
      mail_token_hash: mailed ? await sha256Hex(await linkToken(app, "invite-mail", id)) : null,
      email: input.email ?? null,
      role: input.role,
      uses: input.uses,
      uses_left: input.uses,
      channel_ids: channelIds,
      created_at: now,
      expires_at: expiresAt,
    });
    const details = { role: input.role, uses: input.uses, ...(input.email ? { email: input.email } : {}) };
    await writeAudit(tx, ctx, { action: "invite.created", subject_type: "invite", subject_id: id, details });
  });
  const queued = mailed && await mailLater(ctx, { kind: "invite", id, organization_id: actor.organizationId });
  const url = linkTo(app, "/register", "invite", token);
  return { id, token, url, expires_at: expiresAt.toISOString(), mailed: queued };
}

/** @throws AppError `registration_closed` where only administrators make accounts */
function requireOpenDoor(app: App): void {
  if (app.config.registration !== "closed") return;
  throw new AppError("registration_closed", "Registration is closed on this server, for invitations as well.");
}

async function requireChannels(app: App, q: Queryable, actor: Actor, channelIds: string[]): Promise<void> {
  const good = new Set(channelIds.length ? await app.invitable(q, actor, channelIds) : []);
  const errors = channelIds.flatMap((id, i) =>
    good.has(id) ? [] : [{ path: `channel_ids.${i}`, message: "no channel that you may add people to" }]
  );
  if (errors.length) {
    throw new AppError("validation_failed", "You may not add people to some of the channels.", { errors });
  }
}

/** The newest first; those of others for managers only. */
export async function listInvites(ctx: Ctx, query: PageQuery): Promise<Page<Invite>> {
  const { app, actor } = ctx;
  authorize(actor, "users.invite");
  const now = app.now();
  const rows = await inviteRows(app.db, actor.organizationId, {
    by: may(actor, "users.manage") ? undefined : actor.userId ?? undefined,
    before: query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined,
    limit: query.limit + 1,
  });
  return toPage(rows, query.limit, (row) => [row.id], (row) => toInvite(row, now));
}

function toInvite(row: ListedInvite, now: Date): Invite {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    uses: row.uses,
    uses_left: row.uses_left,
    channel_ids: row.channel_ids,
    created_by: row.created_by && {
          id: row.created_by,
          username: row.author_username!,
          display_name: row.author_display_name!,
        } || null,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    state: row.expires_at <= now ? "over" : row.uses_left === 0 ? "used_up" : "open",
  };
}

/** Revokes it: nobody comes in with it any more. @throws AppError `not_found`, `forbidden` for a role above the own */
export async function deleteInvite(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "users.invite");
  await app.db.withTx(async (tx) => {
    const row = await inviteById(tx, actor.organizationId, id);
    if (!row || (row.created_by !== actor.userId && !may(actor, "users.manage"))) throw notFound("invitation");
    requirePowerOver(app, actor, row.role);
    if (!await deleteInviteRow(tx, actor.organizationId, id)) throw notFound("invitation");
    const details = { role: row.role, uses_left: row.uses_left };
    await writeAudit(tx, ctx, { action: "invite.revoked", subject_type: "invite", subject_id: id, details });
  });
}

/** What is said to whoever holds the token. @throws AppError `invite_invalid` */
export async function showInvite(ctx: GuestCtx, token: string): Promise<InviteShown> {
  const { app } = ctx;
  const { invite, author } = await inviteOf(app, await sha256Hex(token));
  const organization = await organizationRow(app.db, invite.organization_id);
  return {
    organization: String(organization.name),
    role: invite.role,
    invited_by: author?.username ?? null,
    email: invite.email,
    expires_at: invite.expires_at.toISOString(),
  };
}

export interface Invited {
  invite: InviteRow;
  /** With the rights of now; absent: the command line. */
  author?: Actor;
  /** The token came out of the mail to the invitation's address. */
  byMail: boolean;
}

/** Before the costly part of a registration. @throws AppError `invite_invalid` */
export async function checkInvite(app: App, token: string, email: string): Promise<void> {
  const { invite } = await inviteOf(app, await sha256Hex(token));
  requireAddress(invite, email);
}

/** One that holds now. @throws AppError `invite_invalid` */
export async function inviteOf(app: App, hash: string): Promise<{ invite: InviteRow; author?: Actor }> {
  return await judged(app, app.db, await openInvite(app.db, hash, app.now()));
}

/** Uses the invitation of this hash once, in the transaction that makes the account. @throws AppError `invite_invalid` */
export async function redeemInvite(app: App, tx: Tx, hash: string, email: string): Promise<Invited> {
  const { invite, author } = await judged(app, tx, await takeInvite(tx, hash, app.now()));
  requireAddress(invite, email);
  return { invite, author, byMail: invite.mail_token_hash === hash };
}

/** The invitation still holds: its author is there and may invite to this role. */
async function judged(app: App, q: Queryable, invite: InviteRow | undefined) {
  if (!invite || app.config.registration === "closed") throw invalid();
  if (invite.created_by === null) return { invite };
  const author = await personActor(app, invite.organization_id, invite.created_by, q);
  if (!author || !may(author, "users.invite") || !hasPowerOver(app, author, invite.role)) throw invalid();
  return { invite, author };
}

function requireAddress(invite: InviteRow, email: string): void {
  if (invite.email === null || invite.email.toLowerCase() === email.toLowerCase()) return;
  const message = "This invitation is for another e-mail address.";
  throw new AppError("invite_invalid", message, { errors: [{ path: "email", message }] });
}

function invalid(): AppError {
  return new AppError("invite_invalid", "This invitation does not hold any more. Ask for a new one.");
}
