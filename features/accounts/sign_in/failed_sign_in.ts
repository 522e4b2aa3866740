// Sign-ins that failed, in the audit log: written behind the answer, so that its time tells nothing.
import { writeAudit } from "../../audit/mod.ts";
import type { GuestCtx } from "../../context.ts";
import type { Factor, SignInMethod } from "./admit.ts";
import { inBackground } from "../runtime.ts";
import type { UserRow } from "../people/store.ts";

type Found = Pick<UserRow, "id" | "organization_id">;

/**
 * Notes that somebody tried to get in as this person and gave something wrong; nothing is noted when there is no such person.
 * @param method what was wrong
 */
export function noteFailedSignIn(
  ctx: GuestCtx,
  person: Found | Promise<Found | undefined> | undefined,
  method: SignInMethod | Factor,
): void {
  if (person) inBackground(ctx.app, write(ctx, person, method));
}

async function write(ctx: GuestCtx, person: Found | Promise<Found | undefined>, method: string): Promise<void> {
  const row = await person;
  if (!row) return;
  const who = { organizationId: row.organization_id, id: null, name: "", kind: "anonymous" as const };
  const entry = { action: "auth.login_failed" as const, subject_type: "user", subject_id: row.id, details: { method } };
  await writeAudit(ctx.app.db, ctx, entry, who);
}
