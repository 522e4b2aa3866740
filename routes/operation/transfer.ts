// Imports and exports: /admin/imports, /admin/exports. Archives come through POST /media/upload and go out as one download
// that can be taken up again (Range).
import {
  cancelImport,
  deleteExport,
  getExport,
  getImport,
  listExports,
  listImports,
  openExport,
  startExport,
  startImport,
} from "../../features/transfer/mod.ts";
import type { App } from "../../features/context.ts";
import {
  exportOptions,
  exportPage,
  exportRun,
  importBody,
  importPage,
  importRun,
  transferQuery,
} from "../../protocol/operation/transfer.ts";
import { archiveAnswer, archiveResponses, isFirstPart } from "../http/archive_answer.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { pageOf } from "../http/examples.ts";

const TAGS = ["Moving in and out"];
const RUN = {
  id: "0199c2a0-5f3e-7c3b-9a51-2f1f3a6f1b01",
  status: "running",
  phase: "messages",
  done: 18350080,
  total: 52428800,
  error: null,
  created_by: "ana",
  created_at: "2026-01-15T10:30:00.000Z",
  started_at: "2026-01-15T10:30:01.000Z",
  finished_at: null,
};
const IMPORT = {
  ...RUN,
  source: "slack",
  dry_run: false,
  options: {
    new_people: "active",
    users: { U024BE7LH: "ana" },
    skip_channels: ["random"],
    include_private: true,
    include_direct: true,
    join_leave: false,
    files: "download",
  },
  report: null,
};
const EXPORT = {
  ...RUN,
  options: { include_files: true, include_private: true, include_direct: false },
  counts: { users: 42, channels: 17, messages: 120344, files: 310 },
  size: 73400320,
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  expires_at: "2026-01-22T10:31:00.000Z",
};

export function transferRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.import",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/admin/imports",
      tags: TAGS,
      summary: "Import the archive of another chat",
      description:
        "Owners only (`chat.import`). The archive is an upload of the caller: Slack's export (zip), Mattermost's " +
        "bulk export (zip or jsonl) or an export of Pulpo. `dry_run` reads and checks everything and writes nothing. One at " +
        "a time: 409 `conflict`. Progress: `GET`, or pushes `transfer_progress` on the channel `transfers`.",
      request: { body: jsonBody(importBody, { source: "slack", media_id: RUN.id, dry_run: true }) },
      responses: {
        202: answer(importRun, "Begun", { ...IMPORT, status: "queued", phase: "queued", done: 0, total: 0 }),
      },
    }),
    async (c) => c.json(await startImport(c.var.ctx, c.req.valid("json")), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.import",
      method: "get",
      path: "/admin/imports",
      tags: TAGS,
      summary: "Imports, newest first",
      request: { query: transferQuery },
      responses: { 200: answer(importPage, "One page", pageOf(IMPORT)) },
    }),
    async (c) => c.json(await listImports(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.import",
      errors: [404],
      method: "get",
      path: "/admin/imports/{id}",
      tags: TAGS,
      summary: "One import with its report",
      request: { params: idParam },
      responses: { 200: answer(importRun, "The import", IMPORT) },
    }),
    async (c) => c.json(await getImport(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.import",
      errors: [404],
      method: "post",
      path: "/admin/imports/{id}/cancel",
      tags: TAGS,
      summary: "Stop an import",
      description: "At the next batch. What is imported stays; the same archive again goes on from there.",
      request: { params: idParam },
      responses: { 200: answer(importRun, "The import", { ...IMPORT, status: "cancelled" }) },
    }),
    async (c) => c.json(await cancelImport(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.export",
      idempotent: true,
      method: "post",
      path: "/admin/exports",
      tags: TAGS,
      summary: "Export the organisation",
      description:
        "Owners only (`chat.export`), audited. One zip archive of NDJSON files (docs/export_format.md), kept for " +
        "seven days. One at a time: 409 `conflict`.",
      request: { body: jsonBody(exportOptions, EXPORT.options) },
      responses: {
        202: answer(exportRun, "Begun", {
          ...EXPORT,
          status: "queued",
          counts: null,
          size: null,
          sha256: null,
          expires_at: null,
        }),
      },
    }),
    async (c) => c.json(await startExport(c.var.ctx, c.req.valid("json")), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.export",
      method: "get",
      path: "/admin/exports",
      tags: TAGS,
      summary: "Exports, newest first",
      request: { query: transferQuery },
      responses: { 200: answer(exportPage, "One page", pageOf(EXPORT)) },
    }),
    async (c) => c.json(await listExports(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.export",
      errors: [404],
      method: "get",
      path: "/admin/exports/{id}",
      tags: TAGS,
      summary: "One export",
      request: { params: idParam },
      responses: { 200: answer(exportRun, "The export", EXPORT) },
    }),
    async (c) => c.json(await getExport(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.export",
      errors: [404],
      method: "delete",
      path: "/admin/exports/{id}",
      tags: TAGS,
      summary: "Stop an export or remove its archive",
      request: { params: idParam },
      responses: { 204: empty("Done") },
    }),
    async (c) => {
      await deleteExport(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.export",
      errors: [404, 409],
      method: "get",
      path: "/admin/exports/{id}/download",
      tags: TAGS,
      summary: "The archive",
      description: "Takes `Range` with one range. 410 `gone` after seven days.",
      request: { params: idParam },
      responses: archiveResponses,
    }),
    async (c) => await archiveAnswer(c, await openExport(c.var.ctx, c.req.valid("param").id, isFirstPart(c))),
  );
  return router;
}
