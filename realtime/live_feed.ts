// What the three classes that are not stored (signal, stream, relay) have in common: a feed is one such channel on an instance
// where somebody reads it. Readers who do not keep up stay connected; what they miss is the class's own rule. So each feed knows
// who is behind, and is asked (`pump`) until nobody is.
import type { Bytes } from "../protocol/wire/binary.ts";
import type { Position, SubscribedChannel } from "../protocol/wire/frames.ts";
import type { Subscriber } from "./topic.ts";

/** Who a feed hands pushes to. Implemented by Connection. */
export interface Reader extends Subscriber {
  /** Whether so many bytes fit into that part of the send queue which pushes may take that can be left out. */
  fits(bytes: number): boolean;
  pushBinary(bytes: Bytes): void;
}

/** Where a reader begins. */
export interface Start {
  answer: SubscribedChannel;
  from: number;
}

export interface LiveFeed {
  readonly organizationId: string;
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  /** Subscriptions in any state; at 0 the feed is dropped. */
  references: number;
  readonly readers: ReadonlyMap<Reader, unknown>;
  /** Resolves when what the source sends arrives here. */
  ready: Promise<void>;
  /** A message of the source, which is on the instance `from`. */
  take(bytes: Bytes, from: string): void;
  /** What the ack tells a reader who comes with this position. */
  start(since: Position | undefined): Start;
  /** @param greeted the feature tells the state itself */
  join(reader: Reader, start: Start, greeted: boolean): void;
  leave(reader: Reader): void;
  /** Hands over what readers who are behind can take by now. @returns whether somebody still is */
  pump(): boolean;
}

/** What a feed asks of the part that holds it. */
export interface FeedHost {
  /** Pushes handed to readers. */
  delivered: number;
  /** Frames and lines that readers did not get since they were behind. */
  skipped: number;
  /** `pump` is wanted soon. */
  behind(feed: LiveFeed): void;
}
