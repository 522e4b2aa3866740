// What the hub needs of the event log (implemented by db/event_log.ts; realtime does not import db).

export interface StoredEvent {
  offset: number;
  epoch: string;
  body: string;
}

export interface LogChannel {
  organizationId: string;
  channel: string;
}

/** Events with offset > after, in order, at most `limit`. */
export interface LogRange extends LogChannel {
  after: number;
  limit: number;
}

export interface LogHead {
  epoch: string;
  offset: number;
}

export interface EventSource {
  /** Positions of the newest events, in the order of the channels; offset 0 and the log's epoch when there never was one. */
  heads(channels: readonly LogChannel[]): Promise<LogHead[]>;
  /** The events of each range. */
  read(ranges: readonly LogRange[]): Promise<StoredEvent[][]>;
  /** Channels that got events since the call before (with overlap), with their newest offset: for reconciling. */
  changed(): Promise<{ organizationId: string; channel: string; epoch: string; offset: number }[]>;
}
