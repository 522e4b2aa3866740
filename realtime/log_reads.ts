// How readers read the event log: many channels in one statement, a few statements at a time. A reader that subscribes to 200
// channels costs one for their positions and one for what it missed, and a thousand readers that come back at once share them.
// What repairs a live channel (topic.ts) does not wait here: it reads by itself.
import { ReadBatch } from "../kernel/read_batch.ts";
import type { EventSource, LogChannel, LogHead, LogRange, StoredEvent } from "./event_source.ts";

/** Channels whose positions are asked for in one statement. */
const MAX_HEADS = 1000;
/** Events that one statement brings, as they weigh in memory. */
export const MAX_EVENTS = 500;

export class LogReads {
  private readonly heads: ReadBatch<LogChannel, LogHead>;
  private readonly ranges: ReadBatch<LogRange, StoredEvent[]>;

  constructor(readonly source: EventSource) {
    this.heads = new ReadBatch({
      read: (channels) => source.heads(channels),
      maxWeight: MAX_HEADS,
      maxRunning: 2,
    });
    this.ranges = new ReadBatch({
      read: (ranges) => source.read(ranges),
      maxWeight: MAX_EVENTS,
      weight: ({ limit }) => limit,
      maxRunning: 4,
    });
  }

  head(channel: LogChannel): Promise<LogHead> {
    return this.heads.ask(channel);
  }

  /** @param range at most MAX_EVENTS */
  read(range: LogRange): Promise<StoredEvent[]> {
    return this.ranges.ask(range);
  }
}
