// What the hub tells about itself: for /metrics, dashboards and jobs that work only for who reads.
import type { OrganizationStats, RealtimeStats } from "../kernel/ports.ts";
import type { Hub } from "./hub.ts";

export function realtimeStats({ connections, closing, topics, live, slowReaders }: Hub): RealtimeStats {
  let websockets = 0, streams = 0, subscriptions = 0, queued = 0;
  for (const connection of connections) {
    if (connection.mode === "stream") streams++;
    else websockets++;
    subscriptions += connection.subscriptions.size;
    queued += connection.queuedBytes();
  }
  for (const { transport } of closing) queued += transport.buffered();
  return {
    websockets,
    streams,
    subscriptions,
    channels: topics.size + live.size,
    delivered: topics.delivered + live.delivered,
    skipped: live.skipped,
    slow_readers: slowReaders,
    queued_bytes: queued,
  };
}

export function organizationStats(hub: Hub, organizationId: string): OrganizationStats {
  const { messages, channels } = hub.rates.lastMinute(organizationId);
  for (const topic of read(hub)) if (topic.organizationId === organizationId) channels.add(topic.channel);
  return {
    connections: hub.presence.connections(organizationId),
    online_users: hub.presence.onlineUsers(organizationId).length,
    messages_per_minute: messages,
    active_channels: channels.size,
  };
}

/** Organisations of which somebody reads something on this instance. */
export function organizationsHere(hub: Hub): string[] {
  return [...new Set([...read(hub)].map((topic) => topic.organizationId))];
}

/** Organisations with a subscriber of this channel on this instance. */
export function organizationsReading(hub: Hub, channel: string): string[] {
  return [...read(hub)].filter((topic) => topic.channel === channel).map((topic) => topic.organizationId);
}

/** What somebody on this instance reads, of all classes. */
function* read({ topics, live }: Hub): Iterable<{ organizationId: string; channel: string }> {
  yield* topics.read();
  yield* live.read();
}
