// /organization and /roles.
import { getOrganization, listRoles, updateOrganization } from "../../features/accounts/mod.ts";
import { getFirstSteps, hideFirstSteps } from "../../features/first_steps/mod.ts";
import type { App } from "../../features/context.ts";
import { organization, organizationBody, roleList } from "../../protocol/accounts/accounts.ts";
import { firstSteps, firstStepsBody } from "../../protocol/operation/first_steps.ts";
import { answer, createRouter, endpoint, jsonBody, type Router } from "../http/helpers.ts";

const organizationExample = {
  id: "0198c0de-7a11-7000-8000-000000000000",
  name: "Casa del Mar",
  domain: "casadelmar.example",
  plan: null,
  users: 12,
  created_at: "2026-01-15T09:30:00.000Z",
};

const stepsExample = {
  items: [{ id: "people" as const, done: true }, { id: "mail" as const, done: false }],
  hidden: false,
};

export function organizationRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "get",
      path: "/organization",
      tags: ["Organization"],
      summary: "The caller's organisation",
      responses: { 200: answer(organization, "The organisation", organizationExample) },
    }),
    async (c) => c.json(await getOrganization(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "put",
      path: "/organization",
      tags: ["Organization"],
      summary: "Rename the organisation, or change what it decides for its people",
      request: { body: jsonBody(organizationBody, { name: "Casa del Mar" }) },
      responses: { 200: answer(organization, "The organisation", organizationExample) },
    }),
    async (c) => c.json(await updateOrganization(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      method: "get",
      path: "/roles",
      tags: ["Organization"],
      summary: "The roles and what each may do",
      responses: {
        200: answer(roleList, "Roles, the highest first", { items: [{ role: "viewer", permissions: ["users.read"] }] }),
      },
    }),
    (c) => c.json({ items: listRoles(c.var.ctx) }, 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "get",
      path: "/organization/first-steps",
      tags: ["Organization"],
      summary: "What an administrator of a new organisation does first, and what of it is done",
      responses: { 200: answer(firstSteps, "The steps, in their order", stepsExample) },
    }),
    async (c) => c.json(await getFirstSteps(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "put",
      path: "/organization/first-steps",
      tags: ["Organization"],
      summary: "Put the list of first steps away, or bring it back",
      request: { body: jsonBody(firstStepsBody, { hidden: true }) },
      responses: { 200: answer(firstSteps, "The steps", { ...stepsExample, hidden: true }) },
    }),
    async (c) => c.json(await hideFirstSteps(c.var.ctx, c.req.valid("json").hidden), 200),
  );
  return router;
}
