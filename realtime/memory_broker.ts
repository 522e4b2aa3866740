// The bus of a single instance: there are no others. Several hubs in one process (tests) may share a MemoryBus.
import type { Bytes } from "../protocol/wire/binary.ts";
import type { Broker, BrokerHandlers, BrokerStatus, BusMessage } from "./broker.ts";

interface Member {
  handlers: BrokerHandlers;
  followed: Set<string>;
}

export class MemoryBus {
  readonly members = new Map<MemoryBroker, Member>();
}

export class MemoryBroker implements Broker {
  readonly id = crypto.randomUUID();
  private readonly followed = new Set<string>();

  constructor(private readonly bus = new MemoryBus()) {}

  start(handlers: BrokerHandlers): Promise<void> {
    this.bus.members.set(this, { handlers, followed: this.followed });
    handlers.onReady();
    return Promise.resolve();
  }

  publish(messages: readonly BusMessage[]): void {
    const copy = [...messages];
    this.toOthers(({ handlers }) => handlers.onMessages(copy));
  }

  follow(topic: string): Promise<void> {
    this.followed.add(topic);
    return Promise.resolve();
  }

  unfollow(topic: string): void {
    this.followed.delete(topic);
  }

  send(topic: string, bytes: Bytes): void {
    this.toOthers(({ handlers, followed }) => followed.has(topic) && handlers.onLive(topic, bytes, this.id));
  }

  private toOthers(hand: (member: Member) => void): void {
    if (this.bus.members.size < 2 || !this.bus.members.has(this)) return;
    queueMicrotask(() => {
      for (const [broker, member] of this.bus.members) if (broker !== this) hand(member);
    });
  }

  status(): Promise<BrokerStatus> {
    return Promise.resolve({ kind: "memory", status: "ok", latency_ms: 0 });
  }

  close(): Promise<void> {
    this.bus.members.delete(this);
    return Promise.resolve();
  }
}
