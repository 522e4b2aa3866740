// /scim/v2/Groups: the organisation's groups of people, as a provider of identities manages them.
import { z } from "zod";
import {
  createScimGroup,
  deleteScimGroup,
  getScimGroup,
  listScimGroups,
  patchScimGroup,
  replaceScimGroup,
} from "../../features/accounts/mod.ts";
import {
  SCIM_GROUP,
  SCIM_PATCH,
  scimGroup,
  scimGroupBody,
  scimList,
  scimPatchBody,
  scimQuery,
} from "../../protocol/accounts/scim.ts";
import { empty, endpoint, type Router } from "../http/helpers.ts";
import { chosen, scimAnswer, scimBody, scimErrors, scimJson, scimListOf } from "./scim_answers.ts";

const TAGS = ["SCIM"];
const idOf = z.object({ id: z.string().max(100) });
const view = scimQuery.pick({ attributes: true, excludedAttributes: true });
const ERRORS = scimErrors(400, 401, 403, 404, 409, 413, 415, 429);
const MEMBER = "0198c0de-7a11-7000-8000-0000000000c1";
const INPUT = {
  schemas: [SCIM_GROUP],
  displayName: "Kitchen",
  externalId: "8aa1a0c0",
  members: [{ value: MEMBER }],
};
const GROUP = {
  ...INPUT,
  id: "0198c0de-7a11-7000-8000-0000000000d1",
  meta: {
    resourceType: "Group",
    created: "2026-01-15T09:30:00.000Z",
    lastModified: "2026-01-15T09:30:00.000Z",
    location: "https://pulpo.example.org/scim/v2/Groups/0198c0de-7a11-7000-8000-0000000000d1",
  },
};
const PATCH = { schemas: [SCIM_PATCH], Operations: [{ op: "remove", path: `members[value eq "${MEMBER}"]` }] };

export function groups(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path: "/scim/v2/Groups",
      tags: TAGS,
      summary: "Groups of the organisation, in the order in which they came",
      request: { query: scimQuery },
      responses: { ...ERRORS, 200: scimAnswer(scimList, "One page; at most 200") },
    }),
    async (c) => {
      const query = c.req.valid("query");
      const { items, total } = await listScimGroups(c.var.ctx, query);
      return scimJson(c, scimListOf(items.map((one) => chosen(one, query)), total, query), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "post",
      path: "/scim/v2/Groups",
      tags: TAGS,
      summary: "Make a group; its handle comes from its name",
      request: { body: scimBody(scimGroupBody, INPUT) },
      responses: { ...ERRORS, 201: scimAnswer(scimGroup, "The group", GROUP) },
    }),
    async (c) => {
      const made = await createScimGroup(c.var.ctx, c.req.valid("json"));
      c.header("location", made.meta!.location);
      return scimJson(c, made, 201);
    },
  );
  one(router);
}

function one(router: Router): void {
  const path = "/scim/v2/Groups/{id}";
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path,
      tags: TAGS,
      summary: "One group",
      request: { params: idOf, query: view },
      responses: { ...ERRORS, 200: scimAnswer(scimGroup, "The group", GROUP) },
    }),
    async (c) => scimJson(c, chosen(await getScimGroup(c.var.ctx, c.req.valid("param").id), c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "put",
      path,
      tags: TAGS,
      summary: "Replace a group's name and members",
      request: { params: idOf, body: scimBody(scimGroupBody, INPUT) },
      responses: { ...ERRORS, 200: scimAnswer(scimGroup, "The group", GROUP) },
    }),
    async (c) => scimJson(c, await replaceScimGroup(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "patch",
      path,
      tags: TAGS,
      summary: "Change a group: its name, members added and removed",
      request: { params: idOf, body: scimBody(scimPatchBody, PATCH) },
      responses: { ...ERRORS, 200: scimAnswer(scimGroup, "The group", GROUP) },
    }),
    async (c) => scimJson(c, await patchScimGroup(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "delete",
      path,
      tags: TAGS,
      summary: "Delete a group; what was written with its handle stays",
      request: { params: idOf },
      responses: { ...ERRORS, 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteScimGroup(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}
