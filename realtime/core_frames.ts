// The protocol's own frames after signing in. They go through the same table as those of features.
import { resolveMe } from "../protocol/wire/channels.ts";
import {
  frameAckFrame,
  type FrameId,
  pingFrame,
  pongFrame,
  type Position,
  resultFrame,
  subscribeFrame,
  unsubscribeFrame,
} from "../protocol/wire/frames.ts";
import type { Connection } from "./connection.ts";
import { checkFrame, type FrameTaker } from "./frame_table.ts";

/** Some pictures of sixty a second, each acknowledged. */
const MAX_ACKS_PER_SECOND = 300;
/** A channel's name and a number. */
const MAX_ACK_CHARACTERS = 1024;

const own = { lane: "ordered", owner: "the protocol" } as const;

export const coreFrames: readonly FrameTaker[] = [
  {
    ...own,
    type: "ping",
    take(connection, frame) {
      const { id } = checkFrame(pingFrame, frame);
      connection.send({ type: "pong", ...(id !== undefined ? { id } : {}) });
    },
  },
  // The answer to the server's own ping: that it came is all.
  { ...own, lane: "fast", type: "pong", take: (_connection, frame) => void checkFrame(pongFrame, frame) },
  // Whoever asked waits with a deadline: the answer passes lines that are being stored. Large ones keep their place (session.ts).
  {
    ...own,
    lane: "fast",
    maxCharacters: Infinity, // of one that is too long whoever asked is told (ask.ts)
    type: "result",
    take: (connection, frame) => connection.hub.asks.answered(connection, checkFrame(resultFrame, frame)),
  },
  {
    ...own,
    type: "subscribe",
    async take(connection, frame) {
      const { id, ...wanted } = checkFrame(subscribeFrame, frame);
      await subscribe(connection, wanted, id);
    },
  },
  {
    ...own,
    type: "unsubscribe",
    take(connection, frame, reply) {
      const { channels } = checkFrame(unsubscribeFrame, frame);
      const { userId } = connection.actor!;
      reply({ unsubscribed: channels.filter((name) => connection.subscriptions.remove(resolveMe(name, userId))) });
    },
  },
  {
    ...own,
    lane: "fast",
    type: "frame_ack",
    variant: "channel",
    framesPerSecond: MAX_ACKS_PER_SECOND,
    maxCharacters: MAX_ACK_CHARACTERS,
    take(connection, frame, reply) {
      const { channel, seq } = checkFrame(frameAckFrame, frame);
      connection.subscriptions.acknowledge(channel, seq);
      reply(undefined);
    },
  },
];

/**
 * Subscribes; answered always, since the reader needs the positions. Recovery may take long for a slow reader: this waits for the
 * ack only.
 * @returns whether none of the channels was denied
 */
export async function subscribe(
  connection: Connection,
  wanted: { channels: string[]; since?: Record<string, Position>; presence?: boolean },
  id: FrameId,
): Promise<boolean> {
  let complete = true;
  await new Promise<void>((acknowledged, failed) => {
    connection.subscriptions.add(wanted.channels, wanted.since, wanted.presence ?? false, (data) => {
      complete = Object.keys(data.denied).length === 0;
      connection.send({ type: "ack", ...(id !== undefined ? { id } : {}), data });
      acknowledged();
    }).then(acknowledged, failed);
  });
  return complete;
}
