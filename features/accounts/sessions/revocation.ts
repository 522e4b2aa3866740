// Telling all instances that rights have changed: a durable event on the internal control channel, written in the
// transaction of the change itself, and applied on this instance right after COMMIT.
import { SYSTEM_ORGANIZATION } from "../../../kernel/ids.ts";
import type { Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import type { App } from "../../context.ts";
import { forgetCredentials } from "../control.ts";
import { revokeSessionRows } from "./store.ts";
import { endSignIns } from "../people/store.ts";

export function emitControl(app: App, tx: Tx, event: ControlEvent): void {
  tx.emit({ organizationId: SYSTEM_ORGANIZATION, channel: channels.control(), type: "control", data: event });
  tx.afterCommit(() => forgetCredentials(app, event));
}

/** Ends all sessions of the user, or all but one, and sign-ins under way. Returns how many were live. */
export async function endSessions(
  app: App,
  tx: Tx,
  user: { organizationId: string; userId: string },
  except?: string,
): Promise<number> {
  const ids = await revokeSessionRows(tx, user.organizationId, user.userId, app.now(), { except });
  await endSignIns(tx, user.organizationId, user.userId);
  emitControl(app, tx, { kind: "sessions_revoked", user_id: user.userId, session_ids: "all", except });
  return ids.length;
}

/** Ends one live session of the user; false when there is none. */
export async function endSession(
  app: App,
  tx: Tx,
  user: { organizationId: string; userId: string },
  sessionId: string,
): Promise<boolean> {
  const ids = await revokeSessionRows(tx, user.organizationId, user.userId, app.now(), { only: sessionId });
  if (ids.length === 0) return false;
  emitControl(app, tx, { kind: "sessions_revoked", user_id: user.userId, session_ids: ids });
  return true;
}
