// Pushes about the server itself and the organisation as a whole: live figures, who is there, imports and exports, and the
// internal control channel.
import { z } from "zod";
import { presencePush } from "../accounts/accounts.ts";
import type { ControlEvent } from "../wire/control.ts";
import { dashboardMetrics, type MetricsPoint } from "../operation/process.ts";
import { transferProgress } from "../operation/transfer.ts";
import { EXAMPLE_ID, EXAMPLE_TIME, exampleUser } from "./examples.ts";
import { durable, ephemeral, type PushRule } from "./push.ts";

const figures = {
  active_users: 7,
  messages_per_minute: 12,
  active_channels: 4,
  connections: 9,
  agents_online: 0,
  servers_running: 0,
  server_load: { cpu_percent: 3.1, memory_mb: 180, event_loop_lag_ms: 1.2 },
};
/** The figures stand at the top level too, for readers of the plain form. */
const flat = dashboardMetrics.omit({ timestamp: true }).extend({
  history: z.array(z.array(z.number()).length(7) as unknown as z.ZodType<MetricsPoint>).optional().meta({
    description:
      "In a reader's first push: the last quarter of an hour, each [seconds since 1970, messages per minute, " +
      "connections, active users, cpu %, memory MB, lag ms]",
  }),
});
const metrics: PushRule<typeof dashboardMetrics, typeof flat, "ephemeral"> = {
  about: "Live figures, at once and every 5 s.",
  kept: "ephemeral",
  data: dashboardMetrics,
  extra: flat,
  example: { data: { ...figures, timestamp: EXAMPLE_TIME }, extra: figures },
};
export const dashboardPushes = { metrics };

export const presencePushes = {
  presence: ephemeral(
    "Somebody came or went, or shows another status or name.",
    presencePush,
    {
      users: [{
        id: exampleUser.id,
        status: "away",
        status_text: "At lunch",
        status_until: EXAMPLE_TIME,
        username: "ana",
        display_name: "Ana Ruiz",
        avatar_url: null,
      }],
    },
  ),
};

export const transferPushes = {
  transfer_progress: ephemeral(
    "How far an import or export is.",
    transferProgress,
    { id: EXAMPLE_ID, kind: "import", status: "running", phase: "messages", done: 1200, total: 5000 },
  ),
};

/** Between instances only (protocol/wire/control.ts). */
export const controlPushes = {
  control: durable(
    "Rights have changed somewhere.",
    z.looseObject({ kind: z.string() }) as unknown as z.ZodType<ControlEvent>,
    { kind: "token_revoked", token_id: EXAMPLE_ID },
  ),
};
