// All organisations of the server, for whoever operates it: the command line, not the API. A person belongs to one of them.
// One that is switched off is refused everywhere at once: credentials ask for it with every check, and open connections are
// checked again by the control event.
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import type { CreateOrganizationInput, SetOrganizationInput } from "../../../protocol/accounts/organizations.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { App, GuestCtx } from "../../context.ts";
import { checkPassword } from "../sign_in/password_policy.ts";
import { checkUsername, rethrowTaken } from "../registration/register.ts";
import { emitControl } from "../sessions/revocation.ts";
import { insertOrganization, insertUser } from "../people/store.ts";

export interface OrganizationRow {
  id: string;
  name: string;
  domain: string | null;
  plan: string | null;
  is_active: boolean;
  users: number;
}

const COLUMNS = sql`o.id, o.name, o.domain, o.plan, o.is_active,
  (select count(*) from users u where u.organization_id = o.id and u.is_active and not u.is_service) as users`;

export async function listOrganizations(app: App): Promise<OrganizationRow[]> {
  return await app.db.rows<OrganizationRow>(sql`select ${COLUMNS} from organizations o order by lower(o.name), o.id`);
}

const byOperator = (organizationId: string) => ({ organizationId, id: null, name: "system", kind: "system" as const });

/** Makes an organisation with its owner. @throws AppError `conflict`, `weak_password`, `validation_failed` */
export async function createOrganization(
  ctx: GuestCtx,
  input: CreateOrganizationInput,
): Promise<{ id: string; name: string; owner: string }> {
  const { app } = ctx;
  checkUsername(input.username);
  checkPassword(input.password, input);
  const passwordHash = await app.passwords.hash(input.password, "account");
  const id = newId(), ownerId = newId(), now = app.now();
  try {
    await app.db.withTx(async (tx) => {
      await insertOrganization(tx, id, input.name, now);
      await tx.run(sql`update organizations set domain = ${input.domain}, plan = ${input.plan} where id = ${id}`);
      const { email, username } = input;
      await insertUser(tx, { id: ownerId, organizationId: id, email, username, passwordHash, role: "owner", now });
      await app.furnish(tx, { id, owner: { id: ownerId, username } });
      emitControl(app, tx, { kind: "user_created", user_id: ownerId, organization_id: id });
      const { name, domain, plan } = input;
      await writeAudit(tx, ctx, {
        action: "organization.created",
        subject_type: "organization",
        subject_id: id,
        details: { name, domain, plan },
      }, byOperator(id));
    });
  } catch (error) {
    rethrowTaken(error);
  }
  return { id, name: input.name, owner: input.username };
}

/** @param which its name or id @throws AppError `not_found`, `bad_request` (several of this name) */
export async function setOrganization(
  ctx: GuestCtx,
  which: string,
  input: SetOrganizationInput,
): Promise<OrganizationRow> {
  const { app } = ctx;
  const found = (await listOrganizations(app)).filter((one) => one.id === which || one.name === which);
  if (found.length === 0) throw notFound("organisation");
  if (found.length > 1) throw new AppError("bad_request", "Several organisations have this name; give the id.");
  const before = found[0]!, after = { ...before, ...input };
  await app.db.withTx(async (tx) => {
    await tx.run(sql`
      update organizations set name = ${after.name}, domain = ${after.domain}, plan = ${after.plan},
        is_active = ${after.is_active}, updated_at = ${app.now()}
      where id = ${before.id}`);
    await writeAudit(tx, ctx, {
      action: "organization.updated",
      subject_type: "organization",
      subject_id: before.id,
      details: changesOf(before, input),
    }, byOperator(before.id));
    emitControl(app, tx, {
      kind: "organization_changed",
      organization_id: before.id,
      disabled: !after.is_active,
    });
  });
  return after;
}
