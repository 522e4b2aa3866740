// Reads a channel of the class stream: numbered lines of one source, kept for a while. After a reconnect reading goes on
// behind the last line; which lines do not come, and that the source has begun anew, is told.
import type { PulpoConnection } from "./connection.ts";
import type { Subscription } from "./connection_types.ts";
import type { Position, Push } from "./types.ts";

export interface LineHandlers<Line = unknown> {
  /** @param first the number of the first of them */
  onLines(lines: Line[], first: number): void;
  /** These lines do not come: the source left them out, this reader was too slow, or away for too long. */
  onGap?(from: number, to: number): void;
  /** Another life of the source: numbers begin anew. */
  onRestart?(): void;
}

/** @param options.since what `connection.positions[channel]` was earlier */
export function readLines<Line = unknown>(
  connection: Pick<PulpoConnection, "subscribe" | "on" | "positions">,
  channel: string,
  handlers: LineHandlers<Line>,
  options: { since?: Position } = {},
): Subscription {
  /** The last line that is dealt with. */
  let at = options.since;
  /** Goes on to a line of this life. @returns the number of the one before */
  const moveTo = (next: Position): number => {
    const isNew = at !== undefined && at.epoch !== "" &&
      at.epoch !== next.epoch;
    if (isNew) handlers.onRestart?.();
    // Who has not come to any line yet misses none.
    const before = at === undefined ? next.offset : at.epoch === next.epoch ? at.offset : 0;
    at = next;
    return before;
  };
  const take = ({ type, data, epoch, offset }: Push) => {
    if (epoch === undefined || offset === undefined) return;
    moveTo({ epoch, offset });
    if (type === "gap") {
      const { from, to } = data as { from: number; to: number };
      return handlers.onGap?.(from, to);
    }
    const { lines, first } = (data ?? {}) as {
      lines?: unknown;
      first?: unknown;
    };
    if (Array.isArray(lines) && typeof first === "number") {
      handlers.onLines(lines as Line[], first);
    } else handlers.onLines([data as Line], offset);
  };
  const stops = [
    connection.on("gap", (name) => {
      const now = connection.positions[channel];
      // Without a source there is nothing that could be missed.
      if (name !== channel || !now?.epoch) return;
      const before = moveTo(now);
      if (now.offset > before) handlers.onGap?.(before + 1, now.offset);
    }),
    // Also as the connection is lost: before the first line, that is where it was subscribed. Later the lines say it: the
    // connection may be further already, behind a gap that is told next.
    connection.on("state", () => {
      at ??= connection.positions[channel];
    }),
  ];
  const subscription = connection.subscribe(
    channel,
    take,
    options.since ? { since: { [channel]: options.since } } : {},
  );
  // The connection may know it from another reader, or from what it was made with.
  at ??= connection.positions[channel];
  return {
    channels: subscription.channels,
    unsubscribe: () => {
      for (const stop of stops) stop();
      subscription.unsubscribe();
    },
  };
}
