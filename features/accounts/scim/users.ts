// People by SCIM (RFC 7644): list, read, make, replace, patch, and DELETE, which switches the account off: what somebody
// wrote stays theirs, and a provider that made a mistake can switch it on again. Accounts have no password of SCIM's: people
// come in through their provider, or with a link to set one. Invariants: owners are read only; who is switched off has no
// session left anywhere; every change is one transaction with its line in the audit log.
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, type Tx } from "../../../db/sql.ts";
import { email as emailSchema, username as usernameSchema } from "../../../protocol/accounts/accounts.ts";
import {
  SCIM_USER,
  type ScimPatch,
  type ScimQuery,
  type ScimUser,
  type ScimUserInput,
} from "../../../protocol/accounts/scim.ts";
import { type Change, changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { isReservedName } from "../registration/register.ts";
import { emitControl, endSessions } from "../sessions/revocation.ts";
import { insertUser, updateUserRow } from "../people/store.ts";
import { requireProvisioner, requireReach } from "./access.ts";
import { badValue, ScimError } from "./errors.ts";
import { parseFilter } from "./filter.ts";
import { draftOf, patchUser, shownName, type UserDraft } from "./user_draft.ts";
import { saveScimNames, scimUserPage, type ScimUserRow, scimUserRow, takenUsernames } from "./user_rows.ts";

const MAX_DISPLAY_NAME = 100;
/** Numbers that are tried behind a name that is taken. */
const NAME_TRIES = 200;

export async function listScimUsers(ctx: Ctx, query: ScimQuery): Promise<{ total: number; items: ScimUser[] }> {
  const actor = requireProvisioner(ctx);
  const conditions = query.filter ? parseFilter(query.filter) : [];
  const page = { offset: query.startIndex - 1, limit: query.count };
  const { total, rows } = await scimUserPage(ctx.app.db, actor.organizationId, conditions, page);
  return { total, items: rows.map((row) => toScim(ctx, row)) };
}

/** @throws AppError `not_found` */
export async function getScimUser(ctx: Ctx, id: string): Promise<ScimUser> {
  const actor = requireProvisioner(ctx);
  const row = await scimUserRow(ctx.app.db, actor.organizationId, id);
  if (!row) throw notFound("user");
  return toScim(ctx, row);
}

/** Makes a member. @throws AppError `forbidden`; ScimError uniqueness, invalidValue */
export async function createScimUser(ctx: Ctx, input: ScimUserInput): Promise<ScimUser> {
  const { app } = ctx;
  const actor = requireProvisioner(ctx);
  const draft = draftOf(input);
  const address = checkedEmail(draft);
  const id = newId(), { organizationId } = actor;
  return await app.db.withTx(async (tx) => {
    await requireReach(ctx, tx, "member");
    const username = await freeUsername(tx, organizationId, draft.userName);
    await insertUser(tx, {
      id,
      organizationId,
      email: address,
      username,
      displayName: displayNameOf(draft, username),
      locale: languageOf(draft) ?? { client: null },
      passwordHash: null,
      role: "member",
      now: app.now(),
    });
    if (!draft.active) await updateUserRow(tx, organizationId, id, { is_active: false }, app.now());
    await saveScimNames(tx, organizationId, id, "user", namesOf(draft, username));
    if (draft.active) await app.welcome(tx, { organizationId, userId: id });
    emitControl(app, tx, { kind: "user_created", user_id: id, organization_id: organizationId });
    const details = { username, role: "member", by: "scim" };
    await writeAudit(tx, ctx, { action: "user.created", subject_type: "user", subject_id: id, details });
    return toScim(ctx, (await scimUserRow(tx, organizationId, id))!);
  }).catch(rethrowTaken);
}

/** @throws AppError `not_found`, `forbidden` for owners and roles out of reach; ScimError */
export function replaceScimUser(ctx: Ctx, id: string, input: ScimUserInput): Promise<ScimUser> {
  return change(ctx, id, () => draftOf(input));
}

/** @throws AppError `not_found`, `forbidden` for owners and roles out of reach; ScimError */
export function patchScimUser(ctx: Ctx, id: string, { Operations }: ScimPatch): Promise<ScimUser> {
  return change(ctx, id, (row) => patchUser(draftOfRow(row), Operations));
}

/** Switches the account off. @throws AppError `not_found`, `forbidden` for owners and roles out of reach */
export async function deleteScimUser(ctx: Ctx, id: string): Promise<void> {
  await change(ctx, id, (row) => ({ ...draftOfRow(row), active: false }));
}

async function change(ctx: Ctx, id: string, make: (row: ScimUserRow) => UserDraft): Promise<ScimUser> {
  const actor = requireProvisioner(ctx);
  const { organizationId } = actor;
  return await ctx.app.db.withTx(async (tx) => {
    const row = await scimUserRow(tx, organizationId, id, true);
    if (!row) throw notFound("user");
    await requireReach(ctx, tx, row.role);
    await save(tx, ctx, row, make(row));
    return toScim(ctx, (await scimUserRow(tx, organizationId, id))!);
  }).catch(rethrowTaken);
}

async function save(tx: Tx, ctx: Ctx, row: ScimUserRow, draft: UserDraft): Promise<void> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  const wanted = {
    ...(draft.email ?? row.email ? { email: checkedEmail({ email: draft.email ?? row.email }) } : {}),
    display_name: displayNameOf(draft, row.username),
    is_active: draft.active,
    ...(languageOf(draft) ? { locale: languageOf(draft)! } : {}),
  };
  const renamed = draft.userName.toLowerCase() !== userNameOf(row).toLowerCase();
  const another = draft.userName.toLowerCase() !== row.username.toLowerCase();
  const username = renamed && another && usernameSchema.safeParse(draft.userName).success
    ? await freeUsername(tx, organizationId, draft.userName)
    : row.username;
  // Whoever can move an address can have a new password sent to it: nobody gets to an administrator's account that way.
  if (row.role === "admin" && wanted.email?.toLowerCase() !== row.email?.toLowerCase()) {
    throw new AppError("forbidden", "The address of an administrator is not changed by SCIM.");
  }
  await saveScimNames(tx, organizationId, row.id, "user", namesOf(draft, username));
  const changes: Record<string, Change> = changesOf(row, { ...wanted, username });
  if (Object.keys(changes).length === 0) return;
  await updateUserRow(tx, organizationId, row.id, { ...wanted, username }, app.now());
  if (!row.is_active && wanted.is_active) await app.welcome(tx, { organizationId, userId: row.id });
  const disabled = row.is_active && !wanted.is_active;
  if (disabled) await endSessions(app, tx, { organizationId, userId: row.id });
  emitControl(app, tx, { kind: "user_changed", user_id: row.id, organization_id: organizationId, disabled });
  await writeAudit(tx, ctx, {
    action: disabled ? "user.disabled" : "user.updated",
    subject_type: "user",
    subject_id: row.id,
    details: { changed: Object.keys(changes), ...changes, by: "scim" },
  });
}

