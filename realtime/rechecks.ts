// Which open connections are to be checked again, because rights may have changed. Invariants (rights_test.ts):
//  - what is asked for several times before its turn is done once; one connection is never checked twice at a time, so that
//    an older answer cannot take the place of a newer one;
//  - a check begins after it was asked for: what comes while one runs is done after it;
//  - nobody stays with an actor that was read before a change and came in after it (`since`);
//  - so many connections are checked at a time that their questions fill whole statements, and no more.
import { type Actor, atLeast } from "../kernel/actor.ts";
import type { Connection } from "./connection.ts";

/** What is to be looked at. */
export interface Due {
  /** The actor's own rights, and all that it reads when one is lost. */
  actor: boolean;
  /** Channels whose rows have changed. */
  channels: Set<string>;
}

const MAX_RUNNING = 64;

export class Rechecks {
  /** How often this instance was told that somebody's rights have changed or ended. */
  changes = 0;
  private readonly due = new Map<Connection, Due>();
  private readonly running = new Set<Connection>();

  /** @param channel rights on this channel changed; absent: those of the connection's actor. */
  add(connection: Connection, channel?: string): void {
    let due = this.due.get(connection);
    if (!due) this.due.set(connection, due = { actor: false, channels: new Set() });
    if (channel === undefined) due.actor = true;
    else due.channels.add(channel);
    this.start();
  }

  /**
   * Whoever has just come: news that came while the actor was read found no connection of theirs. If there was any, the
   * connection gets the rights of now, or ends.
   * @param before `changes` before the actor was read
   */
  async since(before: number, connection: Connection): Promise<void> {
    if (this.changes !== before) await connection.access.recheck({ actor: true, channels: new Set() });
  }

  /** Nothing waits and nothing runs. */
  get idle(): boolean {
    return this.due.size === 0 && this.running.size === 0;
  }

  private start(): void {
    for (const [connection, due] of this.due) {
      if (this.running.size >= MAX_RUNNING) return;
      if (this.running.has(connection)) continue;
      this.due.delete(connection);
      this.running.add(connection);
      void connection.access.recheck(due).finally(() => {
        this.running.delete(connection);
        this.start();
      });
    }
  }
}

/**
 * Whether `now` may less than `before`. Who may as much keeps all subscriptions: rules never let an actor read less for having
 * more rights, and what their rows say changes with an event of its own (features/define.ts).
 */
export function hasLost(before: Actor, now: Actor): boolean {
  if (!atLeast(now.role, before.role)) return true;
  if (now.permissions === before.permissions) return false;
  for (const permission of before.permissions) if (!now.permissions.has(permission)) return true;
  return false;
}
