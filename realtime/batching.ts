// When topics hand what they have gathered to readers that asked for batches: a topic that was quiet at once, the others once a tick.
// The tick grows with the number of readers and with how busy the event loop is.
import type { Topic } from "./topic.ts";

/** Pushes due within one tick travel to batching readers in one frame. */
const BATCH_TICK_MS = 10;
/** A tick that comes so late shows that the event loop is full: the next one waits longer, so that frames carry more. */
const LATE_MS = 5;
const MAX_BATCH_TICK_MS = 50;
/** A topic that is due so soon goes along with those that are due now. */
const EARLY_MS = 2;
/** One write per reader and tick is the cost of fan-out: with more readers than this per millisecond the tick grows. */
const READERS_PER_TICK_MS = 10;

export class Batching {
  private readonly dirty = new Set<Topic>();
  private tick: ReturnType<typeof setTimeout> | undefined;
  /** Between BATCH_TICK_MS and MAX_BATCH_TICK_MS, by how busy the event loop is. */
  private tickMs = BATCH_TICK_MS;
  private queued = false;

  /** The topic has something to hand out. */
  schedule(topic: Topic): void {
    this.dirty.add(topic);
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      for (const dirty of this.dirty) {
        if (!dirty.idle(this.waitFor(dirty))) continue;
        dirty.flush();
        this.dirty.delete(dirty);
      }
      this.scheduleTick();
    });
  }

  forget(topic: Topic): void {
    this.dirty.delete(topic);
  }

  /** Wakes when the first of the gathering topics is due. */
  private scheduleTick(): void {
    if (!this.dirty.size || this.tick) return;
    let wait = MAX_BATCH_TICK_MS;
    for (const dirty of this.dirty) wait = Math.min(wait, this.waitFor(dirty));
    const due = performance.now() + wait;
    this.tick = setTimeout(() => {
      this.tick = undefined;
      const late = performance.now() - due > LATE_MS;
      this.tickMs = late ? Math.min(MAX_BATCH_TICK_MS, this.tickMs * 1.5) : Math.max(BATCH_TICK_MS, this.tickMs * 0.9);
      for (const dirty of this.dirty) {
        if (!dirty.idle(this.waitFor(dirty) - EARLY_MS)) continue;
        this.dirty.delete(dirty);
        dirty.flush();
      }
      this.scheduleTick();
    }, wait);
  }

  /** How long pushes to the topic's batching readers are gathered. */
  private waitFor(topic: Topic): number {
    return Math.min(MAX_BATCH_TICK_MS, Math.max(this.tickMs, topic.batchedCount / READERS_PER_TICK_MS));
  }

  /** Hands out everything. */
  flushAll(): void {
    clearTimeout(this.tick);
    for (const topic of this.dirty) topic.flush();
    this.dirty.clear();
  }
}
