// A hub without sockets or a database: an array is the event log, a list is the reader, and everybody may read everything.
import assert from "node:assert/strict";
import type { Actor } from "../kernel/actor.ts";
import { silentLogger } from "../kernel/log.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import type { BusMessage } from "./broker.ts";
import { Connection, type Transport } from "./connection.ts";
import type { Encoded } from "./encoded.ts";
import type { EventSource, LogChannel, LogRange } from "./event_source.ts";
import type { Gateway } from "./gateway.ts";
import { coreFrames } from "./core_frames.ts";
import { FrameTable } from "./frame_table.ts";
import { Hub } from "./hub.ts";
import { MemoryBroker } from "./memory_broker.ts";

export const ORG = "11111111-1111-7111-8111-111111111111";

export class ArrayLog implements EventSource {
  events: { offset: number; epoch: string; body: string }[] = [];
  epoch = "e1";
  first = 1;
  reads = 0;

  append(count = 1): BusMessage[] {
    const out: BusMessage[] = [];
    for (let i = 0; i < count; i++) {
      const offset = this.events.length + 1;
      const event = { offset, epoch: this.epoch, body: `{"type":"t","data":${offset}}` };
      this.events.push(event);
      out.push({ organizationId: ORG, channel: "c", ...event });
    }
    return out;
  }
  heads(channels: readonly LogChannel[]) {
    return Promise.resolve(channels.map(() => ({ epoch: this.epoch, offset: this.events.length })));
  }
  read(ranges: readonly LogRange[]) {
    this.reads++;
    return Promise.resolve(
      ranges.map(({ after, limit }) =>
        this.events.filter((e) => e.offset > after && e.offset >= this.first).slice(0, limit)
      ),
    );
  }
  changed() {
    return Promise.resolve([{ organizationId: ORG, channel: "c", epoch: this.epoch, offset: this.events.length }]);
  }
}

/** A transport that keeps everything; `waiting` is what its peer has not taken. */
export class ListTransport implements Transport {
  texts: string[] = [];
  binaries: Bytes[] = [];
  closedWith: number | undefined;
  /** Its peer answers that it closes too, as well-behaved ones do. */
  answersClose = () => {};
  waiting = 0;
  constructor(readonly mode: Transport["mode"] = "single") {}
  buffered() {
    return this.waiting;
  }
  sendText(text: string) {
    this.texts.push(text);
  }
  sendPush(push: Encoded) {
    this.texts.push(push.text);
  }
  sendBinary(bytes: Bytes) {
    this.binaries.push(bytes);
  }
  heartbeat() {}
  terminate() {}
  close(code: number) {
    this.closedWith = code;
    queueMicrotask(this.answersClose);
  }
  offsets(): number[] {
    return this.texts.flatMap((t) => JSON.parse(t)).filter((p) => p.offset).map((p: { offset: number }) => p.offset);
  }
}

export const actor: Actor = {
  kind: "person",
  organizationId: ORG,
  userId: "u",
  username: "u",
  role: "member",
  permissions: new Set(),
};
export const gateway: Gateway = {
  authenticate: () => Promise.resolve(actor),
  handshake: () => assert.fail("no socket signs in here"),
  refresh: (a) => Promise.resolve(a),
  authorizeChannels: (_a, channels) =>
    Promise.resolve(channels.map((channel) => ({ channel, delivery: "durable", presence: false }))),
  frames: new FrameTable(coreFrames),
  binaryBounds: () => undefined,
  handleBinary: () => {},
};

export function makeHub(log: EventSource, broker = new MemoryBroker()): Hub {
  return new Hub({
    source: log,
    broker,
    log: silentLogger,
    budget: { total: 100, perPerson: 100, perOrganization: 100 },
    maxUnknown: 10,
    reconcileMs: 20,
  });
}

export function connect(
  hub: Hub,
  transport = new ListTransport(),
  sendQueueBytes = 1000,
  asked: Gateway = gateway,
): [Connection, ListTransport] {
  const peer = { connectionId: "x", ip: null, userAgent: null, log: silentLogger };
  const connection = new Connection(
    hub,
    asked,
    transport,
    peer,
    { sendQueueBytes, maxSubscriptions: 10 },
  );
  connection.identify(actor);
  hub.register(connection);
  transport.answersClose = () => void hub.closing.delete(connection);
  return [connection, transport];
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
