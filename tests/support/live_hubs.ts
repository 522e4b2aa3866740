// Hubs with readers that are lists, for what concerns the channels that are not stored: no database, no sockets, any broker.
import type { Actor } from "../../kernel/actor.ts";
import { silentLogger } from "../../kernel/log.ts";
import { type BinaryFrame, decodeBinary, encodeBinary } from "../../protocol/wire/binary.ts";
import type { Delivery } from "../../protocol/wire/channels.ts";
import type { Position, SubscribedChannel } from "../../protocol/wire/frames.ts";
import type { Broker } from "../../realtime/broker.ts";
import { Connection } from "../../realtime/connection.ts";
import { coreFrames } from "../../realtime/core_frames.ts";
import type { EventSource } from "../../realtime/event_source.ts";
import { FrameTable } from "../../realtime/frame_table.ts";
import type { Gateway } from "../../realtime/gateway.ts";
import { Hub } from "../../realtime/hub.ts";
import { ListTransport } from "../../realtime/hub_fakes.ts";
import type { Frame } from "./socket_client.ts";

export const ORG = "11111111-1111-7111-8111-111111111111";

const actor: Actor = {
  kind: "person",
  organizationId: ORG,
  userId: "u",
  username: "u",
  role: "member",
  permissions: new Set(),
};

/** `relay:1` is of the class relay, and so on; `greeted:1` is a signal with a greeting. */
const gateway: Gateway = {
  authenticate: () => Promise.resolve(actor),
  handshake: () => {
    throw new Error("no socket signs in here");
  },
  refresh: (a) => Promise.resolve(a),
  authorizeChannels: (_actor, names) =>
    Promise.resolve(names.map((channel) => {
      const [kind] = channel.split(":");
      if (kind !== "greeted") return { channel, delivery: kind as Delivery, presence: false };
      return { channel, delivery: "signal", presence: false, greeting: () => ({ type: "hello", data: "state" }) };
    })),
  frames: new FrameTable(coreFrames),
  binaryBounds: () => undefined,
  handleBinary: () => {},
};

const noLog: EventSource = {
  heads: (channels) => Promise.resolve(channels.map(() => ({ epoch: "e", offset: 0 }))),
  read: (ranges) => Promise.resolve(ranges.map(() => [])),
  changed: () => Promise.resolve([]),
};

/** The same with what live channels bring, taken apart. */
class LiveTransport extends ListTransport {
  get pushes(): Frame[] {
    return this.texts.flatMap((text) => JSON.parse(text));
  }
  get seqs(): number[] {
    return this.binaries.map((bytes) => decodeBinary(bytes)!.seq);
  }
  /** All lines of all pushes, of either shape. */
  get lines(): unknown[] {
    return this.pushes.filter((p) => p.type !== "gap").flatMap((p) => p.data.lines ?? [p.data]);
  }
}

export interface TestReader {
  connection: Connection;
  out: LiveTransport;
  ack: SubscribedChannel;
  denied: string | undefined;
}

export async function startHub(broker: Broker): Promise<Hub> {
  const budget = { total: 1000, perPerson: 1000, perOrganization: 1000 };
  const hub = new Hub({ source: noLog, broker, log: silentLogger, budget, maxUnknown: 10, reconcileMs: 60_000 });
  await hub.start();
  return hub;
}

/** A connection of this actor, without a session. */
export function connect(hub: Hub, who: Actor, out = new LiveTransport(), sendQueueBytes = 1024 * 1024) {
  const peer = { connectionId: "x", ip: null, userAgent: null, log: silentLogger };
  const connection = new Connection(hub, gateway, out, peer, { sendQueueBytes, maxSubscriptions: 100 });
  connection.identify(who);
  hub.register(connection);
  return { connection, out };
}

/** @param sendQueueBytes half of it may be filled with what can be left out */
export async function read(
  hub: Hub,
  channel: string,
  options: { since?: Position; mode?: "single" | "batch" | "stream"; sendQueueBytes?: number } = {},
): Promise<TestReader> {
  const { connection, out } = connect(hub, actor, new LiveTransport(options.mode), options.sendQueueBytes);
  let ack: SubscribedChannel | undefined, denied: string | undefined;
  await connection.subscriptions.add([channel], options.since && { [channel]: options.since }, false, (answer) => {
    ack = answer.channels[channel];
    denied = answer.denied[channel];
  });
  return { connection, out, ack: ack!, denied };
}

/** Closes everybody first: hubs wait for peers that do not answer. */
export async function stopHubs(hubs: Hub[]): Promise<void> {
  for (const hub of hubs) {
    for (const connection of [...hub.connections]) connection.ended();
    await hub.close();
  }
}

export const frame = (channel: string, seq: number, bytes = 100): BinaryFrame =>
  encodeBinary(1, channel, seq, new Uint8Array(bytes));
