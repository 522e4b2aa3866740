// What a provider of identities asks first: what is spoken here (RFC 7644, section 4; RFC 7643, sections 5 to 7).
import { z } from "zod";
import { requireProvisioner } from "../../features/accounts/mod.ts";
import { notFound } from "../../kernel/errors.ts";
import { SCIM_GROUP, SCIM_LIST, SCIM_USER, scimList } from "../../protocol/accounts/scim.ts";
import { endpoint, type Router } from "../http/helpers.ts";
import { scimAnswer, scimErrors, scimJson } from "./scim_answers.ts";

const TAGS = ["SCIM"];
const SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";

const CONFIG = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [{
    type: "oauthbearertoken",
    name: "API token",
    description: "An API token with the scope scim, made by an administrator",
    primary: true,
  }],
  meta: { resourceType: "ServiceProviderConfig", location: "/scim/v2/ServiceProviderConfig" },
};

const resourceType = (name: string, endpoint: string, schema: string) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
  id: name,
  name,
  endpoint,
  schema,
  meta: { resourceType: "ResourceType", location: `/scim/v2/ResourceTypes/${name}` },
});
const TYPES = [resourceType("User", "/Users", SCIM_USER), resourceType("Group", "/Groups", SCIM_GROUP)];

interface Attribute {
  name: string;
  type: string;
  multiValued: boolean;
  required: boolean;
  caseExact: boolean;
  mutability: string;
  returned: string;
  uniqueness: string;
  subAttributes?: Attribute[];
}
const attribute = (name: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: "string",
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none",
  ...more,
});
const schemaOf = (id: string, name: string, attributes: Attribute[]) => ({
  schemas: [SCHEMA],
  id,
  name,
  description: name,
  attributes,
  meta: { resourceType: "Schema", location: `/scim/v2/Schemas/${id}` },
});
const SCHEMAS = [
  schemaOf(SCIM_USER, "User", [
    attribute("userName", { required: true, uniqueness: "server" }),
    attribute("externalId", { caseExact: true }),
    attribute("displayName"),
    attribute("name", {
      type: "complex",
      subAttributes: ["formatted", "givenName", "familyName"].map((name) => attribute(name)),
    }),
    attribute("emails", {
      type: "complex",
      multiValued: true,
      subAttributes: [attribute("value"), attribute("type"), attribute("primary", { type: "boolean" })],
    }),
    attribute("active", { type: "boolean" }),
    attribute("preferredLanguage"),
  ]),
  schemaOf(SCIM_GROUP, "Group", [
    attribute("displayName", { required: true }),
    attribute("externalId", { caseExact: true }),
    attribute("members", {
      type: "complex",
      multiValued: true,
      subAttributes: [attribute("value"), attribute("display", { mutability: "readOnly" })],
    }),
  ]),
];

const anything = z.looseObject({});

export function discovery(router: Router): void {
  const page = (path: string, summary: string, body: object) =>
    router.openapi(
      endpoint({
        access: "user",
        needs: "scim.provision",
        method: "get",
        path,
        tags: TAGS,
        summary,
        responses: { ...scimErrors(401, 403, 404), 200: scimAnswer(anything, summary) },
      }),
      (c) => {
        requireProvisioner(c.var.ctx);
        return scimJson(c, body, 200);
      },
    );
  page("/scim/v2/ServiceProviderConfig", "What of SCIM is spoken here", CONFIG);
  list(router, "/scim/v2/ResourceTypes", "The kinds of resources", TYPES);
  list(router, "/scim/v2/Schemas", "Their attributes", SCHEMAS);
}

function list(router: Router, path: string, summary: string, items: { id: string }[]): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path,
      tags: TAGS,
      summary,
      responses: { ...scimErrors(401, 403), 200: scimAnswer(scimList, summary) },
    }),
    (c) => {
      requireProvisioner(c.var.ctx);
      const page = { startIndex: 1, itemsPerPage: items.length, totalResults: items.length };
      return scimJson(c, { schemas: [SCIM_LIST], ...page, Resources: items }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path: `${path}/{name}`,
      tags: TAGS,
      summary: `${summary}: one`,
      request: { params: z.object({ name: z.string().max(200).meta({ example: "User" }) }) },
      responses: { ...scimErrors(401, 403, 404), 200: scimAnswer(anything, summary) },
    }),
    (c) => {
      requireProvisioner(c.var.ctx);
      const { name } = c.req.valid("param");
      const found = items.find(({ id }) => id.toLowerCase() === name.toLowerCase());
      if (!found) throw notFound("resource");
      return scimJson(c, found, 200);
    },
  );
}
