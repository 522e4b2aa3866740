// Mails of an organisation that is switched off wait: its people hear nothing of it, and nothing is lost when it is switched on
// again. The job looks every hour, for at most thirty days. (Mails with an outbox of their own, of notifications and digests, wait
// there.)
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";

const LOOK_SECONDS = 3600;
const MAX_LOOKS = 30 * 24;

export interface HeldMail {
  organization_id: string;
  /** How often the job has looked. */
  held?: number;
}

/** @returns true when there is nothing to send now: the job has been put off, or has ended */
export async function heldWhileOff(app: App, name: string, job: HeldMail): Promise<boolean> {
  const organization = await app.db.maybe<{ is_active: boolean }>(sql`
    select is_active from organizations where id = ${job.organization_id}`);
  if (organization?.is_active) return false;
  const held = (job.held ?? 0) + 1;
  if (organization && held <= MAX_LOOKS) await app.jobs.enqueue(name, { ...job, held }, { delaySeconds: LOOK_SECONDS });
  return true;
}
