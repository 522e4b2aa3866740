// The hub as features see it (kernel/ports.ts).
import type { Realtime } from "../kernel/ports.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Connection } from "./connection.ts";
import { organizationsHere, organizationsReading, organizationStats } from "./figures.ts";
import type { Hub } from "./hub.ts";

function connectionsOf(hub: Hub, matches: (actor: Actor) => boolean): Connection[] {
  return [...hub.connections].filter(({ actor }) => actor && matches(actor));
}

export function realtimePort(hub: Hub): Realtime {
  return {
    publishEphemeral: (organizationId, channel, type, data, ...[extra]) =>
      hub.publishEphemeral(organizationId, channel, { type, data, extra }),
    publishLocal: (organizationId, channel, type, data, ...[extra]) =>
      hub.publishLocal(organizationId, channel, { type, data, extra }),
    signal: (...signal) => hub.live.signal(...signal),
    openStream: (...stream) => hub.live.openStream(...stream),
    openRelay: (...relay) => hub.live.openRelay(...relay),
    organizationsHere: () => organizationsHere(hub),
    organizationsReading: (channel) => organizationsReading(hub, channel),
    busStatus: () => hub.broker.status(),
    accepting: () => hub.accepting,
    *actorsHere() {
      for (const { actor } of hub.connections) if (actor) yield actor;
    },
    onPresence: (listener) => void hub.presence.listeners.add(listener),
    onLink: (listener) => void hub.identities.listeners.add(listener),
    changesOfRights: () => hub.rechecks.changes,
    endConnections(matches, reason) {
      hub.rechecks.changes++;
      for (const connection of connectionsOf(hub, matches)) connection.close(CLOSE.unauthenticated, reason);
    },
    rightsChanged(matches, channel) {
      // What a channel's rows say is asked when it is subscribed.
      if (channel === undefined) hub.rechecks.changes++;
      for (const connection of connectionsOf(hub, matches)) connection.access.changed(channel);
    },
    onlineUsers: (organizationId) => hub.presence.onlineUsers(organizationId),
    ask: (identity, command, options) => hub.asks.ask(identity, command, options),
    linked: (identity) => hub.identities.linked(identity),
    allLinked: () => hub.identities.allLinked(),
    linkedOf: (organizationId) => hub.identities.linkedOf(organizationId),
    stats: () => hub.stats(),
    slowReaders: () => hub.slowReadersOf,
    organizationStats: (organizationId) => organizationStats(hub, organizationId),
  };
}
