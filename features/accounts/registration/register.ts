// Registration by oneself: with an invitation, or, where registration is `open`, as the owner of a new organisation or into one
// that is there. An account and what it came by (the use of an invitation, the organisation) are one transaction.
import type { Role } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { newId, sha256Hex } from "../../../kernel/ids.ts";
import { isUniqueViolation, type Tx } from "../../../db/sql.ts";
import type { RegisterInput } from "../../../protocol/accounts/accounts.ts";
import { type AuditInput, writeAudit } from "../../audit/mod.ts";
import type { App, GuestCtx, NewPerson } from "../../context.ts";
import { checkInvite, redeemInvite } from "../invites/invites.ts";
import { mailLater } from "../mail/queue.ts";
import { checkPassword } from "../sign_in/password_policy.ts";
import { emitControl } from "../sessions/revocation.ts";
import { actorOf, openSession, type TokenPair, tokenPair } from "../sign_in/admit.ts";
import { homeFor, tellWaiting } from "./sign_ups.ts";
import { insertOrganization, insertUser, userById, type UserRow } from "../people/store.ts";

const RESERVED_NAMES = new Set(["here", "channel", "everyone", "all", "me", "system", "root", "pulpo"]);

export const isReservedName = (username: string): boolean => RESERVED_NAMES.has(username.toLowerCase());

/** @throws AppError `validation_failed` for names that mean something else (`@here`). */
export function checkUsername(username: string): void {
  if (isReservedName(username)) {
    const message = "This name is reserved. Take another.";
    throw new AppError("validation_failed", message, { errors: [{ path: "username", message }] });
  }
}

/** Turns the violation of a unique name or address into a 409; anything else is thrown as it is. */
export function rethrowTaken(error: unknown): never {
  for (const field of ["email", "username"] as const) {
    if (isUniqueViolation(error, `users_${field}_key`)) {
      const message = field === "email" ? "This e-mail address has an account already." : "This name is taken.";
      throw new AppError("conflict", message, { errors: [{ path: field, message }] });
    }
  }
  throw error;
}

/** Registered, but not in yet (sign_ups.ts). */
export interface Waiting {
  pending: NonNullable<UserRow["pending"]>;
}

/**
 * @returns a session, or what the account waits for
 * @throws AppError `registration_closed`, `invite_invalid`, `weak_password`, `conflict`, `validation_failed`
 */
export async function register(ctx: GuestCtx, input: RegisterInput): Promise<TokenPair | Waiting> {
  const { app } = ctx;
  await requireWay(app, input);
  checkUsername(input.username);
  checkPassword(input.password, input);
  const passwordHash = await app.passwords.hash(input.password, "register");
  try {
    const { row, session } = await app.db.withTx(async (tx) => {
      const row = await addPerson(tx, ctx, input, passwordHash);
      return { row, session: row.pending ? undefined : await openSession(tx, ctx, row) };
    });
    if (session) return await tokenPair(ctx, row, session);
    const { id: user_id, organization_id, pending } = row;
    if (pending === "email") await mailLater(ctx, { kind: "confirm", user_id, organization_id });
    return { pending: pending! };
  } catch (error) {
    rethrowTaken(error);
  }
}

/** Before the costly part: is there a way in at all? The transaction asks again. */
async function requireWay(app: App, input: RegisterInput): Promise<void> {
  const { registration } = app.config;
  if (input.invite !== undefined && registration !== "closed") {
    if (input.organization_name !== undefined) {
      const message = "An invitation leads into an organisation that is there: leave the name of a new one out.";
      throw new AppError("validation_failed", message, { errors: [{ path: "organization_name", message }] });
    }
    return await checkInvite(app, input.invite, input.email);
  }
  if (registration === "open") return;
  throw new AppError(
    "registration_closed",
    registration === "closed"
      ? "Registration is closed on this server. Its administrators make accounts."
      : "Registration needs an invitation. Ask the people who run this server.",
  );
}

/** How the person comes in. */
interface Way {
  organizationId: string;
  role: Role;
  pending: UserRow["pending"];
  emailVerified?: boolean;
  invited?: NewPerson["invited"];
  /** For the audit log. */
  details: Record<string, unknown>;
}

async function wayIn(app: App, tx: Tx, input: RegisterInput): Promise<Way> {
  if (input.invite !== undefined) {
    const { invite, author, byMail } = await redeemInvite(app, tx, await sha256Hex(input.invite), input.email);
    return {
      organizationId: invite.organization_id,
      role: invite.role,
      pending: null,
      emailVerified: byMail,
      ...(author ? { invited: { by: author, ids: invite.channel_ids } } : {}),
      details: { role: invite.role, invite: invite.id },
    };
  }
  if (input.organization_name !== undefined) {
    const organizationId = newId();
    await insertOrganization(tx, organizationId, input.organization_name, app.now());
    return { organizationId, role: "owner", pending: null, details: { role: "owner" } };
  }
  return {
    ...await homeFor(app, tx, { email: input.email, proved: false }),
    role: "member",
    details: { role: "member" },
  };
}

async function addPerson(tx: Tx, ctx: GuestCtx, input: RegisterInput, passwordHash: string): Promise<UserRow> {
  const { app } = ctx;
  const { organizationId, role, pending, emailVerified, invited, details } = await wayIn(app, tx, input);
  const id = newId();
  await insertUser(tx, {
    id,
    organizationId,
    email: input.email,
    emailClaimed: !emailVerified,
    username: input.username,
    passwordHash,
    role,
    locale: { client: ctx.language },
    emailVerified,
    pending,
    now: app.now(),
  });
  const row = await userById(tx, organizationId, id) as UserRow;
  if (pending) {
    if (pending === "approval") tellWaiting(app, tx, row);
  } else {
    if (input.organization_name !== undefined) {
      await app.furnish(tx, { id: organizationId, owner: { id, username: input.username } });
    } else await app.welcome(tx, { organizationId, userId: id, invited });
    emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: organizationId });
  }
  const entry: AuditInput = { action: "user.registered", subject_type: "user", subject_id: id, details };
  await writeAudit(tx, ctx, entry, actorOf(row));
  return row;
}
