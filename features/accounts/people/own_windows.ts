// A person's open windows hear when their account or what they may do has changed, also when nothing was refused to them (a
// promotion). Every instance tells its own readers, because control events reach all of them. What it is now, `GET /auth/me` says.
import { channels } from "../../../protocol/wire/channels.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";
import type { App } from "../../context.ts";

export function tellOwnWindows(app: App, event: ControlEvent): void {
  if (event.kind !== "user_changed" && event.kind !== "organization_changed") return;
  if (event.disabled) return;
  const { organization_id } = event;
  const people = event.kind === "user_changed" ? [event.user_id] : app.realtime.onlineUsers(organization_id);
  for (const id of people) {
    app.realtime.publishLocal(organization_id, channels.userNotifications(id), "user_changed", { user_id: id });
  }
}
