// The stored channels that somebody on this instance reads: one topic each, from the first reference to the last. What the
// topics ask of whoever holds them is here, too.
import type { Logger } from "../kernel/log.ts";
import { Batching } from "./batching.ts";
import type { LogReads } from "./log_reads.ts";
import { Topic, type TopicHost } from "./topic.ts";

export class Topics implements TopicHost {
  delivered = 0;
  private readonly byChannel = new Map<string, Topic>();
  private readonly batching = new Batching();

  /** @param onReplaced the log has a new epoch: whoever reads this topic has to start again */
  constructor(
    private readonly reads: LogReads,
    private readonly log: Logger,
    private readonly onReplaced: (topic: Topic) => void,
  ) {}

  get size(): number {
    return this.byChannel.size;
  }

  /** The topic, if anything here refers to it. */
  find(organizationId: string, channel: string): Topic | undefined {
    return this.byChannel.get(key(organizationId, channel));
  }

  /** Takes one reference; wait for `ready` of the topic. Pair with `release`. */
  refer(organizationId: string, channel: string): Topic {
    const id = key(organizationId, channel);
    let topic = this.byChannel.get(id);
    if (!topic) {
      topic = new Topic(organizationId, channel, this.reads, this);
      topic.ready.catch(() => this.byChannel.delete(id));
      this.byChannel.set(id, topic);
    }
    topic.references++;
    return topic;
  }

  release(topic: Topic): void {
    if (--topic.references > 0) return;
    // A topic of another epoch may have taken its place.
    if (this.find(topic.organizationId, topic.channel) === topic) {
      this.byChannel.delete(key(topic.organizationId, topic.channel));
    }
    this.batching.forget(topic);
  }

  /** Reads a channel inside the server, from now on, for as long as it runs. */
  async listen(
    organizationId: string,
    channel: string,
    listener: (push: Record<string, unknown>) => void,
  ): Promise<void> {
    const topic = this.refer(organizationId, channel);
    await topic.ready;
    topic.listener = (body) => {
      try {
        listener(JSON.parse(body));
      } catch (error) {
        this.log.error("an internal reader failed", { channel, error });
      }
    };
  }

  scheduleFlush(topic: Topic): void {
    this.batching.schedule(topic);
  }

  /** Hands out what is gathered. */
  flushAll(): void {
    this.batching.flushAll();
  }

  /** The log was restored from a backup: positions mean nothing any more, so readers start again. */
  epochChanged(topic: Topic): void {
    this.byChannel.delete(key(topic.organizationId, topic.channel));
    this.log.warn("the event log has a new epoch; its readers reconnect", { channel: topic.channel });
    this.onReplaced(topic);
    if (topic.listener) this.refer(topic.organizationId, topic.channel).listener = topic.listener;
  }

  /** Those with a live subscriber. */
  *read(): Iterable<Topic> {
    for (const topic of this.byChannel.values()) if (topic.live.size) yield topic;
  }
}

function key(organizationId: string, channel: string): string {
  return `${organizationId} ${channel}`;
}
