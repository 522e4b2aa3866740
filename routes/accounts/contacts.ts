// The caller as others of the organisation see them, and the caller's contacts: `/users/me`, `/users/contacts`.
import { addContact, listContacts, ownProfile, removeContact, updateProfile } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { profileBody, user } from "../../protocol/accounts/accounts.ts";
import { pageQuery } from "../../protocol/common.ts";
import { contact, contactBody, contactPage } from "../../protocol/accounts/contacts.ts";
import { pageOf, userExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { countLookups } from "../http/kind_limits.ts";

const TAGS = ["Users"];
const CONTACT = {
  id: "0198c0de-7a11-7000-8000-0000000000c1",
  name: "Luis (kitchen)",
  user: userExample,
  created_at: "2026-01-15T09:30:00.000Z",
};

export function contactRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "get",
      path: "/users/me",
      tags: TAGS,
      summary: "The caller, as GET /auth/me",
      responses: { 200: answer(user, "The caller", { ...userExample, permissions: ["users.read"] }) },
    }),
    async (c) => c.json(await ownProfile(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [409],
      method: "put",
      path: "/users/me",
      tags: TAGS,
      summary: "Change the own profile, as PUT /auth/me",
      request: { body: jsonBody(profileBody, { display_name: "Ana G." }) },
      responses: { 200: answer(user, "The caller", userExample) },
    }),
    async (c) => c.json(await countLookups(c, () => updateProfile(c.var.ctx, c.req.valid("json"))), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "get",
      path: "/users/contacts",
      tags: TAGS,
      summary: "The caller's contacts, by username",
      request: { query: pageQuery },
      responses: { 200: answer(contactPage, "Contacts; nobody else sees them", pageOf(CONTACT)) },
    }),
    async (c) => c.json(await listContacts(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/users/contacts",
      tags: TAGS,
      summary: "Keep somebody of the organisation as a contact",
      description: "Somebody who is one already gets the new name. That person is not told. At most 5,000.",
      request: { body: jsonBody(contactBody, { username: "luis", name: "Luis (kitchen)" }) },
      responses: { 201: answer(contact, "The contact", CONTACT) },
    }),
    async (c) => c.json(await addContact(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404],
      method: "delete",
      path: "/users/contacts/{id}",
      tags: TAGS,
      summary: "Remove a contact, by the person's id",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await removeContact(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  return router;
}
