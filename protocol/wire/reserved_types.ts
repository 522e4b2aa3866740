// The types that POST /notify refuses (`reserved_type`), so that no notification passes for something else: those of frames,
// those that features push on channels to which notifications go, and those of channels whose pushes somebody tells apart by
// the type alone. Everything else is free for senders: `alert`, `server_status`, `draft_changed`.
import { channels } from "./channels.ts";
import { AGENT_FRAMES, CLIENT_FRAMES, SERVER_FRAMES, TO_AGENT_FRAMES } from "./frame_list.ts";
import { PUSHES } from "./pushes.ts";

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

export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(CLIENT_FRAMES),
  ...Object.keys(SERVER_FRAMES),
  ...Object.keys(AGENT_FRAMES),
  ...Object.keys(TO_AGENT_FRAMES),
  ...OTHER_FRAMES,
  ...Object.values(channels)
    .filter(({ notify, byTypeAlone }) => notify || byTypeAlone)
    .flatMap(({ kind }) => Object.keys(PUSHES[kind]))
    .filter((type) => type !== "*"),
]);
