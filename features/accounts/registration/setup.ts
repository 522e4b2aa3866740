// First run: an installation without an owner gets one, from the settings or through a one-time link. Invariant: there is
// never a second first owner; a lock in the database makes instances that start together take turns.
import { AppError } from "../../../kernel/errors.ts";
import { newId, randomToken, sha256Hex } from "../../../kernel/ids.ts";
import { type Queryable, sql, type Tx } from "../../../db/sql.ts";
import { type SetupInput, username as usernameSchema } from "../../../protocol/accounts/accounts.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, GuestCtx } from "../../context.ts";
import { checkPassword, passwordWeakness } from "../sign_in/password_policy.ts";
import { checkUsername, rethrowTaken } from "./register.ts";
import { actorOf, openSession, type TokenPair, tokenPair } from "../sign_in/admit.ts";
import { insertOrganization, insertUser, userById, type UserRow } from "../people/store.ts";

const LINK_KEY = "setup_token_hash";
/** Any number, used for nothing else. */
const SETUP_LOCK = 7_185_201;

export async function setupNeeded(app: App): Promise<boolean> {
  return !await hasOwner(app.db);
}

async function hasOwner(q: Queryable): Promise<boolean> {
  return await q.maybe(sql`select 1 as one from users where role = 'owner' limit 1`) !== undefined;
}

/** A new set-up link with the address people use; links printed before stop working. @throws AppError `setup_done` */
export async function setupLink(app: App): Promise<string> {
  const token = randomToken(24);
  const hash = await sha256Hex(token);
  await app.db.withTx(async (tx) => {
    if (await hasOwner(tx)) throw done();
    await tx.run(sql`insert into meta (key, value) values (${LINK_KEY}, ${hash})
      on conflict (key) do update set value = excluded.value`);
  });
  return `${app.publicUrl()}/setup#token=${token}`;
}

function done(): AppError {
  return new AppError("setup_done", "This server is set up already. Sign in instead.");
}

/** The first owner, through the link. @throws AppError `setup_done`, `forbidden` for a wrong token, `weak_password` */
export async function completeSetup(ctx: GuestCtx, input: SetupInput): Promise<TokenPair> {
  const { app } = ctx;
  const hash = await sha256Hex(input.token);
  await checkLink(app, app.db, hash);
  checkUsername(input.username);
  checkPassword(input.password, input);
  const passwordHash = await app.passwords.hash(input.password, "account");
  try {
    const { row, session } = await app.db.withTx(async (tx) => {
      await tx.rows(sql`select pg_advisory_xact_lock(${SETUP_LOCK})`);
      await checkLink(app, tx, hash);
      const row = await insertFirstOwner(tx, ctx, { ...input, passwordHash, organization: input.organization_name });
      return { row, session: await openSession(tx, ctx, row) };
    });
    return await tokenPair(ctx, row, session);
  } catch (error) {
    rethrowTaken(error);
  }
}

async function checkLink(app: App, q: Queryable, hash: string): Promise<void> {
  if (await hasOwner(q)) throw done();
  const row = await q.maybe<{ value: string }>(sql`select value from meta where key = ${LINK_KEY}`);
  if (row?.value !== hash) {
    const command = app.commandLine("user setup-link");
    throw new AppError("forbidden", `This set-up link is not valid. Print a new one with: ${command}`);
  }
}

interface FirstOwner {
  email: string;
  username: string;
  passwordHash: string;
  organization: string;
}

async function insertFirstOwner(tx: Tx, ctx: GuestCtx, owner: FirstOwner): Promise<UserRow> {
  const now = ctx.app.now();
  const organizationId = newId(), id = newId();
  await insertOrganization(tx, organizationId, owner.organization, now);
  const { email, username, passwordHash } = owner;
  const locale = { client: ctx.language };
  await insertUser(tx, { id, organizationId, email, username, passwordHash, role: "owner", locale, now });
  await tx.run(sql`delete from meta where key = ${LINK_KEY}`);
  await ctx.app.furnish(tx, { id: organizationId, owner: { id, username } });
  const row = await userById(tx, organizationId, id) as UserRow;
  await writeAudit(tx, ctx, { action: "setup.completed", subject_type: "user", subject_id: id }, actorOf(row));
  return row;
}

/**
 * Makes the first owner from PULPO_ADMIN_EMAIL and PULPO_ADMIN_PASSWORD when both are set and there is no owner.
 * @returns the owner's name, or undefined when nothing was to do
 * @throws AppError `validation_failed` when the name is reserved, `conflict` when it is taken, `weak_password`
 */
export async function createFirstOwner(app: App): Promise<string | undefined> {
  const { adminEmail: email, adminPassword: password, adminUsername } = app.config;
  if (!email || !password || !await setupNeeded(app)) return undefined;
  const username = adminUsername ?? usernameFrom(email);
  const problem = passwordWeakness(password, { email, username });
  if (problem) throw new AppError("weak_password", `PULPO_ADMIN_PASSWORD: ${problem}`);
  return await makeFirstOwner(app, { email, username, password, organization: "Pulpo" });
}

/** Makes the first owner and the organisation; nobody is signed in. @returns as `createFirstOwner` */
export async function makeFirstOwner(
  app: App,
  { password, ...owner }: { email: string; username: string; password: string; organization: string },
): Promise<string | undefined> {
  checkUsername(owner.username);
  const passwordHash = await app.passwords.hash(password, "account");
  const ctx: GuestCtx = { app, requestId: newId(), ip: null, userAgent: null, log: app.log };
  try {
    return await app.db.withTx(async (tx) => {
      await tx.rows(sql`select pg_advisory_xact_lock(${SETUP_LOCK})`);
      if (await hasOwner(tx)) return undefined;
      await insertFirstOwner(tx, ctx, { ...owner, passwordHash });
      return owner.username;
    });
  } catch (error) {
    rethrowTaken(error);
  }
}

/** The part before the @, as far as it can be a name. */
function usernameFrom(email: string): string {
  const name = email.split("@")[0]!.replace(/[^a-z0-9_.-]/gi, "").replace(/^[_.-]+/, "").slice(0, 32);
  return usernameSchema.safeParse(name).success ? name : "owner";
}
