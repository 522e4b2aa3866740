// Reads a channel of the class relay: binary frames of one source, of which a slow viewer gets the newest. Each frame is
// acknowledged once the handler is done with it; one acknowledgement stands for all frames up to it.
import { type BinaryFrame, decodeBinary } from "./binary.ts";
import type { PulpoConnection } from "./connection.ts";
import type { Subscription } from "./connection_types.ts";

/** The server takes at most 300 acknowledgements a second. */
const ACK_EVERY_MS = 5;

/**
 * @param handler gets one frame after the other; while it is at work the server keeps the newest for it. One that fails is
 *   done with its frame all the same.
 */
export function readRelay(
  connection: Pick<PulpoConnection, "subscribe" | "on" | "post">,
  channel: string,
  handler: (frame: BinaryFrame) => void | Promise<void>,
): Subscription {
  let work = Promise.resolve();
  let isOver = false;
  let done: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const acknowledge = () => {
    timer = undefined;
    if (done === undefined || isOver) return;
    connection.post({ type: "frame_ack", channel, seq: done });
    done = undefined;
    timer = setTimeout(acknowledge, ACK_EVERY_MS);
  };
  const take = async (frame: BinaryFrame) => {
    if (isOver) return;
    try {
      await handler(frame);
    } catch (error) {
      console.error(error);
    }
    done = frame.seq;
    if (timer === undefined) acknowledge();
  };
  const stop = connection.on("binary", (bytes) => {
    const frame = decodeBinary(bytes);
    if (frame?.channel === channel) work = work.then(() => take(frame));
  });
  const subscription = connection.subscribe(channel);
  return {
    channels: subscription.channels,
    unsubscribe: () => {
      isOver = true;
      stop();
      clearTimeout(timer);
      subscription.unsubscribe();
    },
  };
}
