// What carries pushes from the instance where they arise to all instances (itself included). Contract, checked by one
// suite on every broker (tests/broker_test.ts):
//  - `publish` hands over messages in order; every instance with a started broker gets each of them at most once, its own too;
//  - delivery may fail (a bus that is down): durable pushes are then found by the hub's sweep over the event log, ephemeral
//    ones are lost. `publish` therefore never throws, never blocks its caller, and keeps a bounded queue;
//  - a broker reconnects by itself with jittered back-off and tells its state truthfully in `status()`.

/** One message on the bus. `offset` 0 means ephemeral. */
export interface BusMessage {
  organizationId: string;
  channel: string;
  epoch: string;
  offset: number;
  /** JSON text of the push without channel, offset and epoch; starts with `{`. */
  body: string;
}

export interface BrokerStatus {
  kind: "memory" | "redis" | "upstash";
  status: "ok" | "down";
  latency_ms?: number;
}

export interface Broker {
  /** Starts receiving. `onMessages` is called with batches in the order of arrival. */
  start(onMessages: (messages: BusMessage[]) => void): Promise<void>;
  publish(messages: readonly BusMessage[]): void;
  /** Asks the bus; answers within 2 s. */
  status(): Promise<BrokerStatus>;
  close(): Promise<void>;
}