function draftOfRow(row: ScimUserRow): UserDraft {
  return {
    userName: userNameOf(row),
    externalId: row.external_id,
    displayName: row.display_name,
    formatted: null,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    active: row.is_active,
    language: null,
  };
}

const userNameOf = (row: ScimUserRow): string => row.user_name ?? row.username;

function namesOf(draft: UserDraft, username: string) {
  const { externalId, givenName, familyName } = draft;
  const userName = draft.userName.toLowerCase() === username.toLowerCase() ? null : draft.userName;
  return { externalId, userName, givenName, familyName };
}

/** @throws ScimError invalidValue */
function checkedEmail({ email }: Pick<UserDraft, "email">): string {
  const read = emailSchema.safeParse(email ?? "");
  if (!read.success) throw badValue("An account needs an e-mail address: in emails, or as userName.");
  return read.data;
}

function displayNameOf(draft: UserDraft, username: string): string {
  return (shownName(draft) ?? username).replace(/\p{Cc}+/gu, " ").trim().slice(0, MAX_DISPLAY_NAME).toWellFormed() ||
    username;
}

/** A language that texts exist in; anything else stays the provider's. */
function languageOf({ language }: UserDraft): string | undefined {
  const tag = language?.replaceAll("_", "-");
  return tag && /^(en|es)(-[a-z0-9]{2,8})*$/i.test(tag) ? tag : undefined;
}

/**
 * The name itself where it can be one here, else the part before the @, with a number when somebody has it. A name that is a
 * group's handle here gets a number, too: the provider still finds the person by its own name for them.
 */
async function freeUsername(tx: Tx, organizationId: string, userName: string): Promise<string> {
  const exact = usernameSchema.safeParse(userName).success;
  const base = exact ? userName : plainUsername(userName);
  const names = [base, ...Array.from({ length: NAME_TRIES }, (_, n) => `${base.slice(0, 28)}${n + 2}`)];
  const { people, handles } = await takenUsernames(tx, organizationId, names);
  const fixed = exact && !handles.has(base.toLowerCase());
  const found = (fixed ? [base] : names).find((name) =>
    !people.has(name.toLowerCase()) && !handles.has(name.toLowerCase()) && !isReservedName(name)
  );
  if (!found) throw new ScimError("conflict", "uniqueness", "Somebody has this userName already.");
  return found;
}

function plainUsername(userName: string): string {
  const name = userName.split("@")[0]!.normalize("NFKD").replace(/[^a-z0-9_.-]/gi, "").replace(/^[_.-]+/, "")
    .slice(0, 32);
  return usernameSchema.safeParse(name).success ? name : "person";
}

function rethrowTaken(error: unknown): never {
  for (const name of ["users_email_key", "users_username_key", "scim_resources_user_name"]) {
    if (isUniqueViolation(error, name)) {
      throw new ScimError("conflict", "uniqueness", "Somebody has this userName or address already.");
    }
  }
  throw error;
}

function toScim({ app }: Ctx, row: ScimUserRow): ScimUser {
  return {
    schemas: [SCIM_USER],
    id: row.id,
    ...(row.external_id ? { externalId: row.external_id } : {}),
    userName: userNameOf(row),
    displayName: row.display_name,
    name: {
      formatted: row.display_name,
      ...(row.given_name ? { givenName: row.given_name } : {}),
      ...(row.family_name ? { familyName: row.family_name } : {}),
    },
    ...(row.email ? { emails: [{ value: row.email, type: "work", primary: true }] } : {}),
    active: row.is_active,
    preferredLanguage: row.locale,
    meta: {
      resourceType: "User",
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location: `${app.publicUrl()}/scim/v2/Users/${row.id}`,
    },
  };
}
