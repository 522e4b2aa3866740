// SCIM 2.0 on the wire (RFC 7643, RFC 7644), as far as it is spoken here: people and groups. Bodies are loose on purpose:
// providers send attributes that nobody here keeps, and those are left out without a word.
import { z } from "zod";

export const SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const SCIM_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const SCIM_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
export const SCIM_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

/** Entra ID sends booleans as text: "False". */
const flag = z.union([
  z.boolean(),
  z.string().regex(/^(true|false)$/i).transform((text) => text.toLowerCase() === "true"),
]);
const text = (max: number) => z.string().trim().max(max);
export const scimActive = flag;

const multi = z.object({
  value: text(254).optional(),
  primary: flag.optional(),
  type: text(100).optional(),
});

export const scimUserBody = z.looseObject({
  schemas: z.array(z.string().max(200)).max(20).optional(),
  userName: text(254).min(1),
  externalId: text(254).nullable().optional(),
  displayName: text(200).nullable().optional(),
  name: z.looseObject({
    formatted: text(200).nullable().optional(),
    givenName: text(100).nullable().optional(),
    familyName: text(100).nullable().optional(),
  }).nullable().optional(),
  emails: z.array(multi).max(20).nullable().optional(),
  active: flag.optional(),
  preferredLanguage: text(35).nullable().optional(),
  locale: text(35).nullable().optional(),
});
export type ScimUserInput = z.infer<typeof scimUserBody>;

const MAX_MEMBERS = 10_000;
export const scimMembers = z.array(z.looseObject({ value: z.string().max(100) })).max(MAX_MEMBERS);

export const scimGroupBody = z.looseObject({
  schemas: z.array(z.string().max(200)).max(20).optional(),
  displayName: text(100).min(1),
  externalId: text(254).nullable().optional(),
  members: scimMembers.nullable().optional(),
});
export type ScimGroupInput = z.infer<typeof scimGroupBody>;

export const scimPatchBody = z.looseObject({
  schemas: z.array(z.string().max(200)).max(20).optional(),
  Operations: z.array(z.looseObject({
    op: z.string().max(20).transform((op) => op.toLowerCase()).pipe(z.enum(["add", "replace", "remove"])),
    path: z.string().max(300).optional(),
    value: z.unknown().optional(),
  })).min(1).max(1000),
});
export type ScimPatch = z.infer<typeof scimPatchBody>;
export type ScimOperation = ScimPatch["Operations"][number];

export const scimQuery = z.object({
  filter: z.string().max(1000).optional().meta({
    description: "`eq` on userName, externalId, emails.value, displayName and id, joined by `and`",
    example: 'userName eq "ana@example.org"',
  }),
  startIndex: z.coerce.number().int().max(1_000_000_000).default(1).transform((n) => Math.max(1, n)),
  count: z.coerce.number().int().max(1_000_000_000).default(100).transform((n) => Math.min(200, Math.max(0, n))),
  attributes: z.string().max(1000).optional(),
  excludedAttributes: z.string().max(1000).optional(),
});
export type ScimQuery = z.infer<typeof scimQuery>;

const meta = z.object({
  resourceType: z.string(),
  created: z.string(),
  lastModified: z.string(),
  location: z.string(),
});
const ref = z.object({ value: z.string(), display: z.string().optional(), $ref: z.string().optional() });

export const scimUser = z.looseObject({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  userName: z.string().optional(),
  displayName: z.string().optional(),
  name: z.object({
    formatted: z.string().optional(),
    givenName: z.string().optional(),
    familyName: z.string().optional(),
  }).optional(),
  emails: z.array(z.object({ value: z.string(), type: z.string(), primary: z.boolean() })).optional(),
  active: z.boolean().optional(),
  preferredLanguage: z.string().optional(),
  meta: meta.optional(),
}).meta({ id: "ScimUser" });
export type ScimUser = z.infer<typeof scimUser>;

export const scimGroup = z.looseObject({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string().optional(),
  displayName: z.string().optional(),
  members: z.array(ref).optional(),
  meta: meta.optional(),
}).meta({ id: "ScimGroup" });
export type ScimGroup = z.infer<typeof scimGroup>;

export const scimList = z.object({
  schemas: z.array(z.string()),
  totalResults: z.number().int(),
  startIndex: z.number().int(),
  itemsPerPage: z.number().int(),
  Resources: z.array(z.looseObject({})),
}).meta({ id: "ScimList" });
export type ScimList = z.infer<typeof scimList>;

export const scimError = z.object({
  schemas: z.array(z.string()),
  status: z.string(),
  scimType: z.string().optional(),
  detail: z.string(),
}).meta({ id: "ScimError" });
