// Who is online, over all instances, without a database: every instance tells the others its users at once when one comes or
// goes and in full every 10 s; what an instance has not repeated for 30 s is forgotten (it died).
import type { Actor, PersonActor } from "../kernel/actor.ts";
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
  /** Who came or went here since the last note; empty: connections without a person. */
  private readonly touched = new Map<string, Set<string>>();
  private readonly reported = new Set<string>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private queued: ReturnType<typeof setTimeout> | undefined;
  /** Called when these people of an organisation may have come or gone, on any instance. */
  readonly listeners = new Set<(organizationId: string, userIds: string[]) => void>();

  constructor(private readonly hub: Hub) {}

  start(): void {
    this.send({ kind: "hello", from: this.self });
    this.timer = setInterval(() => this.repeat(), REPEAT_MS);
  }

  /** A connection of this actor came or went here. */
  changed(actor: Actor): void {
    let people = this.touched.get(actor.organizationId);
    if (!people) this.touched.set(actor.organizationId, people = new Set());
    if (isPerson(actor)) people.add(actor.userId);
    // Gathered for a moment: a thousand reconnecting readers are one message.
    this.queued ??= setTimeout(() => {
      this.queued = undefined;
      for (const [id, people] of this.touched) {
        this.report(id);
        this.tell(id, people);
      }
      this.touched.clear();
    }, 100);
  }

  private local(organizationId: string): Organization {
    const users = new Set<string>();
    let connections = 0;
    for (const { actor } of this.hub.connections) {
      if (actor?.organizationId !== organizationId) continue;
      connections++;
      if (isPerson(actor)) users.add(actor.userId);
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
    for (const [id, instance] of this.remote) if (instance.seen < limit) this.forget(id);
  }

  /** An instance has gone, and with it everybody who was connected to it. */
  private forget(id: string): void {
    const instance = this.remote.get(id);
    this.remote.delete(id);
    for (const [organization, { users }] of instance?.organizations ?? []) this.tell(organization, users);
  }

  private tell(organizationId: string, userIds: Iterable<string>): void {
    const ids = [...userIds];
    if (ids.length) { for (const listener of this.listeners) listener(organizationId, ids); }
  }

  private send(note: Note): void {
    const body = JSON.stringify({ type: "presence", data: note });
    this.hub.broker.publish([{ organizationId: SYSTEM_ORGANIZATION, channel: CHANNEL, epoch: "", offset: 0, body }]);
  }

  /** Takes a message off the bus if it is one of presence. */
  take(message: BusMessage): boolean {
    if (message.channel !== CHANNEL) return false;
    const note = (JSON.parse(message.body) as { data: Note }).data;
    if (note.kind === "bye") this.forget(note.from);
    else {
      let instance = this.remote.get(note.from);
      if (!instance) this.remote.set(note.from, instance = { seen: 0, organizations: new Map() });
      instance.seen = Date.now();
      if (note.kind === "state") {
        const before = new Set(instance.organizations.get(note.organization)?.users);
        instance.organizations.set(note.organization, { users: note.users, connections: note.connections });
        this.tell(note.organization, before.symmetricDifference(new Set(note.users)));
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

/** People count, programs with a token do not. */
function isPerson(actor: Actor): actor is PersonActor {
  return actor.kind === "person";
}
