// The realtime side alone, for channels that are not stored: a hub and its sockets, without features and a database. Whoever
// connects may read `stream:…`, `relay:…` and `signal:…`, each of the class that its name begins with.
import { silentLogger } from "../kernel/log.ts";
import { newId, SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import { type Actor, systemActor } from "../kernel/actor.ts";
import type { Delivery } from "../protocol/wire/channels.ts";
import type { Broker } from "../realtime/broker.ts";
import { coreFrames } from "../realtime/core_frames.ts";
import type { EventSource } from "../realtime/event_source.ts";
import { FrameTable } from "../realtime/frame_table.ts";
import type { Gateway } from "../realtime/gateway.ts";
import { Hub } from "../realtime/hub.ts";
import { acceptWebSocket } from "../realtime/websocket.ts";

export const ORGANIZATION = SYSTEM_ORGANIZATION;
const MANY = 100_000;

const actor: Actor = systemActor(ORGANIZATION);
const gateway: Gateway = {
  authenticate: () => Promise.resolve(actor),
  handshake: () => ({
    types: new Set(),
    expected: "A token",
    take: () => Promise.reject(new Error("the token comes in the address")),
  }),
  refresh: (a) => Promise.resolve(a),
  authorizeChannels: (_actor, names) =>
    Promise.resolve(names.map((channel) => ({
      channel,
      delivery: channel.slice(0, channel.indexOf(":")) as Delivery,
      presence: false,
    }))),
  frames: new FrameTable(coreFrames),
  binaryBounds: () => undefined,
  handleBinary: () => {},
};

const noLog: EventSource = {
  heads: (channels) => Promise.resolve(channels.map(() => ({ epoch: "none", offset: 0 }))),
  read: (ranges) => Promise.resolve(ranges.map(() => [])),
  changed: () => Promise.resolve([]),
};

export interface LiveServer {
  hub: Hub;
  port: number;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1. Channels to read stand in the address: `/?token=x&channels=stream:1`; `batch=1` as in the product. */
export async function startLiveServer(broker: Broker): Promise<LiveServer> {
  const budget = { total: MANY, perPerson: MANY, perOrganization: MANY };
  const hub = new Hub({ source: noLog, broker, log: silentLogger, budget, maxUnknown: MANY, reconcileMs: 60_000 });
  await hub.start();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const query = new URL(request.url).searchParams;
    const peer = { connectionId: newId(), ip: null, userAgent: null, log: silentLogger };
    return acceptWebSocket(request, hub, gateway, peer, {
      batch: query.has("batch"),
      handshake: "none",
      token: "x",
      channels: query.get("channels")?.split(",") ?? [],
      channelsRequired: true,
      messagesPerSecond: MANY,
      sendQueueBytes: 1024 * 1024,
      maxSubscriptions: 1000,
    });
  });
  return {
    hub,
    port: server.addr.port,
    async stop() {
      await hub.close();
      await server.shutdown();
    },
  };
}
