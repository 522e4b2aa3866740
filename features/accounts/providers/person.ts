// Who comes from a provider. In this order:
//  1. an account at the provider that is linked (issuer and subject) signs its person in;
//  2. an address that the provider vouches for (`email_verified`), and that its account here was proven to have, links the two;
//     an address that was only claimed here does not: whoever registers with somebody else's address must not be joined by its
//     owner later ("account pre-hijacking", Sudhodanan and Paverd, 2022);
//  3. otherwise a new account, with the invitation that the person brings, or where registration is open or the provider's
//     settings say so.
// The role follows the provider's claim at each sign-in, when the settings say so. Nobody becomes an owner by it, and no owner
// anything else; a guest rises only where the settings name what the claim says. Link and role are written as soon as the provider has spoken, before a second step that the account may ask for.
import type { Role } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import type { OidcProvider } from "../../../kernel/oidc_settings.ts";
import { isUniqueViolation, type Tx } from "../../../db/sql.ts";
import { email as emailSchema } from "../../../protocol/accounts/accounts.ts";
import { shownName } from "../../../protocol/names.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { GuestCtx } from "../../context.ts";
import { actorOf, admit, type TokenPair } from "../sign_in/admit.ts";
import { addressTaken, proveAddress, userForCode } from "../codes/store.ts";
import { insertIdentity, touchIdentity, userByIdentity } from "./store.ts";
import { newPerson } from "../registration/new_person.ts";
import { claimAt, type Claims } from "./oidc_client.ts";
import { emitControl } from "../sessions/revocation.ts";
import { liveSession } from "../sessions/limits.ts";
import { tellOfSecurity } from "../tell.ts";
import { lockPerson, updateUserRow, userById, type UserRow } from "../people/store.ts";

interface Comer {
  provider: OidcProvider;
  issuer: string;
  subject: string;
  /** In small letters; only one that the provider vouches for. */
  email?: string;
  /** What the provider calls the person. */
  name: string | null;
  claims: Claims;
  /** SHA-256 of the invitation's token. */
  inviteHash: string | null;
}

/** @throws AppError `domain_refused` for people without an address of the domains that the settings name */
function comerOf(provider: OidcProvider, claims: Claims, inviteHash: string | null = null): Comer {
  const parsed = emailSchema.safeParse(claims.email);
  // Some providers say it as a text.
  const vouched = claims.email_verified === true || claims.email_verified === "true";
  const email = parsed.success && vouched ? parsed.data.toLowerCase() : undefined;
  if (provider.domains.length > 0 && !provider.domains.includes(email?.split("@")[1] ?? "")) {
    throw new AppError("domain_refused", `${provider.label} signs in people of other addresses here.`);
  }
  const name = [claims.email, claims.preferred_username, claims.name].find((text) => typeof text === "string");
  return {
    provider,
    issuer: claims.iss,
    subject: claims.sub,
    email,
    name: name?.slice(0, 254) ?? null,
    claims,
    inviteHash,
  };
}

/**
 * @param inviteHash the invitation that the person comes with; whoever has an account does not need it, and does not use it
 * @throws AppError `domain_refused`, `invite_invalid`, `link_required` for an account whose address was never proven, `email_unverified` and
 *   `registration_closed` where there is none and cannot be, what `admit` throws
 */
export async function signInPerson(
  ctx: GuestCtx,
  provider: OidcProvider,
  claims: Claims,
  inviteHash: string | null,
): Promise<TokenPair> {
  const comer = comerOf(provider, claims, inviteHash);
  try {
    return await signIn(ctx, comer);
  } catch (error) {
    // Two tabs at once, and the other one was faster: now it is there.
    const raced = isUniqueViolation(error, "user_identities_subject_key") ||
      (error instanceof AppError && ["conflict", "link_required", "invite_invalid"].includes(error.code));
    if (raced && await userByIdentity(ctx.app.db, comer.issuer, comer.subject)) return await signIn(ctx, comer);
    throw error;
  }
}

async function signIn(ctx: GuestCtx, comer: Comer): Promise<TokenPair> {
  const { app } = ctx;
  const { issuer, subject, email } = comer;
  const known = await userByIdentity(app.db, issuer, subject);
  if (known) {
    await app.db.withTx(async (tx) => {
      await touchIdentity(tx, known.organization_id, { ...comer, provider: comer.provider.id }, app.now());
      await followRole(tx, ctx, comer, known);
    });
    return await admit(ctx, known, "provider");
  }
  const owner = email === undefined ? undefined : await ownerOf(ctx, email);
  if (owner) {
    await app.db.withTx(async (tx) => {
      await link(tx, ctx, comer, owner);
      await proveAddress(tx, owner.organization_id, owner.id, app.now());
      await followRole(tx, ctx, comer, owner);
    });
    await tellOfLink(ctx, comer, owner);
    return await admit(ctx, owner, "provider");
  }
  return await signUp(ctx, comer);
}

/** The account that was proven to have this address. @throws AppError `link_required` when one only claims it */
async function ownerOf(ctx: GuestCtx, email: string) {
  const { app } = ctx;
  const owner = await userForCode(app.db, email);
  // Where anybody may make an organisation and people in it, an administrator's word is no proof either.
  if (owner && (owner.email_verified_at || app.config.registration !== "open")) return owner;
  if (!await addressTaken(app.db, email)) return undefined;
  throw new AppError(
    "link_required",
    "An account has this address already. Sign in to it, then link the provider there.",
  );
}

