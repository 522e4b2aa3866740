// The audit log: who did what, when and from where. The lowest feature; every other one may write to it.
import { defineFeature } from "../define.ts";

export { type Change, changesOf } from "./changes.ts";
export { csvCell } from "./csv.ts";
export { type AuditActor, type AuditInput, exportAudit, listAudit, writeAudit } from "./actions.ts";

export const auditFeature = defineFeature({
  name: "audit",
  routes: () => import("../../routes/operation/mod.ts").then((m) => m.audit),
  permissions: { "audit.read": "admin" },
});
