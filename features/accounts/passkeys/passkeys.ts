// A person's own passkeys: add, name, remove. Invariants: a challenge belongs to the session that asked for it and is answered
// once; the device must have checked who holds it (user verification), so a passkey is two factors; adding and removing need
// a fresh sign-in, and the person is told. The user handle on the device is the account's id, never a name.
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, sql, type Tx } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import type { Passkey, RegistrationInput } from "../../../protocol/accounts/passkeys.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { ownSession, requireMayChangeFactors } from "../sessions/fresh_proof.ts";
import {
  deletePasskeyRow,
  insertPasskey,
  type PasskeyRow,
  passkeyRows,
  putChallenge,
  renamePasskeyRow,
  takeChallenge,
} from "./store.ts";
import { emitControl } from "../sessions/revocation.ts";
import { factorRow, type Owner } from "../second_factor/store.ts";
import { tellOfSecurity } from "../tell.ts";
import { lockPerson, userById } from "../people/store.ts";
import { requireOtherWayIn } from "../sign_in/ways_in.ts";

/**
 * Where people open the console: passkeys belong to a name, and answers come from an origin. Asked for after the caller's
 * rights: not every address can have passkeys.
 */
export interface Site {
  rpId: string;
  origin: string;
}

const CHALLENGE_MS = 5 * 60_000;
const MAX_PASSKEYS = 20;
const DEFAULT_NAME = "Passkey";
/** ES256, EdDSA and RS256 (COSE): what devices have. */
const ALGORITHMS = [-7, -8, -257];

/** Loaded when the first person uses a passkey: 20 MB that many servers never need. */
export const webauthn = () => import("@simplewebauthn/server");

