// How a reader gets onto a channel: the channel's position, what of the past can still be sent, sending it, going live.
import type { Delivery } from "../protocol/wire/channels.ts";
import type { Position, SubscribedChannel } from "../protocol/wire/frames.ts";
import type { Connection } from "./connection.ts";
import { Encoded } from "./encoded.ts";
import type { Live } from "./live.ts";
import type { LiveFeed } from "./live_feed.ts";
import { type LogReads, MAX_EVENTS } from "./log_reads.ts";
import { Topic } from "./topic.ts";
import type { Topics } from "./topics.ts";

/** A reader that missed more than this fetches a snapshot instead. */
const MAX_RECOVERED = 10_000;

/** A subscription that was checked but not started; `join` sends what was missed and goes live. */
export interface Prepared {
  answer: SubscribedChannel;
  topic: Topic | LiveFeed;
  from: number;
}

export class Recovery {
  constructor(private readonly topics: Topics, private readonly live: Live, private readonly reads: LogReads) {}

  /** Finds the channel's position and whether everything after `since` can still be sent. Pair with `release`. */
  async prepare(
    organizationId: string,
    channel: string,
    since: Position | undefined,
    delivery: Delivery,
  ): Promise<Prepared> {
    if (delivery !== "durable") return await this.live.prepare(delivery, organizationId, channel, since);
    const topic = this.topics.refer(organizationId, channel);
    try {
      await topic.ready;
      // The reader may have seen, on another instance, what the bus has not brought here yet.
      if (since && since.epoch === topic.epoch && since.offset > topic.offset) await topic.catchUp();
      const recovered = since !== undefined && await this.recoverable(topic, since);
      return {
        topic,
        from: recovered ? since.offset : topic.offset,
        answer: { epoch: topic.epoch, offset: topic.offset, recovered },
      };
    } catch (error) {
      this.release(topic);
      throw error;
    }
  }

  private async recoverable(topic: Topic, since: Position): Promise<boolean> {
    const missed = topic.offset - since.offset;
    if (since.epoch !== topic.epoch || missed < 0 || missed > MAX_RECOVERED) return false;
    if (topic.recentAfter(since.offset)) return true;
    const { organizationId, channel } = topic;
    const [first] = await this.reads.read({ organizationId, channel, after: since.offset, limit: 1 });
    return first?.offset === since.offset + 1;
  }

  /**
   * Sends everything after `prepared.from` in order and makes the reader live. Waits for a reader that drains slowly.
   * @param wanted false once the subscription was cancelled or the connection closed meanwhile
   * @param greeted whether the feature tells a new reader the state itself
   */
  async join(reader: Connection, prepared: Prepared, wanted: () => boolean, greeted: boolean): Promise<void> {
    const { topic } = prepared;
    if (!(topic instanceof Topic)) return wanted() ? topic.join(reader, prepared, greeted) : undefined;
    let position = prepared.from;
    while (wanted()) {
      const recent = topic.recentAfter(position);
      if (recent) {
        for (const push of recent) reader.push(topic, push);
        topic.join(reader);
        return;
      }
      // Only up to `topic.offset`: what lies beyond is handed out by the topic itself.
      const end = topic.offset;
      const limit = Math.min(MAX_EVENTS, end - position);
      const { organizationId, channel } = topic;
      const page = await this.reads.read({ organizationId, channel, after: position, limit });
      for (const event of page) {
        if (event.offset > end || !wanted()) break;
        reader.push(topic, new Encoded({ organizationId, channel, ...event }));
        position = event.offset;
      }
      if (page.length === 0) position = end; // pruned meanwhile
      await reader.drained();
    }
  }

  /** Gives back what `prepare` has taken. */
  release(topic: Topic | LiveFeed): void {
    if (topic instanceof Topic) this.topics.release(topic);
    else this.live.release(topic);
  }
}
