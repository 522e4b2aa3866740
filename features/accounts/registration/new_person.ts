// Accounts that are made by signing in: with a code, or through a provider. They have no password; the user name is made
// from what is known and can be changed.
import { alikePerson } from "../people/alike_names.ts";
import type { Role } from "../../../kernel/actor.ts";
import { isUniqueViolation, type Tx } from "../../../db/sql.ts";
import { newId } from "../../../kernel/ids.ts";
import { username as usernameSchema } from "../../../protocol/accounts/accounts.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, GuestCtx } from "../../context.ts";
import { actorOf, openSession, type TokenPair, tokenPair } from "../sign_in/admit.ts";
import { proveAddress, setPhone } from "../codes/store.ts";
import { redeemInvite } from "../invites/invites.ts";
import { approvalPending } from "./pending.ts";
import { isReservedName, rethrowTaken } from "./register.ts";
import { emitControl } from "../sessions/revocation.ts";
import { type Home, homeFor, tellWaiting } from "./sign_ups.ts";
import { insertOrganization, insertUser, userById, type UserRow } from "../people/store.ts";

export interface ProvenPerson {
  /** Proven to be the person's. */
  phone?: string;
  email?: string;
  displayName?: string;
  /** What the name may be made from, the best first. */
  names?: string[];
  /** Absent: member. */
  role?: Role;
  /** Comes with this invitation, which says where and as what. */
  invite?: { hash: string; email: string };
  /** A new organisation with the person as its owner; absent: the only one there is. */
  organizationName?: string;
}

/** What else belongs to the account, in the same transaction: a code that is used up, an identity that is linked. */
type InTx = (tx: Tx, user: { id: string; organization_id: string; username: string }) => Promise<void>;

const NAME_TRIES = 5;

/**
 * Makes the account and signs in.
 * @throws AppError `invite_invalid`, `validation_failed` when there are several organisations and none is named, `conflict`,
 *   `registration_closed` (domains), `approval_pending` when the account is made and waits
 */
export async function newPerson(
  ctx: GuestCtx,
  person: ProvenPerson,
  inTx: InTx,
): Promise<TokenPair> {
  for (let attempt = 0;; attempt++) {
    try {
      return await makeAccount(ctx, person, freeName(person, attempt), inTx);
    } catch (error) {
      if (!isUniqueViolation(error, "users_username_key") || attempt === NAME_TRIES) rethrowTaken(error);
    }
  }
}

async function makeAccount(
  ctx: GuestCtx,
  person: ProvenPerson,
  username: string,
  inTx: InTx,
): Promise<TokenPair> {
  const { app } = ctx;
  const id = newId(), now = app.now();
  const { row, session } = await app.db.withTx(async (tx) => {
    const invited = person.invite && await redeemInvite(app, tx, person.invite.hash, person.invite.email);
    const { organizationId, pending } = invited
      ? { organizationId: invited.invite.organization_id, pending: null }
      : await homeOf(app, tx, person);
    if (person.organizationName) await insertOrganization(tx, organizationId, person.organizationName, now);
    const role = person.organizationName ? "owner" : invited?.invite.role ?? person.role ?? "member";
    const { email = null } = person;
    // A provider's or a phone's word is no reason to pass for somebody: the user name stands there.
    const alike = person.displayName !== undefined && await alikePerson(tx, organizationId, id, person.displayName);
    const displayName = alike ? undefined : person.displayName;
    const locale = { client: ctx.language };
    const account = {
      id,
      organizationId,
      email,
      username,
      displayName,
      passwordHash: null,
      role,
      locale,
      pending,
      now,
    };
    await insertUser(tx, account);
    if (person.phone) await setPhone(tx, organizationId, id, person.phone, now);
    if (email) await proveAddress(tx, organizationId, id, now);
    await inTx(tx, { id, organization_id: organizationId, username });
    const row = await userById(tx, organizationId, id) as UserRow;
    if (pending) tellWaiting(app, tx, row);
    else {
      if (person.organizationName) await app.furnish(tx, { id: organizationId, owner: { id, username } });
      else {
        const to = invited?.author && { by: invited.author, ids: invited.invite.channel_ids };
        await app.welcome(tx, { organizationId, userId: id, invited: to });
      }
      emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: organizationId });
    }
    const session = pending ? undefined : await openSession(tx, ctx, row);
    const details = { role, ...(invited ? { invite: invited.invite.id } : {}) };
    const entry = { action: "user.registered" as const, subject_type: "user", subject_id: id, details };
    await writeAudit(tx, ctx, entry, actorOf(row));
    return { row, session };
  });
  // The account is made and waits; whoever comes with it is told so.
  if (!session) throw approvalPending();
  return await tokenPair(ctx, row, session);
}

async function homeOf(app: App, tx: Tx, { organizationName, email }: ProvenPerson): Promise<Home> {
  if (organizationName) return { organizationId: newId(), pending: null };
  return await homeFor(app, tx, { email: email ?? null, proved: true });
}

/** The first thing that can be a name; from the second try on with a number, because it was taken. */
function freeName(person: ProvenPerson, attempt: number): string {
  const wanted = [...person.names ?? [], person.email?.split("@")[0] ?? ""].map(asName).find(Boolean);
  if (!wanted) return `user-${randomLetters(8)}`;
  return attempt === 0 ? wanted : `${wanted.slice(0, 26)}-${randomLetters(4)}`;
}

/** The text as a sign-in name, without marks and other signs; undefined when nothing good is left. */
function asName(text: string): string | undefined {
  const name = text.normalize("NFD").replace(/\p{M}/gu, "").trim().replace(/\s+/g, ".").replace(/[^a-z0-9_.-]/gi, "")
    .replace(/^[_.-]+/, "").slice(0, 32).toLowerCase();
  return usernameSchema.safeParse(name).success && !isReservedName(name) ? name : undefined;
}

/** Without vowels, and without what is read for something else. */
const LETTERS = "bcdfghjkmnpqrstvwxz23456789";

function randomLetters(count: number): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(count)), (n) => LETTERS[n % LETTERS.length]).join("");
}
