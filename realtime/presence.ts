// Who is online, over all instances, without a database: every instance tells the others its users at once when one comes or
// goes and in full every 10 s; what an instance has not repeated for 30 s is forgotten (it died).
import { newId, SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import type { BusMessage } from "./broker.ts";
import type { Hub } from "./hub.ts";

const CHANNEL = "_presence";
const REPEAT_MS = 10_000;
const FORGET_MS = 30_000;

interface Organization {
  users: string[];
  connections: number;
}

type Note =
  | { kind: "hello"; from: string }
  | { kind: "bye"; from: string }
  /** The full state of one organisation on one instance. */
  | { kind: "state"; from: string; organization: string; users: string[]; connections: number };

export class Presence {
  private readonly self = newId();
  private readonly remote = new Map<string, { seen: number; organizations: Map<string, Organization> }>();
  private readonly changedOrganizations = new Set<string>();
  private readonly reported = new Set<string>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private queued: ReturnType<typeof setTimeout> | undefined;
  /** Called when a person of this organisation may have come or gone, on any instance. */
  onChange: ((organizationId: string) => void) | undefined;

  constructor(private readonly hub: Hub) {}

  start(): void {
    this.send({ kind: "hello", from: this.self });
    this.timer = setInterval(() => this.repeat(), REPEAT_MS);
  }

  /** A connection of this organisation came or went here. */
  changed(organizationId: string): void {
    this.changedOrganizations.add(organizationId);
    // Gathered for a moment: a thousand reconnecting readers are one message.
    this.queued ??= setTimeout(() => {
      this.queued = undefined;
      for (const id of this.changedOrganizations) {
        this.report(id);
        this.onChange?.(id);
      }
      this.changedOrganizations.clear();
    }, 100);
  }

  private local(organizationId: string): Organization {
    const users = new Set<string>();
    let connections = 0;
    for (const { actor } of this.hub.connections) {
      if (actor?.organizationId !== organizationId) continue;
      connections++;
      if (actor.userId && actor.kind === "user") users.add(actor.userId);
    }
    return { users: [...users], connections };
  }

  private report(organizationId: string): void {
    const state = this.local(organizationId);
    if (state.connections) this.reported.add(organizationId);
    else this.reported.delete(organizationId);
    this.send({ kind: "state", from: this.self, organization: organizationId, ...state });
  }

  private repeat(): void {
    for (const id of this.reported) this.report(id);
    const limit = Date.now() - FORGET_MS;
    for (const [id, instance] of this.remote) if (instance.seen < limit) this.remote.delete(id);
  }

  private send(note: Note): void {
    const body = JSON.stringify({ type: "presence", data: note });
    this.hub.broker.publish([{ organizationId: SYSTEM_ORGANIZATION, channel: CHANNEL, epoch: "", offset: 0, body }]);
  }

  /** Takes a message off the bus if it is one of presence. */
  take(message: BusMessage): boolean {
    if (message.channel !== CHANNEL) return false;
    const note = (JSON.parse(message.body) as { data: Note }).data;
    if (note.kind === "bye") this.remote.delete(note.from);
    else {
      let instance = this.remote.get(note.from);
      if (!instance) this.remote.set(note.from, instance = { seen: 0, organizations: new Map() });
      instance.seen = Date.now();
      if (note.kind === "state") {
        instance.organizations.set(note.organization, { users: note.users, connections: note.connections });
        this.onChange?.(note.organization);
      } else for (const id of this.reported) this.report(id);
    }
    return true;
  }

  onlineUsers(organizationId: string): string[] {
    const users = new Set(this.local(organizationId).users);
    for (const { organizations } of this.remote.values()) {
      for (const user of organizations.get(organizationId)?.users ?? []) users.add(user);
    }
    return [...users];
  }

  connections(organizationId: string): number {
    let sum = this.local(organizationId).connections;
    for (const { organizations } of this.remote.values()) sum += organizations.get(organizationId)?.connections ?? 0;
    return sum;
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.queued);
    this.send({ kind: "bye", from: this.self });
  }
}
