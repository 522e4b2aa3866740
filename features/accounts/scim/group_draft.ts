// A group as SCIM changes one: what a resource or a list of PATCH operations makes of it, without the database.
import { type ScimGroupInput, scimMembers, type ScimOperation } from "../../../protocol/accounts/scim.ts";
import { badValue, ScimError } from "./errors.ts";
import { parsePath, type Path, plainName } from "./filter.ts";

export interface GroupDraft {
  displayName: string;
  externalId: string | null;
  /** Ids of people, in lower case. */
  members: ReadonlySet<string>;
}

/** A whole resource. `members` that are absent are none. */
export function groupDraftOf(input: ScimGroupInput): GroupDraft {
  return {
    displayName: input.displayName,
    externalId: input.externalId || null,
    members: new Set((input.members ?? []).map(({ value }) => value.toLowerCase())),
  };
}

/** Applies the operations in order. @throws ScimError invalidPath, invalidValue, mutability, noTarget */
export function patchGroup(draft: GroupDraft, operations: readonly ScimOperation[]): GroupDraft {
  return operations.reduce((now, { op, path, value }) => {
    if (path !== undefined && path !== "") return patchOne(now, op, parsePath(path), value);
    if (op === "remove") throw new ScimError("bad_request", "noTarget", "An operation remove needs a path.");
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw badValue("Without a path the value is an object of attributes.");
    }
    return Object.entries(value).reduce(
      (one, [name, part]) => patchOne(one, op, { attribute: plainName(name) }, part),
      now,
    );
  }, draft);
}

function patchOne(draft: GroupDraft, op: ScimOperation["op"], path: Path, value: unknown): GroupDraft {
  switch (path.attribute) {
    case "displayname":
      if (op === "remove") throw new ScimError("bad_request", "mutability", "displayName cannot be removed.");
      if (typeof value !== "string" || value.trim() === "") throw badValue("displayName is a text.");
      return { ...draft, displayName: value.trim() };
    case "externalid":
      if (op !== "remove" && typeof value !== "string") throw badValue("externalId is a text.");
      return { ...draft, externalId: op === "remove" ? null : String(value).slice(0, 254) || null };
    case "members":
    case "members.value":
      return { ...draft, members: patchMembers(draft.members, op, path, value) };
  }
  return draft; // nothing that is kept here
}

function patchMembers(
  members: ReadonlySet<string>,
  op: ScimOperation["op"],
  { condition }: Path,
  value: unknown,
): ReadonlySet<string> {
  if (condition) {
    if (op !== "remove") throw badValue("Members are added by value, not by a condition.");
    if (condition.attribute !== "value") throw badValue("Members are found by value.");
    return members.difference(new Set([condition.value.toLowerCase()]));
  }
  // Okta and others: remove without a value is all of them.
  if (op === "remove" && (value === undefined || value === null)) return new Set();
  const read = scimMembers.safeParse(Array.isArray(value) ? value : [value]);
  if (!read.success) throw badValue("members is a list of objects with a value.");
  const named = new Set(read.data.map((one) => one.value.toLowerCase()));
  if (op === "replace") return named;
  return op === "add" ? members.union(named) : members.difference(named);
}
