// Web Worker that holds viewers of one relay: WebSocket clients that count frames and acknowledge them, some of which can be made
// to stop reading. Loopback only.
import WebSocket from "ws";
import { decodeBinary } from "../protocol/wire/binary.ts";

/** What the main thread asks for. */
export type ViewerCommand =
  | { do: "open"; url: string; channel: string; count: number; counters: SharedArrayBuffer }
  /** The first so many stop reading, or read again. */
  | { do: "stall"; count: number; stalled: boolean }
  | { do: "close" };

/** Of each viewer, in the shared Float64Array: frames, bytes, the newest sequence, 1 when the server has ended it. */
export const PER_VIEWER = 4;

/** One acknowledgement stands for all frames of so long. */
const ACK_MS = 4;

const sockets: WebSocket[] = [];

self.addEventListener("message", async ({ data: command }: MessageEvent<ViewerCommand>) => {
  if (command.do === "open") await Promise.all(Array.from({ length: command.count }, (_, i) => open(command, i)));
  else if (command.do === "close") { for (const socket of sockets) socket.terminate(); }
  else {
    for (const socket of sockets.slice(0, command.count)) {
      if (command.stalled) socket.pause();
      else socket.resume();
    }
  }
  self.postMessage({});
});

/** Resolves when the server has answered the subscription. */
function open({ url, channel, counters }: Extract<ViewerCommand, { do: "open" }>, index: number): Promise<void> {
  const slots = new Float64Array(counters, index * PER_VIEWER * 8, PER_VIEWER);
  const socket = new WebSocket(url, { perMessageDeflate: false });
  sockets.push(socket);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return new Promise((ready, failed) => {
    socket.on("message", (data: Uint8Array<ArrayBuffer>, isBinary: boolean) => {
      if (!isBinary) return ready();
      const { seq } = decodeBinary(data)!;
      slots[0]!++;
      slots[1]! += data.length;
      slots[2] = seq;
      waiting ??= setTimeout(() => {
        waiting = undefined;
        socket.send(`{"type":"frame_ack","channel":"${channel}","seq":${slots[2]}}`);
      }, ACK_MS);
    });
    socket.on("close", () => slots[3] = 1);
    socket.on("error", failed);
  });
}
