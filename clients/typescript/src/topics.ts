// What a connection reads and where it stands in each channel. Invariant: a handler sees each durable push once and in
// order, whatever reconnects lie in between; a gap that the server cannot fill is reported, never passed over.
import type { Position, Push, SubscribeAck } from "./types.ts";

export type PushHandler = (push: Push) => void;

export interface Topic {
  /** As it was asked for. */
  readonly name: string;
  /** As pushes carry it, once the server has said so. */
  canonical: string;
  position: Position | undefined;
  /** One entry per subscription; undefined for those that only listen to the connection's `push` event. */
  readonly readers: Set<{ handler: PushHandler | undefined }>;
  readonly presence: boolean;
}

export class Topics {
  private readonly byName = new Map<string, Topic>();

  /** Adds a reader; `isNew` tells that the channel must be subscribed on the server. */
  add(name: string, handler: PushHandler | undefined, presence: boolean, since?: Position) {
    let topic = this.byName.get(name);
    const isNew = topic === undefined;
    if (!topic) {
      topic = { name, canonical: name, position: since, readers: new Set(), presence };
      this.byName.set(name, topic);
    }
    const reader = { handler };
    topic.readers.add(reader);
    return { topic, reader, isNew };
  }

  delete(topic: Topic): void {
    if (this.byName.get(topic.name) === topic) this.byName.delete(topic.name);
  }

  all(): Topic[] {
    return [...this.byName.values()];
  }

  /** Topics that a push of this channel is for. */
  private of(channel: string): Topic[] {
    const exact = this.byName.get(channel);
    const others = this.all().filter((topic) => topic !== exact && topic.canonical === channel);
    return exact ? [exact, ...others] : others;
  }

  positions(): Record<string, Position> {
    const known = this.all().filter((topic) => topic.position !== undefined);
    return Object.fromEntries(known.map((topic) => [topic.name, topic.position!]));
  }

  /**
   * Takes the server's answer for what was asked with `since`.
   * @returns topics whose missed pushes are too old, and topics that may not be read (they are removed).
   */
  acknowledge(ack: SubscribeAck, since: Record<string, Position>) {
    const gaps: string[] = [];
    const denied: { topic: Topic; code: string }[] = [];
    for (const [name, { epoch, offset, recovered, channel }] of Object.entries(ack.channels)) {
      const topic = this.byName.get(name);
      if (!topic) continue;
      topic.canonical = channel ?? name;
      if (name in since) {
        if (recovered) continue; // what was missed follows as pushes
        gaps.push(name);
      }
      topic.position = { epoch, offset };
    }
    for (const [name, code] of Object.entries(ack.denied)) {
      const topic = this.byName.get(name);
      if (!topic) continue;
      this.byName.delete(name);
      denied.push({ topic, code });
    }
    return { gaps, denied };
  }

  /** Moves the positions; returns the handlers to call, or undefined when everybody has seen this push. */
  take(push: Push): PushHandler[] | undefined {
    const fresh = this.of(push.channel).filter((topic) => {
      if (push.offset === undefined || push.epoch === undefined) return true;
      const { position } = topic;
      if (position && position.epoch === push.epoch && push.offset <= position.offset) return false;
      topic.position = { epoch: push.epoch, offset: push.offset };
      return true;
    });
    if (fresh.length === 0) return undefined;
    const readers = fresh.flatMap((topic) => [...topic.readers]);
    return readers.map((reader) => reader.handler).filter((handler) => handler !== undefined);
  }
}
