// /audit: reading the audit log, page by page or as one file.
import { exportAudit, listAudit } from "../../features/audit/mod.ts";
import type { App } from "../../features/context.ts";
import { auditExportQuery, auditPage, auditQuery } from "../../protocol/operation/audit.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, endpoint, type Router } from "../http/helpers.ts";

const example = {
  id: "0198c0de-7a11-7000-8000-0000000000c1",
  actor_id: "0198c0de-7a11-7000-8000-000000000001",
  actor_name: "ana",
  actor_avatar_url: null,
  actor_kind: "user",
  action: "user.role_changed",
  subject_type: "user",
  subject_id: "0198c0de-7a11-7000-8000-000000000002",
  ip: "192.0.2.7",
  details: { role: { from: "member", to: "moderator" } },
  names: { "0198c0de-7a11-7000-8000-000000000002": "Luis Pérez" },
  created_at: "2026-02-01T17:05:12.345Z",
};

const TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson; charset=utf-8" };

export function auditRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "audit.read",
      method: "get",
      path: "/audit",
      tags: ["Audit"],
      summary: "Who did what, newest first",
      request: { query: auditQuery },
      responses: { 200: answer(auditPage, "Entries", pageOf(example)) },
    }),
    async (c) => c.json(await listAudit(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "audit.read",
      method: "get",
      path: "/audit/export",
      tags: ["Audit"],
      summary: "The filtered log as a file",
      request: { query: auditExportQuery },
      responses: {
        200: {
          description: "CSV (RFC 4180) or one JSON object per line",
          content: { "text/csv": {}, "application/x-ndjson": {} },
        },
      },
    }),
    (c) => {
      const { format, ...filter } = c.req.valid("query");
      const day = c.var.ctx.app.now().toISOString().slice(0, 10);
      return new Response(exportAudit(c.var.ctx, filter, format), {
        headers: {
          "content-type": TYPES[format],
          "content-disposition": `attachment; filename="audit-${day}.${format}"`,
        },
      });
    },
  );
  return router;
}
