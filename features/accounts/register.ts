// Registration by oneself. `closed` and `invite` refuse (invitations are redeemed elsewhere); `open` makes a new
// organisation with the caller as its owner, or lets the caller into the only one there is.
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { isUniqueViolation, type Queryable, sql } from "../../db/sql.ts";
import type { RegisterInput } from "../../protocol/accounts.ts";
import { type AuditInput, writeAudit } from "../audit/mod.ts";
import type { GuestCtx } from "../context.ts";
import { checkPassword } from "./password_policy.ts";
import { emitControl } from "./revocation.ts";
import { actorOf, openSession, type TokenPair, tokenPair } from "./admit.ts";
import { insertOrganization, insertUser, userById, type UserRow } from "./user_store.ts";

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

/** @throws AppError `registration_closed`, `weak_password`, `conflict`, `validation_failed` */
export async function register(ctx: GuestCtx, input: RegisterInput): Promise<TokenPair> {
  const { app } = ctx;
  if (app.config.registration !== "open") {
    throw new AppError("registration_closed", "Registration needs an invitation. Ask the people who run this server.");
  }
  checkUsername(input.username);
  checkPassword(input.password, input);
  const passwordHash = await app.passwords.hash(input.password, "register");
  const now = app.now();
  try {
    const { row, session } = await app.db.withTx(async (tx) => {
      const organizationId = input.organization_name ? newId() : await onlyOrganization(tx);
      if (input.organization_name) await insertOrganization(tx, organizationId, input.organization_name, now);
      const role = input.organization_name ? "owner" as const : "member" as const;
      const id = newId();
      await insertUser(tx, {
        id,
        organizationId,
        email: input.email,
        emailClaimed: true,
        username: input.username,
        passwordHash,
        role,
        locale: { client: ctx.language },
        now,
      });
      if (role === "owner") await app.furnish(tx, { id: organizationId, owner: { id, username: input.username } });
      else await app.welcome(tx, { organizationId, userId: id });
      emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: organizationId });
      const row = await userById(tx, organizationId, id) as UserRow;
      const session = await openSession(tx, ctx, row);
      const entry: AuditInput = { action: "user.registered", subject_type: "user", subject_id: id, details: { role } };
      await writeAudit(tx, ctx, entry, actorOf(row));
      return { row, session };
    });
    return await tokenPair(ctx, row, session);
  } catch (error) {
    rethrowTaken(error);
  }
}

/** The organisation that new people come into. @throws AppError `validation_failed` when there are several */
export async function onlyOrganization(q: Queryable): Promise<string> {
  const rows = await q.rows<{ id: string }>(sql`select id from organizations where is_active limit 2`);
  if (rows.length === 1) return rows[0]!.id;
  const message = "Give the name of your organisation.";
  throw new AppError("validation_failed", message, { errors: [{ path: "organization_name", message }] });
}
