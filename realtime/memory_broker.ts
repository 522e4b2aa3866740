// The bus of a single instance: there are no others. Several hubs in one process (tests) may share a MemoryBus.
import type { Broker, BrokerStatus, BusMessage } from "./broker.ts";

export class MemoryBus {
  readonly members = new Map<object, (messages: BusMessage[]) => void>();
}

export class MemoryBroker implements Broker {
  constructor(private readonly bus = new MemoryBus()) {}

  start(onMessages: (messages: BusMessage[]) => void): Promise<void> {
    this.bus.members.set(this, onMessages);
    return Promise.resolve();
  }

  publish(messages: readonly BusMessage[]): void {
    if (this.bus.members.size < 2) return;
    const copy = [...messages];
    queueMicrotask(() => {
      for (const [member, handle] of this.bus.members) if (member !== this) handle(copy);
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
