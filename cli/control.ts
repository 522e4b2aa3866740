// What control events (protocol/control.ts) do on every instance: cached actors are dropped, then open connections end or
// are checked again. They arrive through the event log, so within a second even when the bus is down.
import { sessionIdOf, tokenIdOf } from "../kernel/actor.ts";
import { SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import { channels } from "../protocol/channels.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Connection } from "../realtime/connection.ts";
import type { Hub } from "../realtime/hub.ts";
import { onControlEvent, presenceOf } from "../features/accounts/mod.ts";
import type { App } from "../features/context.ts";

export async function followControlEvents(app: App, hub: Hub): Promise<void> {
  const presence = presenceOf(app);
  hub.presence.onChange = (organizationId, userIds) => presence.note(organizationId, userIds);
  await hub.listen(SYSTEM_ORGANIZATION, channels.control(), (push) => {
    const event = push.data as ControlEvent;
    onControlEvent(app, event);
    presence.onControlEvent(event);
    for (const connection of [...hub.connections]) apply(connection, event);
  });
}

function apply(connection: Connection, event: ControlEvent): void {
  const { actor } = connection;
  if (!actor) return;
  switch (event.kind) {
    case "sessions_revoked": {
      const sessionId = sessionIdOf(actor);
      if (actor.userId !== event.user_id || sessionId === undefined) return;
      if (event.session_ids === "all" ? sessionId !== event.except : event.session_ids.includes(sessionId)) {
        connection.close(CLOSE.unauthenticated, "the session has ended");
      }
      return;
    }
    case "token_revoked":
      if (tokenIdOf(actor) === event.token_id) connection.close(CLOSE.unauthenticated, "the token was revoked");
      return;
    case "user_changed":
      if (actor.userId !== event.user_id) return;
      if (event.disabled) connection.close(CLOSE.unauthenticated, "the account was disabled");
      else connection.rightsChanged();
      return;
    case "channel_changed":
      if (actor.organizationId === event.organization_id) connection.rightsChanged(event.channel);
      return;
    case "organization_changed":
      if (actor.organizationId === event.organization_id) connection.rightsChanged();
  }
}
