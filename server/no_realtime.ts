// The realtime side of a command that runs without a server: nobody is connected here. Durable events that the command
// writes are found by the running instances when they reconcile.
import { AppError } from "../kernel/errors.ts";
import type { Realtime } from "../kernel/ports.ts";

export const noRealtime: Realtime = {
  publishEphemeral() {},
  publishLocal() {},
  signal() {},
  openStream: () => ({ read: false, append() {}, close() {} }),
  openRelay: () => ({ read: false, send() {}, close() {} }),
  organizationsHere: () => [],
  organizationsReading: () => [],
  busStatus: () => Promise.resolve({ kind: "memory", status: "ok" }),
  accepting: () => false,
  actorsHere: () => [],
  onPresence() {},
  onLink() {},
  changesOfRights: () => 0,
  endConnections() {},
  rightsChanged() {},
  onlineUsers: () => [],
  ask: () => Promise.reject(new AppError("agent_offline", "No server runs here that agents could be connected to.")),
  linked: () => false,
  allLinked: () => [],
  linkedOf: () => 0,
  slowReaders: () => new Map(),
  organizationStats: () => ({ connections: 0, online_users: 0, messages_per_minute: 0, active_channels: 0 }),
  stats: () => ({
    websockets: 0,
    streams: 0,
    subscriptions: 0,
    channels: 0,
    delivered: 0,
    skipped: 0,
    slow_readers: 0,
    queued_bytes: 0,
  }),
};
