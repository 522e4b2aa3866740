// What control events (protocol/wire/control.ts) do to accounts on every instance: credentials that were checked are forgotten,
// people are told of again, and open connections end or are checked again.
import { type Actor, sessionIdOf, tokenIdOf } from "../../kernel/actor.ts";
import type { ControlEvent } from "../../protocol/wire/control.ts";
import type { App } from "../context.ts";
import { tellOwnWindows } from "./people/own_windows.ts";
import { runtimeOf } from "./runtime.ts";

/** Drops what is known about credentials that the event concerns. */
export function forgetCredentials(app: App, event: ControlEvent): void {
  runtimeOf(app).cache.apply(event);
}

/** `Feature.onControl` */
export function onControl(app: App, event: ControlEvent): void {
  const { realtime } = app;
  forgetCredentials(app, event);
  runtimeOf(app).presence.onControlEvent(event);
  tellOwnWindows(app, event);
  switch (event.kind) {
    case "sessions_revoked": {
      const { session_ids, except } = event;
      realtime.endConnections((actor) => {
        const sessionId = sessionIdOf(actor);
        if (actor.userId !== event.user_id || sessionId === undefined) return false;
        return session_ids === "all" ? sessionId !== except : session_ids.includes(sessionId);
      }, "the session has ended");
      return;
    }
    case "token_revoked":
      return realtime.endConnections((actor) => tokenIdOf(actor) === event.token_id, "the token was revoked");
    case "user_changed": {
      const same = (actor: Actor) => actor.userId === event.user_id;
      if (event.disabled) realtime.endConnections(same, "the account was disabled");
      else realtime.rightsChanged(same);
      return;
    }
    case "organization_changed":
      realtime.rightsChanged(({ organizationId }) => organizationId === event.organization_id);
  }
}
