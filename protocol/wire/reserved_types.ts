// The types that POST /notify refuses (`reserved_type`), so that no notification passes for something else: those of frames,
// those that features push on channels to which notifications go, and those of channels whose pushes somebody tells apart by
// the type alone. Everything else is free for senders: `alert`, `server_status`, `draft_changed`.
import { AGENT_FRAMES, SERVER_FRAMES, TO_AGENT_FRAMES } from "./frame_list.ts";
import type { DeclaredPushes } from "./pushes.ts";

/** Frames that sockets of other kinds have: desktops and encrypted messages. */
const OTHER_FRAMES = [
  "heartbeat",
  "client_auth",
  "pc_registration",
  "message",
  "clipboard",
  "remote_control_input",
  "file_chunk",
];

/** @param declared channels, and frames of clients by type (features/declared.ts) */
export function reservedTypes(declared: { channels: readonly DeclaredPushes[]; frames: object }): ReadonlySet<string> {
  return new Set([
    ...Object.keys(declared.frames),
    ...Object.keys(SERVER_FRAMES),
    ...Object.keys(AGENT_FRAMES),
    ...Object.keys(TO_AGENT_FRAMES),
    ...OTHER_FRAMES,
    ...declared.channels
      .filter(({ channel }) => channel.notify || channel.byTypeAlone)
      .flatMap(({ pushes }) => Object.keys(pushes))
      .filter((type) => type !== "*"),
  ]);
}
