// A person as SCIM changes one: what a resource or a list of PATCH operations makes of it, without the database. Attributes
// that nobody here keeps (titles, addresses, extensions) are left out without a word, as providers expect.
import type { ScimOperation, ScimUserInput } from "../../../protocol/accounts/scim.ts";
import { scimActive } from "../../../protocol/accounts/scim.ts";
import { badValue, ScimError } from "./errors.ts";
import { parsePath, type Path, plainName } from "./filter.ts";

export interface UserDraft {
  userName: string;
  externalId: string | null;
  displayName: string | null;
  formatted: string | null;
  givenName: string | null;
  familyName: string | null;
  email: string | null;
  active: boolean;
  language: string | null;
}

/** A whole resource (POST, PUT): what it does not name is unset; `active` stays true. */
export function draftOf(input: ScimUserInput): UserDraft {
  const { userName, name, emails } = input;
  return {
    userName,
    externalId: input.externalId || null,
    displayName: input.displayName || null,
    formatted: name?.formatted || null,
    givenName: name?.givenName || null,
    familyName: name?.familyName || null,
    email: mainEmail(emails ?? []) ?? (userName.includes("@") ? userName : null),
    active: input.active ?? true,
    language: input.preferredLanguage || input.locale || null,
  };
}

function mainEmail(emails: NonNullable<ScimUserInput["emails"]>): string | undefined {
  const found = emails.find((one) => one.primary) ?? emails.find((one) => one.type === "work") ?? emails[0];
  return found?.value || undefined;
}

/** The name that people see. */
export function shownName(draft: UserDraft): string | null {
  const whole = [draft.givenName, draft.familyName].filter(Boolean).join(" ");
  return draft.displayName ?? draft.formatted ?? (whole || null);
}

/** Applies the operations in order. @throws ScimError invalidPath, invalidValue, mutability */
export function patchUser(draft: UserDraft, operations: readonly ScimOperation[]): UserDraft {
  return operations.reduce((now, { op, path, value }) => {
    if (path !== undefined && path !== "") return patchOne(now, op, parsePath(path), value);
    if (op === "remove") throw new ScimError("bad_request", "noTarget", "An operation remove needs a path.");
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw badValue("Without a path the value is an object of attributes.");
    }
    return Object.entries(value).reduce(
      (one, [name, part]) => patchOne(one, op, keyPath(name), part),
      now,
    );
  }, draft);
}

/** Entra ID names attributes of a value like paths: `emails[type eq "work"].value`. */
function keyPath(name: string): Path {
  return name.includes("[") ? parsePath(name) : { attribute: plainName(name) };
}

const TEXTS: Readonly<Record<string, keyof UserDraft>> = {
  externalid: "externalId",
  displayname: "displayName",
  "name.formatted": "formatted",
  "name.givenname": "givenName",
  "name.familyname": "familyName",
  preferredlanguage: "language",
  locale: "language",
};
const MAX_TEXT = 254;

function patchOne(draft: UserDraft, op: ScimOperation["op"], path: Path, value: unknown): UserDraft {
  const { attribute } = path;
  const gone = op === "remove" || value === null;
  if (attribute === "active") return { ...draft, active: gone ? false : activeOf(value) };
  if (attribute === "username") {
    if (gone) throw new ScimError("bad_request", "mutability", "userName cannot be removed.");
    return { ...draft, userName: textOf(value, "userName") };
  }
  if (attribute === "name" && !gone) return patchName(draft, value);
  if (attribute === "name") return { ...draft, formatted: null, givenName: null, familyName: null };
  if (attribute === "emails" || attribute === "emails.value") {
    return meansMain(draft, path.condition) ? patchEmail(draft, op, gone, value) : draft;
  }
  const key = Object.hasOwn(TEXTS, attribute) ? TEXTS[attribute] : undefined;
  return key ? { ...draft, [key]: gone || value === "" ? null : textOf(value, attribute) } : draft;
}

function patchName(draft: UserDraft, value: unknown): UserDraft {
  if (typeof value !== "object" || value === null) throw badValue("name is an object.");
  return Object.entries(value).reduce(
    (now, [part, one]) => patchOne(now, "replace", { attribute: `name.${part.toLowerCase()}` }, one),
    draft,
  );
}

/** An account here has one address, the one for work; the others that a provider keeps are no business of sign-in. */
function meansMain(draft: UserDraft, condition: Path["condition"]): boolean {
  if (!condition) return true;
  const value = condition.value.toLowerCase();
  if (condition.attribute === "type") return value === "work";
  if (condition.attribute === "primary") return value === "true";
  return condition.attribute === "value" && value === draft.email?.toLowerCase();
}

function patchEmail(draft: UserDraft, op: ScimOperation["op"], gone: boolean, value: unknown): UserDraft {
  if (gone) throw new ScimError("bad_request", "mutability", "The address cannot be removed, only replaced.");
  if (typeof value === "string") return { ...draft, email: textOf(value, "emails.value") };
  const list = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "object" && one !== null)
    .map((one) => ({ ...one, primary: scimActive.safeParse(one.primary).data === true }));
  // What is added stands beside the address that is there, unless it says that it is the one.
  const meant = op === "add" ? list.filter((one) => one.primary || (one.type ?? "work") === "work") : list;
  const found = mainEmail(meant);
  return found === undefined ? draft : { ...draft, email: textOf(found, "emails.value") };
}

function activeOf(value: unknown): boolean {
  const read = scimActive.safeParse(value);
  if (!read.success) throw badValue("active is true or false.");
  return read.data;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== "string" || value.trim() === "" || value.length > MAX_TEXT) {
    throw badValue(`${name}: a text of 1 to ${MAX_TEXT} characters`);
  }
  return value.trim();
}
