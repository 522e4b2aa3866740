// /scim/v2: people and groups as a provider of identities manages them (RFC 7643, RFC 7644). An app of its own, because
// its media type and its errors are others.
import { z } from "zod";
import {
  createScimUser,
  deleteScimUser,
  getScimUser,
  listScimUsers,
  patchScimUser,
  replaceScimUser,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import {
  SCIM_PATCH,
  SCIM_USER,
  scimList,
  scimPatchBody,
  scimQuery,
  scimUser,
  scimUserBody,
} from "../../protocol/accounts/scim.ts";
import { createRouter, empty, endpoint, type Router } from "../http/helpers.ts";
import { chosen, scimAnswer, scimBody, scimErrors, scimJson, scimListOf, scimProblem } from "./scim_answers.ts";
import { groups } from "./scim_groups.ts";
import { discovery } from "./scim_discovery.ts";

const TAGS = ["SCIM"];
const idOf = z.object({ id: z.string().max(100) });
const view = scimQuery.pick({ attributes: true, excludedAttributes: true });
const ERRORS = scimErrors(400, 401, 403, 404, 409, 413, 415, 429);

const USER_INPUT = {
  schemas: [SCIM_USER],
  userName: "luis@example.org",
  externalId: "00u1a2b3",
  name: { givenName: "Luis", familyName: "Vega" },
  emails: [{ value: "luis@example.org", type: "work", primary: true }],
  active: true,
};
const USER = {
  ...USER_INPUT,
  id: "0198c0de-7a11-7000-8000-0000000000c1",
  displayName: "Luis Vega",
  meta: {
    resourceType: "User",
    created: "2026-01-15T09:30:00.000Z",
    lastModified: "2026-01-15T09:30:00.000Z",
    location: "https://pulpo.example.org/scim/v2/Users/0198c0de-7a11-7000-8000-0000000000c1",
  },
};
const PATCH = { schemas: [SCIM_PATCH], Operations: [{ op: "replace", path: "active", value: false }] };

export function scimRoutes(_app: App): Router {
  const router = createRouter();
  router.onError((error, c) => scimProblem(error, c));
  discovery(router);
  users(router);
  oneUser(router);
  groups(router);
  return router;
}

function users(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path: "/scim/v2/Users",
      tags: TAGS,
      summary: "People of the organisation, in the order in which they came",
      request: { query: scimQuery },
      responses: { ...ERRORS, 200: scimAnswer(scimList, "One page; at most 200") },
    }),
    async (c) => {
      const query = c.req.valid("query");
      const { items, total } = await listScimUsers(c.var.ctx, query);
      return scimJson(c, scimListOf(items.map((one) => chosen(one, query)), total, query), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "post",
      path: "/scim/v2/Users",
      tags: TAGS,
      summary: "Make an account, a member without a password",
      request: { body: scimBody(scimUserBody, USER_INPUT) },
      responses: { ...ERRORS, 201: scimAnswer(scimUser, "The account", USER) },
    }),
    async (c) => {
      const made = await createScimUser(c.var.ctx, c.req.valid("json"));
      c.header("location", made.meta!.location);
      return scimJson(c, made, 201);
    },
  );
}

function oneUser(router: Router): void {
  const path = "/scim/v2/Users/{id}";
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "get",
      path,
      tags: TAGS,
      summary: "One person",
      request: { params: idOf, query: view },
      responses: { ...ERRORS, 200: scimAnswer(scimUser, "The account", USER) },
    }),
    async (c) => scimJson(c, chosen(await getScimUser(c.var.ctx, c.req.valid("param").id), c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "put",
      path,
      tags: TAGS,
      summary: "Replace what SCIM knows of a person; owners are refused",
      request: { params: idOf, body: scimBody(scimUserBody, USER_INPUT) },
      responses: { ...ERRORS, 200: scimAnswer(scimUser, "The account", USER) },
    }),
    async (c) => scimJson(c, await replaceScimUser(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "patch",
      path,
      tags: TAGS,
      summary: "Change a person; owners are refused",
      request: { params: idOf, body: scimBody(scimPatchBody, PATCH) },
      responses: { ...ERRORS, 200: scimAnswer(scimUser, "The account", USER) },
    }),
    async (c) => scimJson(c, await patchScimUser(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "scim.provision",
      method: "delete",
      path,
      tags: TAGS,
      summary: "Switch an account off and end its sessions; owners are refused",
      request: { params: idOf },
      responses: { ...ERRORS, 204: empty("Switched off") },
    }),
    async (c) => {
      await deleteScimUser(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}
