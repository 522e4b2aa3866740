// Finds pushes that neither this instance nor the bus brought, by comparing the newest offsets of the log with what the
// topics have handed out: a bus that is down, or a crash between COMMIT and publish, delays a push and never loses it.
import type { Logger } from "../kernel/log.ts";
import type { EventSource } from "./event_source.ts";
import type { Topic } from "./topic.ts";
import type { Topics } from "./topics.ts";

export class Reconciliation {
  /** Topics that the log has more of than they have handed out, up to which offset: until they have it. */
  private readonly behind = new Map<Topic, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  /** @param everyMs between two rounds, on average: instances do not ask in step */
  constructor(
    private readonly source: EventSource,
    private readonly topics: Topics,
    private readonly everyMs: number,
    private readonly log: Logger,
  ) {}

  start(): void {
    if (this.closed) return;
    const wait = this.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => void this.reconcile().finally(() => this.start()), wait);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async reconcile(): Promise<void> {
    try {
      for (const head of await this.source.changed()) {
        const topic = this.topics.find(head.organizationId, head.channel);
        if (!topic) continue;
        if (topic.epoch && head.epoch !== topic.epoch) this.topics.epochChanged(topic);
        else if (topic.epoch && head.offset > topic.offset) this.behind.set(topic, head.offset);
      }
      for (const [topic, offset] of this.behind) {
        const inUse = this.topics.find(topic.organizationId, topic.channel) === topic;
        if (inUse) await topic.catchUp();
        if (!inUse || topic.offset >= offset) this.behind.delete(topic);
      }
    } catch (error) {
      this.log.debug("reconciling failed; tried again soon", { error: String(error) });
    }
  }
}
