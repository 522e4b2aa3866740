// Who is connected, by identity, over all instances. Agents have one link each: where it is, every instance knows, since the one
// that holds it tells the others when it comes and goes, and every few seconds how far its list is; who missed something asks for
// the whole list; what is silent for 30 s is forgotten (it died). Other identities are asked for when somebody wants them.
// Invariants:
//  - of one agent one connection lives: a newer one is let in only when the older does not answer (4409 for the one that goes);
//  - two that came at once on two instances settle it the same way as soon as the instances hear of each other.
import { type Actor, type Identity, identityOf } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { KeyedQueue } from "../kernel/keyed_queue.ts";
import type { LinkChange } from "../kernel/ports.ts";
import type { Logger } from "../kernel/log.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";
import { InstanceBus } from "./instance_bus.ts";

const REPEAT_MS = 5000;
const FORGET_MS = 30_000;
/** How long the peer of the older connection gets to show that it lives. */
const PROBE_MS = 2000;
/** The same with the way to another instance and back. */
const REMOTE_PROBE_MS = 3000;
/** How long other instances get to say that they hold somebody. */
const FIND_MS = 1000;
/** Newcomers of one identity that may wait for each other. */
const MAX_CLAIMS = 8;

interface Link {
  identity: Identity;
  organizationId: string;
  /** When it came, milliseconds since 1970 by the clock of its instance. */
  since: number;
}

interface Instance {
  seen: number;
  /** Counts the changes of its list. */
  version: number;
  links: Map<Identity, Link>;
  /** The whole list was asked for and has not come yet. */
  asked: boolean;
}

export class Identities {
  private readonly local = new Map<Identity, Set<Connection>>();
  private readonly links = new Map<Identity, Link & { connection: Connection }>();
  private readonly instances = new Map<string, Instance>();
  private readonly claims = new KeyedQueue(MAX_CLAIMS);
  private version = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** Called on every instance when an agent's link came or went, wherever it is. */
  readonly listeners = new Set<(change: LinkChange) => void>();
  /** Called when a connection is over, whoever it was. */
  onLeft: ((connection: Connection) => void) | undefined;

  readonly bus: InstanceBus;

  constructor(broker: Broker, log: Logger) {
    const bus = this.bus = new InstanceBus(broker, log);
    bus.on("links_wanted", (_: null, from) => this.tellAll(from));
    bus.on("links", (list: { version: number; links: Link[] }, from) => this.takeAll(from, list));
    bus.on("link_came", (note: { version: number; link: Link }, from) => this.takeCame(from, note));
    bus.on("link_went", (note: { version: number; identity: Identity }, from) => this.takeWent(from, note));
    bus.on("links_at", (note: { version: number }, from) => this.takeVersion(from, note.version));
    bus.on("bye", (_: null, from) => this.forget(from));
    bus.on("probe", ({ identity }: { identity: Identity }) => this.probeHere(identity));
    bus.on("who", ({ identity }: { identity: Identity }) => this.local.has(identity) ? { from: bus.self } : undefined);
  }