async function signUp(ctx: GuestCtx, comer: Comer): Promise<TokenPair> {
  const { app } = ctx;
  const { provider, email, claims, inviteHash } = comer;
  if (inviteHash === null && app.config.registration !== "open" && !provider.signUp) {
    throw new AppError(
      "registration_closed",
      "You have no account here yet. Ask the people who run this server for one.",
    );
  }
  if (email === undefined) {
    throw new AppError("email_unverified", `${provider.label} does not vouch for your e-mail address.`);
  }
  const displayName = shownName(100).safeParse(claims.name);
  const names = [claims.preferred_username].filter((name) => typeof name === "string").map((name) =>
    name.split("@")[0]!
  );
  const person = {
    email,
    names,
    displayName: displayName.data,
    ...(inviteHash === null ? { role: mappedRole(comer)?.role } : { invite: { hash: inviteHash, email } }),
  };
  return await newPerson(ctx, person, (tx, user) => link(tx, ctx, comer, user));
}

async function link(
  tx: Tx,
  ctx: GuestCtx,
  comer: Comer,
  user: { id: string; organization_id: string; username: string },
) {
  const { app } = ctx;
  const { id: userId, organization_id: organizationId } = user;
  const { issuer, subject, name, provider } = comer;
  await insertIdentity(tx, {
    id: newId(),
    organizationId,
    userId,
    provider: provider.id,
    issuer,
    subject,
    name,
    now: app.now(),
  });
  const details = { provider: provider.id };
  await writeAudit(
    tx,
    ctx,
    { action: "identity.linked", subject_type: "user", subject_id: userId, details },
    actorOf(user),
  );
}

async function tellOfLink(ctx: GuestCtx, { provider }: Comer, row: UserRow): Promise<void> {
  const person = { organizationId: row.organization_id, userId: row.id };
  await tellOfSecurity(ctx, person, "identity_linked", { provider: provider.label });
}

/**
 * Adds the account at the provider to this person's, who asked for it in this session.
 * @throws AppError `domain_refused`, `conflict` when somebody else has it, `unauthenticated` when the session has ended: whoever
 *   changed the password meanwhile has put out those who were in
 */
export async function linkPerson(
  ctx: GuestCtx,
  provider: OidcProvider,
  claims: Claims,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<void> {
  const { app } = ctx;
  const comer = comerOf(provider, claims);
  const taken = await userByIdentity(app.db, comer.issuer, comer.subject);
  if (taken?.id === userId) return;
  const conflict = () => new AppError("conflict", `This account at ${provider.label} belongs to somebody else here.`);
  if (taken) throw conflict();
  let linked: UserRow;
  try {
    linked = await app.db.withTx(async (tx) => {
      const at = await liveSession(tx, sessionId, userId, app.now());
      if (at) await lockPerson(tx, at.organization_id, userId);
      // Again under the lock: what ends sessions has waited for it, or this has.
      const row = at && await liveSession(tx, sessionId, userId, app.now());
      if (!row) throw new AppError("unauthenticated", "You are signed out. Sign in and link the account again.");
      await link(tx, ctx, comer, row);
      const proves = comer.email !== undefined && comer.email === row.email?.toLowerCase();
      if (proves) await proveAddress(tx, row.organization_id, row.id, app.now());
      return row;
    });
  } catch (error) {
    throw isUniqueViolation(error, "user_identities_subject_key") ? conflict() : error;
  }
  await tellOfLink(ctx, comer, linked);
}

/** The role that the provider's claim gives, and whether the settings name it; undefined when they name no claim. */
function mappedRole({ provider, claims }: Comer): { role: Role; named: boolean } | undefined {
  if (!provider.roleClaim) return undefined;
  const claim = claimAt(claims, provider.roleClaim);
  const values = (Array.isArray(claim) ? claim : [claim]).filter((value) => value !== undefined).map(String);
  const found = provider.roleMap.find(({ value }) => value.trim() === "*" || values.includes(value.trim()));
  // Whoever has left the group loses what it gave.
  return { role: found?.role ?? "member", named: found !== undefined };
}

async function followRole(tx: Tx, ctx: GuestCtx, comer: Comer, person: UserRow): Promise<void> {
  const { app } = ctx;
  const mapped = mappedRole(comer);
  if (mapped === undefined) return;
  const { role } = mapped;
  const { id, organization_id: organizationId } = person;
  const row = await userById(tx, organizationId, id, { lock: true });
  if (!row || row.role === role || row.role === "owner") return;
  const wasGuest = row.role === "guest";
  if (wasGuest && !mapped.named) return;
  await updateUserRow(tx, organizationId, id, { role }, app.now());
  if (wasGuest) await app.welcome(tx, { organizationId, userId: id });
  const who = { organizationId, id: null, name: comer.provider.label, kind: "system" as const };
  const details = { provider: comer.provider.id, role: { from: row.role, to: role } };
  await writeAudit(tx, ctx, { action: "user.role_changed", subject_type: "user", subject_id: id, details }, who);
  emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id: organizationId, disabled: false });
}
