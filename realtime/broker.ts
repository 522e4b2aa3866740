// What carries pushes from the instance where they arise to all OTHER instances; an instance hands its own pushes to its
// own subscribers at once, without the bus. Contract, checked by one suite on every broker (tests/realtime/broker_test.ts):
//  - every other started instance gets each message at most once, in the order in which this instance published;
//  - delivery may fail (a bus that is down): durable pushes are then found by reconciling with the event log (reconcile.ts),
//    ephemeral ones are lost. `publish` therefore never throws, never blocks its caller, and its queue is bounded (oldest dropped);
//  - live messages (signals, streams, relays) come only of topics that are followed, as bytes, in the order of each sender, and
//    only since `follow` has resolved; what was followed is followed again after an outage, and `onReady` says so;
//  - a broker reconnects by itself with jittered back-off and tells its state truthfully in `status()`.

import type { Bytes } from "../protocol/wire/binary.ts";

/** One message on the bus. `offset` 0 means ephemeral. */
export interface BusMessage {
  organizationId: string;
  channel: string;
  epoch: string;
  offset: number;
  /** JSON text of the push without channel, offset and epoch; starts with `{"type":"…"`. No raw line breaks. */
  body: string;
}

export interface BrokerStatus {
  kind: "memory" | "redis" | "upstash";
  status: "ok" | "down";
  latency_ms?: number;
}

export interface BrokerHandlers {
  /** Batches in the order of arrival. */
  onMessages(messages: BusMessage[]): void;
  /** The bytes are the receiver's to keep. */
  onLive(topic: string, bytes: Bytes, from: string): void;
  /** The bus works (again); what was sent before may be lost. May be called more often than it was away. */
  onReady(): void;
}

export interface Broker {
  /** Of this instance, new at every start. */
  readonly id: string;
  start(handlers: BrokerHandlers): Promise<void>;
  publish(messages: readonly BusMessage[]): void;
  /** Takes live messages of the topic; resolves when they come. While the bus is away that is when it is back. */
  follow(topic: string): Promise<void>;
  unfollow(topic: string): void;
  /**
   * A live message to the other instances that follow the topic.
   * @param instances those of which that is known; a bus without topics needs them
   */
  send(topic: string, bytes: Bytes, instances: readonly string[]): void;
  /** Asks the bus; answers within 2 s. */
  status(): Promise<BrokerStatus>;
  close(): Promise<void>;
}

/** Wire form: the sender's id, then one line a message, fields parted by tabs (none of them contains tabs or line breaks). */
export function encodeBus(sender: string, messages: readonly BusMessage[]): string {
  let out = sender;
  for (const m of messages) out += `\n${m.organizationId}\t${m.channel}\t${m.epoch}\t${m.offset}\t${m.body}`;
  return out;
}

/** Undoes `encodeBus`. Null for this sender's own messages; lines that are not in the form are left out. */
export function decodeBus(self: string, text: string): BusMessage[] | null {
  const lines = text.split("\n");
  if (lines[0] === self) return null;
  const out: BusMessage[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const a = line.indexOf("\t"),
      b = line.indexOf("\t", a + 1),
      c = line.indexOf("\t", b + 1),
      d = line.indexOf("\t", c + 1);
    const offset = Number(line.slice(c + 1, d));
    if (a < 0 || d < 0 || !Number.isSafeInteger(offset) || !line.startsWith('{"type":"', d + 1)) continue;
    out.push({
      organizationId: line.slice(0, a),
      channel: line.slice(a + 1, b),
      epoch: line.slice(b + 1, c),
      offset,
      body: line.slice(d + 1),
    });
  }
  return out;
}