  start(): void {
    void this.bus.start().then(() => this.bus.send("links_wanted", null));
    this.timer = setInterval(() => this.repeat(), REPEAT_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.bus.send("bye", null);
  }

  // ---- what is known

  /** True when an agent with this identity has a link, on any instance. */
  linked(identity: Identity): boolean {
    return this.links.has(identity) || this.holderOf(identity) !== undefined;
  }

  /** All agents that have a link, on any instance. */
  allLinked(): Identity[] {
    const all = new Set(this.links.keys());
    for (const { links } of this.instances.values()) for (const identity of links.keys()) all.add(identity);
    return [...all];
  }

  /** How many agents of the organisation have a link, on any instance. */
  linkedOf(organizationId: string): number {
    const found = new Set<Identity>();
    for (const links of [this.links, ...[...this.instances.values()].map((instance) => instance.links)]) {
      for (const link of links.values()) if (link.organizationId === organizationId) found.add(link.identity);
    }
    return found.size;
  }

  /** The newest connection of the identity on this instance. */
  here(identity: Identity): Connection | undefined {
    return [...this.local.get(identity) ?? []].at(-1);
  }

  /** The other instance that holds a connection of the identity; asks for it when nothing is known. */
  async find(identity: Identity, timeoutMs: number): Promise<string | undefined> {
    const known = this.holderOf(identity);
    if (known || identity.startsWith("agent:")) return known;
    const answer = await this.bus.ask<{ from: string }>("who", { identity }, undefined, Math.min(timeoutMs, FIND_MS));
    return answer?.from;
  }

  /** The other instance with the newest link of the agent. */
  private holderOf(identity: Identity): string | undefined {
    let holder: string | undefined, newest = -Infinity;
    for (const [id, { links }] of this.instances) {
      const since = links.get(identity)?.since ?? -Infinity;
      if (since > newest) [holder, newest] = [id, since];
    }
    return holder;
  }

  // ---- this instance's own

  /**
   * Lets a connection take its identity. Of an agent only when no other one of it lives.
   * @param take makes the connection the actor's
   * @throws AppError `already_connected`
   */
  async claim(actor: Actor, take: () => unknown): Promise<void> {
    if (actor.kind !== "agent") return void take();
    const identity = identityOf(actor);
    await this.claims.run(identity, async () => {
      if (await this.probeHere(identity).then((probe) => probe?.alive) || await this.probeElsewhere(identity)) {
        throw new AppError("already_connected", "This agent is connected already, and that connection answers.");
      }
      take();
    });
  }

  entered(connection: Connection): void {
    const actor = connection.actor!, identity = identityOf(actor);
    const all = this.local.get(identity);
    if (all) all.add(connection);
    else this.local.set(identity, new Set([connection]));
    if (actor.kind !== "agent") return;
    const link: Link = { identity, organizationId: actor.organizationId, since: Date.now() };
    const known = this.linked(identity);
    this.links.set(identity, { ...link, connection });
    this.bus.send("link_came", { version: ++this.version, link });
    if (!known) this.tell(link, true, true);
  }

  left(connection: Connection): void {
    const identity = identityOf(connection.actor!);
    const all = this.local.get(identity);
    if (!all?.delete(connection)) return;
    if (all.size === 0) this.local.delete(identity);
    this.onLeft?.(connection);
    const link = this.links.get(identity);
    if (link?.connection !== connection) return;
    this.links.delete(identity);
    this.bus.send("link_went", { version: ++this.version, identity });
    if (!this.linked(identity)) this.tell(link, false, true);
  }

  /** Whether the peer of the link here answers; one that does not is closed. Undefined: there is none here. */
  private async probeHere(identity: Identity): Promise<{ alive: boolean } | undefined> {
    const connection = this.links.get(identity)?.connection;
    if (!connection) return undefined;
    connection.send({ type: "ping" });
    const alive = await connection.pulse.next(PROBE_MS) && !connection.closed;
    if (!alive) connection.close(CLOSE.replaced, "this agent has connected anew, and this connection did not answer");
    return { alive };
  }

  private async probeElsewhere(identity: Identity): Promise<boolean> {
    const holder = this.holderOf(identity);
    if (!holder) return false;
    const answer = await this.bus.ask<{ alive: boolean }>("probe", { identity }, holder, REMOTE_PROBE_MS);
    if (answer?.alive) return true;
    // It has none (any more), or has died itself: what is left of it here is out of date.
    this.drop(holder, identity);
    return false;
  }

  /** Two instances hold a link of one agent: the newer one stays only when the older does not answer. Both sides see the same. */
  private settle(theirs: Link, holder: string): void {
    const mine = this.links.get(theirs.identity);
    if (!mine) return;
    const newer = mine.since > theirs.since || (mine.since === theirs.since && this.bus.self > holder);
    if (!newer) return;
    void this.claims.run(theirs.identity, async () => {
      if (!await this.probeElsewhere(theirs.identity) || mine.connection.closed) return;
      mine.connection.close(CLOSE.replaced, "another connection of this agent is there and answers");
    }).catch(() => {}); // so many are waiting that one of them settles it
  }

  // ---- other instances

  private instance(id: string): Instance {
    let instance = this.instances.get(id);
    if (!instance) {
      this.instances.set(id, instance = { seen: 0, version: -1, links: new Map(), asked: false });
    }
    instance.seen = Date.now();
    return instance;
  }

  private takeAll(from: string, { version, links }: { version: number; links: Link[] }): void {
    const instance = this.instance(from);
    const now = new Set(links.map((link) => link.identity));
    instance.asked = false;
    if (version < instance.version) return; // changes came before it
    instance.version = version;
    for (const identity of [...instance.links.keys()]) if (!now.has(identity)) this.drop(from, identity);
    for (const link of links) this.add(from, instance, link);
  }

  private takeCame(from: string, { version, link }: { version: number; link: Link }): void {
    const instance = this.instance(from);
    if (version === instance.version + 1) instance.version = version;
    this.add(from, instance, link);
    this.takeVersion(from, version);
  }

  private takeWent(from: string, { version, identity }: { version: number; identity: Identity }): void {
    const instance = this.instance(from);
    if (version === instance.version + 1) instance.version = version;
    this.drop(from, identity);
    this.takeVersion(from, version);
  }

  /** Asks for the whole list when a change of it was missed. */
  private takeVersion(from: string, version: number): void {
    const instance = this.instance(from);
    if (instance.version === version || instance.asked) return;
    instance.asked = true;
    this.bus.send("links_wanted", null, from);
  }

  private add(from: string, instance: Instance, link: Link): void {
    const before = instance.links.get(link.identity);
    const known = this.linked(link.identity);
    const holder = this.holderOf(link.identity);
    // The agent has connected anew: what it was asked through the older link has no answer.
    if (holder && holder !== from) this.bus.lost(holder, link.identity);
    instance.links.set(link.identity, link);
    if (!known) this.tell(link, true, false);
    if (before?.since !== link.since) this.settle(link, from);
  }

  private drop(from: string, identity: Identity): void {
    const link = this.instances.get(from)?.links.get(identity);
    if (!link) return;
    this.instances.get(from)!.links.delete(identity);
    this.bus.lost(from, identity);
    if (!this.linked(identity)) this.tell(link, false, false);
  }

  private forget(id: string): void {
    this.bus.lost(id);
    for (const identity of [...this.instances.get(id)?.links.keys() ?? []]) this.drop(id, identity);
    this.instances.delete(id);
  }

  private tellAll(to: string): void {
    const links = [...this.links.values()].map(({ identity, organizationId, since }) => ({
      identity,
      organizationId,
      since,
    }));
    this.bus.send("links", { version: this.version, links }, to);
  }

  private repeat(): void {
    this.bus.send("links_at", { version: this.version });
    const limit = Date.now() - FORGET_MS;
    for (const [id, instance] of this.instances) {
      instance.asked = false; // an answer that was lost is asked for again
      if (instance.seen < limit) this.forget(id);
    }
  }

  private tell({ organizationId, identity }: Link, online: boolean, here: boolean): void {
    for (const listener of this.listeners) listener({ organizationId, identity, online, here });
  }
}
