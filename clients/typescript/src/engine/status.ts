// What is known of a connection.

/**
 * `connecting`: first connection · `resuming`: connected again, missed pushes are still arriving · `offline`: waiting
 * for the next try, or trying (`retryAt` is null) · `refused`: connected, but none of the channels may be followed ·
 * `closed`: not started, stopped, or refused for good.
 */
export type LinkState =
  | "connecting"
  | "live"
  | "resuming"
  | "offline"
  | "refused"
  | "closed";

export type Transport = "socket" | "stream";

export interface LinkStatus {
  state: LinkState;
  /** `stream`: WebSockets do not get through. */
  transport: Transport;
  /** Tries since the connection was lost. */
  attempt: number;
  /** When the next try comes (milliseconds since 1970), while offline. */
  retryAt: number | null;
  /** Why the last connection ended: a close code, or 0 for none. */
  closeCode: number;
}
