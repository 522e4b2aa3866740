// Pictures of people: set, removed, served.
import type { App } from "../../features/context.ts";
import { openAvatar, removeAvatar, setAvatar } from "../../features/media/mod.ts";
import { user } from "../../protocol/accounts/accounts.ts";
import { userExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, type Router } from "../http/helpers.ts";
import { drains, pictureBody } from "../chat/media.ts";
import { bodyOf, lengthOf, rawType, sendMedia } from "../http/media_headers.ts";

const WITH_PICTURE = { ...userExample, avatar_url: "/api/v1/avatars/0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10" };

export function avatarRoutes(_app: App): Router {
  const router = createRouter();
  router.use("/users/:id/avatar", drains);
  router.openapi(
    endpoint({
      access: "user",
      needs: ["profile.manage", "users.manage"],
      errors: [404, 413, 422],
      limit: "uploads",
      method: "put",
      path: "/users/{id}/avatar",
      tags: ["Users"],
      summary: "Set a person's picture: one's own, or as a manager anybody's",
      description:
        "A JPEG, PNG or WebP of at most 10 MiB, as the body or as the field `file` of a form. The square in the middle is " +
        "kept, 256 pixels wide and without EXIF or anything else that is not the picture.",
      request: { params: idParam },
      responses: { 200: answer(user, "The user with the new `avatar_url`", WITH_PICTURE) },
      ...pictureBody,
    }),
    async (c) => {
      const type = c.req.header("content-type");
      const form = type?.toLowerCase().startsWith("multipart/form-data") ? type : undefined;
      const incoming = { form, about: { mimeType: rawType(c) }, stream: bodyOf(c), length: lengthOf(c) };
      return c.json(await setAvatar(c.var.ctx, c.req.valid("param").id, incoming), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["profile.manage", "users.manage"],
      errors: [404],
      method: "delete",
      path: "/users/{id}/avatar",
      tags: ["Users"],
      summary: "Remove a person's picture",
      request: { params: idParam },
      responses: { 200: answer(user, "The user", userExample) },
    }),
    async (c) => c.json(await removeAvatar(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "media.read",
      errors: [404],
      method: "get",
      path: "/avatars/{id}",
      tags: ["Users"],
      summary: "A picture, at the address in `avatar_url`",
      description: "For people of the same organisation, while somebody has this picture. It may be kept for ever.",
      request: { params: idParam },
      responses: { 200: empty("The bytes, a WebP"), 304: empty("Not changed") },
    }),
    async (c) => await sendMedia(c, await openAvatar(c.var.ctx, c.req.valid("param").id)),
  );
  return router;
}
