// The hub as features see it (kernel/ports.ts).
import type { Realtime } from "../kernel/ports.ts";
import type { Hub } from "./hub.ts";

export function realtimePort(hub: Hub): Realtime {
  return {
    publishEphemeral: (organizationId, channel, type, data, extra) =>
      hub.publishEphemeral(organizationId, channel, { type, data, extra }),
    publishLocal: (organizationId, channel, type, data, extra) =>
      hub.publishLocal(organizationId, channel, { type, data, extra }),
    organizationsHere: () => hub.organizationsHere(),
    organizationsReading: (channel) => hub.organizationsReading(channel),
    busStatus: () => hub.broker.status(),
    accepting: () => hub.accepting,
    onlineUsers: (organizationId) => hub.presence.onlineUsers(organizationId),
    stats: () => hub.stats(),
    slowReaders: () => hub.slowReadersOf,
    organizationStats: (organizationId) => {
      const { messages, channels } = hub.rates.lastMinute(organizationId);
      for (const channel of hub.channelsOf(organizationId)) channels.add(channel);
      return {
        connections: hub.presence.connections(organizationId),
        online_users: hub.presence.onlineUsers(organizationId).length,
        messages_per_minute: messages,
        active_channels: channels.size,
      };
    },
  };
}
