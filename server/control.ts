// Hands control events (protocol/wire/control.ts) to all features, on every instance. They arrive through the event log, so
// within a second even when the bus is down.
import { SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import { channels } from "../protocol/wire/channels.ts";
import type { ControlEvent } from "../protocol/wire/control.ts";
import type { Hub } from "../realtime/hub.ts";
import type { App } from "../features/context.ts";

export async function followControlEvents(app: App, hub: Hub): Promise<void> {
  await hub.topics.listen(SYSTEM_ORGANIZATION, channels.control(), (push) => {
    for (const feature of app.features) {
      try {
        feature.onControl?.(app, push.data as ControlEvent);
      } catch (error) {
        app.log.error("a feature failed at a control event", { feature: feature.name, error });
      }
    }
  });
}
