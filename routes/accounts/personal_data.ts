// A person's own data: everything of it as an archive, and the end of the account. `/auth/me/export`, `DELETE /auth/me`.
import { viaCookie } from "../../kernel/actor.ts";
import { deleteOwnAccount } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import {
  deletePersonalExport,
  listPersonalExports,
  openPersonalExport,
  startPersonalExport,
} from "../../features/transfer/mod.ts";
import { deleteAccountBody, personalExport, personalExportPage } from "../../protocol/accounts/personal_data.ts";
import { archiveAnswer, archiveResponses, isFirstPart } from "../http/archive_answer.ts";
import { clearSessionCookies } from "../http/cookies.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Accounts"];
const RUN = {
  id: "0199c2a0-5f3e-7c3b-9a51-2f1f3a6f1b01",
  status: "done",
  phase: "done",
  done: 1,
  total: 1,
  error: null,
  created_at: "2026-01-15T10:30:00.000Z",
  finished_at: "2026-01-15T10:30:02.000Z",
  size: 73400,
  expires_at: "2026-01-22T10:30:02.000Z",
};

export function personalDataRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      idempotent: true,
      method: "post",
      path: "/auth/me/export",
      tags: TAGS,
      summary: "Everything of the caller as an archive",
      description: "One zip of JSON files and the own files, kept for seven days. For the person alone, not for API " +
        "tokens. One at a time: 409 `conflict`. Progress: `GET`.",
      responses: {
        202: answer(personalExport, "Begun", { ...RUN, status: "queued", finished_at: null, size: null }),
      },
    }),
    async (c) => c.json(await startPersonalExport(c.var.ctx), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "get",
      path: "/auth/me/export",
      tags: TAGS,
      summary: "The caller's exports, newest first",
      responses: { 200: answer(personalExportPage, "At most 20", pageOf(RUN)) },
    }),
    async (c) => c.json(await listPersonalExports(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404],
      method: "delete",
      path: "/auth/me/export/{id}",
      tags: TAGS,
      summary: "Stop an export of the caller or remove its archive",
      request: { params: idParam },
      responses: { 204: empty("Done") },
    }),
    async (c) => {
      await deletePersonalExport(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404, 409],
      method: "get",
      path: "/auth/me/export/{id}/download",
      tags: TAGS,
      summary: "The archive",
      description: "Takes `Range` with one range. 410 `gone` after seven days.",
      request: { params: idParam },
      responses: archiveResponses,
    }),
    async (c) => await archiveAnswer(c, await openPersonalExport(c.var.ctx, c.req.valid("param").id, isFirstPart(c))),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [409],
      method: "delete",
      path: "/auth/me",
      tags: TAGS,
      summary: "Delete the caller's account",
      description:
        "Needs the password; accounts without one need a sign-in within the last 10 minutes. What the person wrote " +
        "stays as a deleted user's. The last owner is refused: 409 `conflict`.",
      request: { body: jsonBody(deleteAccountBody, { password: "a long pass phrase" }) },
      responses: { 204: empty("Deleted; all sessions, sockets and tokens have ended") },
    }),
    async (c) => {
      const { ctx } = c.var;
      const inCookie = viaCookie(ctx.actor);
      await deleteOwnAccount(ctx, c.req.valid("json"));
      if (inCookie) clearSessionCookies(c);
      return c.body(null, 204);
    },
  );
  return router;
}