/** The bytes that a device keeps with the passkey to say whose it is. */
export const userHandle = (userId: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(userId);

export function challengeTimes(now: Date) {
  return { now, expiresAt: new Date(now.getTime() + CHALLENGE_MS) };
}
export const CHALLENGE_TIMEOUT_MS = CHALLENGE_MS;

/** The challenge that an answer claims to be for; "" when it cannot be read. */
export function challengeOf(clientDataJSON: string): string {
  try {
    const bytes = Uint8Array.fromBase64(clientDataJSON, { alphabet: "base64url" });
    const { challenge } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof challenge === "string" ? challenge : "";
  } catch {
    return "";
  }
}

export function refusedPasskey(): AppError {
  return new AppError("passkey_refused", "This passkey was not accepted. Begin again; it may be from another account.");
}

function shown(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    backed_up: row.backed_up,
    transports: row.transports,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

export async function listPasskeys(ctx: Ctx): Promise<Page<Passkey>> {
  return { items: (await passkeyRows(ctx.app.db, ownSession(ctx.actor))).map(shown), next_cursor: null };
}

/**
 * Options for `navigator.credentials.create`, good for five minutes and for this session.
 * @throws AppError `recent_sign_in_required`, `conflict` for one too many
 */
export async function passkeyRegistrationOptions(ctx: Ctx, siteOf: () => Site): Promise<{ challenge: string }> {
  const { app, actor } = ctx;
  const person = ownSession(actor);
  await requireMayChangeFactors(ctx);
  const site = siteOf();
  const existing = await passkeyRows(app.db, person);
  if (existing.length >= MAX_PASSKEYS) {
    throw new AppError("conflict", `An account has at most ${MAX_PASSKEYS} passkeys. Remove one first.`);
  }
  const user = await userById(app.db, person.organizationId, person.userId);
  if (!user) throw new AppError("unauthenticated", "The account does not exist any more.");
  const { generateRegistrationOptions } = await webauthn();
  const options = await generateRegistrationOptions({
    rpName: user.organization_name,
    rpID: site.rpId,
    userID: userHandle(user.id),
    userName: user.username,
    userDisplayName: user.display_name,
    timeout: CHALLENGE_MS,
    attestationType: "none",
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: existing.map((row) => ({ id: row.credential_id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  await putChallenge(app.db, options.challenge, person.sessionId, challengeTimes(app.now()));
  return options;
}

/**
 * Keeps the new passkey. The session counts as proved with it.
 * @throws AppError `passkey_refused`, `conflict` when the credential is known already
 */
export async function registerPasskey(ctx: Ctx, siteOf: () => Site, input: RegistrationInput): Promise<Passkey> {
  const { app, actor } = ctx;
  const person = ownSession(actor);
  await requireMayChangeFactors(ctx);
  const credential = await verifiedCredential(ctx, person.sessionId, siteOf(), input);
  const id = newId(), name = input.name ?? DEFAULT_NAME, now = app.now();
  try {
    await app.db.withTx(async (tx) => {
      await insertPasskey(tx, person, { id, name, now, ...credential });
      await tx.run(sql`update sessions set factor = 'passkey'
        where id = ${person.sessionId} and organization_id = ${person.organizationId}`);
      await noteChange(tx, ctx, person, "auth.passkey_added", { name });
    });
  } catch (error) {
    if (!isUniqueViolation(error, "passkeys_credential_key")) throw error;
    throw new AppError("conflict", "This device has a passkey here already.");
  }
  await tellOfSecurity(ctx, person, "passkey_added", { name });
  return shown((await passkeyRows(app.db, person)).find((row) => row.id === id)!);
}

async function verifiedCredential(ctx: Ctx, sessionId: string, site: Site, input: RegistrationInput) {
  const challenge = challengeOf(input.response.clientDataJSON);
  if (!await takeChallenge(ctx.app.db, challenge, sessionId, ctx.app.now())) throw refusedPasskey();
  const { verifyRegistrationResponse } = await webauthn();
  const { name: _, ...response } = input;
  const result = await verifyRegistrationResponse({
    response: response as Parameters<typeof verifyRegistrationResponse>[0]["response"],
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((error) => {
    ctx.log.info("a new passkey was refused", { reason: error instanceof Error ? error.message : String(error) });
  });
  if (!result?.verified) throw refusedPasskey();
  const { credential, credentialBackedUp } = result.registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: input.response.transports ?? [],
    backedUp: credentialBackedUp,
  };
}

async function noteChange(
  tx: Tx,
  ctx: Ctx,
  person: Owner,
  action: "auth.passkey_added" | "auth.passkey_removed",
  details: { name: string },
): Promise<void> {
  await writeAudit(tx, ctx, { action, subject_type: "user", subject_id: person.userId, details });
  emitControl(ctx.app, tx, {
    kind: "user_changed",
    user_id: person.userId,
    organization_id: person.organizationId,
    disabled: false,
  });
}

/** @throws AppError `not_found` */
export async function renamePasskey(ctx: Ctx, id: string, name: string): Promise<Passkey> {
  const person = ownSession(ctx.actor);
  await ctx.app.db.withTx(async (tx) => {
    const before = await renamePasskeyRow(tx, person, id, name);
    if (before === undefined) throw notFound("passkey");
    const details = { name: { from: before, to: name } };
    await writeAudit(tx, ctx, {
      action: "auth.passkey_renamed",
      subject_type: "user",
      subject_id: person.userId,
      details,
    });
  });
  return shown((await passkeyRows(ctx.app.db, person)).find((row) => row.id === id)!);
}

/**
 * Removes a passkey. When it was the last second factor, the person's sessions count as proved no more.
 * @throws AppError `not_found`, `recent_sign_in_required`, `last_way_in`
 */
export async function deletePasskey(ctx: Ctx, id: string): Promise<void> {
  const person = ownSession(ctx.actor);
  await requireMayChangeFactors(ctx);
  const name = await ctx.app.db.withTx(async (tx) => {
    // The person before the passkey, as in a sign-in with it.
    await lockPerson(tx, person.organizationId, person.userId);
    const name = await deletePasskeyRow(tx, person, id);
    if (name === undefined) throw notFound("passkey");
    await requireOtherWayIn(ctx.app, tx, person);
    if ((await passkeyRows(tx, person)).length === 0) await lowerPasskeyProofs(tx, person);
    await noteChange(tx, ctx, person, "auth.passkey_removed", { name });
    return name;
  });
  await tellOfSecurity(ctx, person, "passkey_removed", { name });
}

/** Sessions that the last passkey has proved: where the app is on they count as that, else as the first step alone. */
async function lowerPasskeyProofs(tx: Tx, person: Owner): Promise<void> {
  const left = (await factorRow(tx, person))?.enabled_at ? "totp" : null;
  await tx.run(sql`update sessions set factor = ${left}
    where user_id = ${person.userId} and organization_id = ${person.organizationId} and factor = 'passkey'`);
}
