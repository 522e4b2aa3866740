// What the hub needs of the event log (implemented by db/event_log.ts; realtime does not import db).

export interface StoredEvent {
  offset: number;
  epoch: string;
  body: string;
}

export interface EventSource {
  /** Position of the newest event; offset 0 and the log's epoch when there never was one. */
  head(organizationId: string, channel: string): Promise<{ epoch: string; offset: number }>;
  /** Events with offset > after, in order, at most `limit`. */
  read(organizationId: string, channel: string, after: number, limit: number): Promise<StoredEvent[]>;
  /** Channels that got events since the call before (with overlap), with their newest offset: for the sweep. */
  changed(): Promise<{ organizationId: string; channel: string; epoch: string; offset: number }[]>;
}
