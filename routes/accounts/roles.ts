// /organization/roles and /organization/transfer.
import { changeRoles, getRoleChanges, transferOwnership } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { organizationRoles, organizationRolesBody, transferBody } from "../../protocol/accounts/role_changes.ts";
import { answer, createRouter, empty, endpoint, jsonBody, type Router } from "../http/helpers.ts";

const none = { add: [], remove: [] };
const rolesExample = {
  roles: {
    owner: none,
    admin: none,
    moderator: none,
    member: { add: ["audit.read"], remove: ["notify.send"] },
    viewer: none,
    guest: none,
  },
  permissions: [
    { name: "audit.read", roles: ["owner", "admin"], for_guests: false },
    { name: "notify.send", roles: ["owner", "admin", "moderator", "member"], for_guests: false },
  ],
};

export function roleRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "get",
      path: "/organization/roles",
      tags: ["Organization"],
      summary: "How the organisation has widened and narrowed its roles",
      responses: { 200: answer(organizationRoles, "The changes of each role, and all permissions", rolesExample) },
    }),
    async (c) => c.json(await getRoleChanges(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "put",
      path: "/organization/roles",
      tags: ["Organization"],
      summary: "Widen or narrow roles",
      description:
        "A role that is given is replaced as a whole, empty lists give it back as it comes; others stay. Nobody " +
        "gives a permission that they do not hold. It holds for open connections everywhere within a second.",
      request: {
        body: jsonBody(organizationRolesBody, { roles: { member: { add: ["stats.read"], remove: [] } } }),
      },
      responses: { 200: answer(organizationRoles, "The changes of each role, and all permissions", rolesExample) },
    }),
    async (c) => c.json(await changeRoles(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      errors: [404, 409],
      method: "post",
      path: "/organization/transfer",
      tags: ["Organization"],
      summary: "Make another person the owner",
      description:
        "Only for the owner, who is an administrator afterwards. Needs a sign-in or a confirmation of the last " +
        "ten minutes, or the password.",
      request: { body: jsonBody(transferBody, { user_id: "0198c0de-7a11-7000-8000-000000000002" }) },
      responses: { 204: empty("Done; both are told") },
    }),
    async (c) => {
      await transferOwnership(c.var.ctx, c.req.valid("json"));
      return c.body(null, 204);
    },
  );
  return router;
}
